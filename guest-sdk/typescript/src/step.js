// A step: a function, and what it tells about itself.

import { BpmnError, Permanent, failureOf } from "./failure.js";
import { parse, write } from "./json.js";
import { misfit } from "./schema.js";

/** Declares a step; the module exports what this returns as its default. */
export function step(description, run) {
  if (typeof run !== "function") {
    throw new TypeError("step(description, run): `run` must be a function (context, input) => output");
  }
  const numbers = description.numbers ?? "checked";
  if (numbers !== "checked" && numbers !== "exact") {
    throw new TypeError('step(description, run): `numbers` must be "checked" or "exact"');
  }
  return Object.freeze({ description, run, exact: numbers === "exact" });
}

/**
 * Calls a step as the host does: JSON text in, JSON text out. Throws `BpmnError`, `Retryable` or
 * `Permanent`.
 */
export async function invoke(declared, context, text) {
  try {
    const { input: schema, errors } = declared.description;
    const input = read(text, declared.exact);
    const found = schema === undefined ? undefined : misfit(input, schema);
    if (found !== undefined) throw new Permanent(found);
    const output = await declared.run(context, input);
    return write(output ?? {}, "the step's output");
  } catch (thrown) {
    throw failureOf(thrown);
  }
}

function read(text, exact) {
  try {
    return parse(text, exact);
  } catch (error) {
    if (error instanceof Permanent) throw error;
    throw new Permanent(`the input cannot be read: ${error.message}`);
  }
}

/** The WIT record `description` of a step. */
export function describe(declared, project) {
  const { name, version, docs = "", input, output, errors = {} } = declared.description;
  const schema = (given) => (given === undefined ? undefined : JSON.stringify(given));
  return {
    name: name ?? project.name,
    version: version ?? project.version,
    docs,
    inputSchema: schema(input),
    outputSchema: schema(output),
    errorCodes: Object.entries(errors).map(([code, docs]) => ({ code, docs })),
  };
}

/** A failure as the WIT variant `failure`. */
export function variantOf(failure) {
  if (failure instanceof BpmnError) {
    const { code, message, variables } = failure;
    try {
      const text = write(variables, `the variables of BPMN error \`${code}\``);
      return { tag: "bpmn-error", val: { code: String(code), message, variables: text } };
    } catch (error) {
      return { tag: "permanent", val: failureOf(error).message };
    }
  }
  if (failure instanceof Permanent) return { tag: "permanent", val: failure.message };
  const { message, afterMs } = failure;
  const wait = Number.isFinite(afterMs) ? BigInt(Math.max(0, Math.round(afterMs))) : undefined;
  return { tag: "retryable", val: { message, retryAfterMs: wait } };
}
