// JSON without damage: a number is either kept digit by digit, or the step is told.

import { Decimal } from "./decimal.js";
import { Permanent } from "./failure.js";

// At most 15 digits and no exponent always fit a JavaScript number. Finding something else costs
// a closer look, also where it stands in a string.
const SUSPICIOUS = /\d[\d.]{15}|\d[eE]/;
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * Reads a JSON text.
 *
 * @param {string} text
 * @param {boolean} exact whether every number becomes a `Decimal`
 */
export function parse(text, exact) {
  if (!exact && !SUSPICIOUS.test(text)) return JSON.parse(text);
  // Refuses what is no JSON before it is taken apart.
  JSON.parse(text);
  const mark = absentFrom(text);
  const marked = text.replace(TOKEN, (token) =>
    token.startsWith('"') || (!exact && fits(token)) ? token : `"${mark}${token}"`,
  );
  return JSON.parse(marked, (key, value) => {
    if (typeof value !== "string" || !value.startsWith(mark)) return value;
    const digits = value.slice(mark.length);
    if (exact) return new Decimal(digits);
    throw new Permanent(
      `the number ${digits} at \`${key}\` has more digits than a JavaScript number holds; ` +
        'give the step `numbers: "exact"` to get every number as a Decimal',
    );
  });
}

/**
 * Writes a JSON object.
 *
 * @param {unknown} value
 * @param {string} what names it where it cannot be written
 */
export function write(value, what) {
  if (value === null || typeof value !== "object" || Array.isArray(value) || value instanceof Decimal) {
    throw new Permanent(`${what} must be an object, but this is ${kindOf(value)}`);
  }
  const written = [];
  const draft = stringify(value, what, (digits) => {
    written.push(digits);
    return digits;
  });
  if (written.length === 0) return draft;
  const mark = absentFrom(draft);
  const marked = stringify(value, what, (digits) => `${mark}${digits}`);
  return marked.replace(TOKEN, (token) =>
    token.startsWith(`"${mark}`) ? token.slice(mark.length + 1, -1) : token,
  );
}

function stringify(value, what, exactly) {
  try {
    return JSON.stringify(value, (key, member) => {
      if (member instanceof Decimal || typeof member === "bigint") return exactly(String(member));
      if (typeof member === "number" && !Number.isFinite(member)) {
        throw new Permanent(`${what} has ${member} at \`${key}\`, which JSON cannot say`);
      }
      return member;
    });
  } catch (error) {
    if (error instanceof Permanent) throw error;
    throw new Permanent(`${what} cannot be written as JSON: ${error.message}`);
  }
}

function fits(digits) {
  const number = Number(digits);
  if (!Number.isFinite(number)) return false;
  try {
    return new Decimal(number).compare(digits) === 0;
  } catch {
    return false;
  }
}

/** A text that begins like no string in `text`. */
function absentFrom(text) {
  let mark = "#";
  while (text.includes(`"${mark}`)) mark += "#";
  return mark;
}

/** What a value is, in the words of JSON. */
export function kindOf(value) {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (value instanceof Decimal || typeof value === "bigint") return "a number";
  switch (typeof value) {
    case "object":
      return "an object";
    case "undefined":
      return "nothing";
    default:
      return `a ${typeof value}`;
  }
}
