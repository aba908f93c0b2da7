import { BpmnError, step } from "@anyam/sdk";
import { COUNTRIES, hasForm } from "./postcodes.js";

export default step(
  {
    docs: "Whether a postcode has the form of its country.",
    input: {
      type: "object",
      required: ["postcode", "country"],
      properties: { postcode: { type: "string" }, country: { type: "string" } },
    },
    output: {
      type: "object",
      required: ["postcodeValid"],
      properties: { postcodeValid: { type: "boolean" } },
    },
    errors: { UNKNOWN_COUNTRY: "The form of this country's postcodes is not known." },
  },
  (_context, { postcode, country }) => {
    const postcodeValid = hasForm(postcode, country);
    if (postcodeValid === undefined) {
      throw new BpmnError("UNKNOWN_COUNTRY", `no parcels go to ${country}`, { known: COUNTRIES });
    }
    return { postcodeValid };
  },
);
