import { BpmnError, step } from "@anyam/sdk";
import { type Address, Unreadable, parseAddress } from "./address.ts";

interface Input {
  addressText: string;
}

const text = { type: "string" };

export default step<Input, Address>(
  {
    docs: "Takes an address apart: street and house number, postcode and city, country.",
    input: {
      type: "object",
      required: ["addressText"],
      properties: { addressText: { ...text, examples: ["Invalidenstr. 43, 10115 Berlin, DE"] } },
    },
    output: {
      type: "object",
      required: ["street", "houseNumber", "postcode", "city", "country"],
      properties: { street: text, houseNumber: text, postcode: text, city: text, country: text },
    },
    errors: { INVALID_ADDRESS: "A part of the address is missing; `part` names it." },
  },
  (_context, { addressText }) => {
    try {
      return parseAddress(addressText);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      throw new BpmnError("INVALID_ADDRESS", error.message, { part: error.part });
    }
  },
);
