import { BpmnError, step } from "@anyam/sdk";

/** What the task hands to the step. */
interface Input {
  /** Who is greeted. */
  name: string;
}

/** What the step gives. */
interface Output {
  greeting: string;
}

export default step<Input, Output>(
  {
    docs: "Greets someone.",
    input: { type: "object", required: ["name"], properties: { name: { type: "string" } } },
    output: { type: "object", required: ["greeting"], properties: { greeting: { type: "string" } } },
    errors: { NO_NAME: "There is nobody to greet." },
  },
  (_context, { name }) => {
    if (name === "") throw new BpmnError("NO_NAME", "there is nobody to greet");
    return { greeting: `Hello, ${name}!` };
  },
);
