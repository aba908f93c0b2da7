// What a step imports. The types stand in ../index.d.ts.
export { contextForTest } from "./context.js";
export { Decimal } from "./decimal.js";
export { BpmnError, Permanent, Retryable } from "./failure.js";
export { invoke, step } from "./step.js";
