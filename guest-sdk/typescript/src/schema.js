// Input against the part of JSON Schema that says what a value is. Other keywords are for readers.

import { Decimal } from "./decimal.js";
import { kindOf } from "./json.js";

const TYPES = {
  array: (value) => Array.isArray(value),
  boolean: (value) => typeof value === "boolean",
  integer: (value) => isNumber(value) && new Decimal(value).round(0).compare(value) === 0,
  null: (value) => value === null,
  number: isNumber,
  object: (value) => kindOf(value) === "an object",
  string: (value) => typeof value === "string",
};

function isNumber(value) {
  return typeof value === "number" || value instanceof Decimal;
}

/**
 * Why `value` does not fit `schema`; nothing where it does. Looks at `type`, `enum`, `required`,
 * `properties` and `items`.
 *
 * @returns {string | undefined}
 */
export function misfit(value, schema, path = "") {
  if (schema === null || typeof schema !== "object") return undefined;
  const at = path === "" ? "" : ` at \`${path}\``;
  const types = [schema.type ?? []].flat().filter((type) => type in TYPES);
  if (types.length > 0 && !types.some((type) => TYPES[type](value))) {
    return `the input does not fit the step${at}: ${types.join(" or ")} is needed, but this is ${kindOf(value)}`;
  }
  if (Array.isArray(schema.enum) && !schema.enum.some((one) => equal(one, value))) {
    const known = schema.enum.map((one) => JSON.stringify(one)).join(", ");
    return `the input does not fit the step${at}: one of ${known} is needed`;
  }
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const found = misfit(item, schema.items, `${path}[${index}]`);
      if (found !== undefined) return found;
    }
  } else if (TYPES.object(value)) {
    const inner = (name) => (path === "" ? name : `${path}.${name}`);
    for (const name of schema.required ?? []) {
      if (!Object.hasOwn(value, name)) {
        return `the input does not fit the step: \`${inner(name)}\` is missing`;
      }
    }
    for (const [name, wanted] of Object.entries(schema.properties ?? {})) {
      if (!Object.hasOwn(value, name)) continue;
      const found = misfit(value[name], wanted, inner(name));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function equal(one, value) {
  if (isNumber(one) && isNumber(value)) return new Decimal(one).compare(value) === 0;
  return one === value;
}
