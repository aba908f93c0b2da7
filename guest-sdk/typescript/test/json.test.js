import assert from "node:assert/strict";
import { test } from "node:test";
import { Decimal, Permanent } from "../src/index.js";
import { parse, write } from "../src/json.js";

test("numbers that a JavaScript number holds arrive as such", () => {
  const text = '{"a":1,"b":-0.1,"c":1.10,"d":9007199254740991,"e":1e3,"f":"12345678901234567890","g":1.5E-7}';
  const value = parse(text, false);
  assert.deepEqual(value, { a: 1, b: -0.1, c: 1.1, d: 9007199254740991, e: 1000, f: "12345678901234567890", g: 1.5e-7 });
});

test("a number that would be damaged is refused by its name", () => {
  for (const digits of ["9007199254740993", "0.12345678901234567890", "1e400", "123456789012345678901234567890"]) {
    assert.throws(() => parse(`{"a":{"amount":${digits}}}`, false), (error) => {
      assert(error instanceof Permanent);
      assert(error.message.includes(`${digits} at \`amount\``), error.message);
      return true;
    });
  }
});

test("exact numbers survive both ways, whatever the strings beside them are", () => {
  const text = '{"a":9007199254740993,"b":[0.10,-1.50],"c":"#1","d":"\\"#2\\\\","#":"##3","__proto__":{"x":1}}';
  const value = parse(text, true);
  assert(value.a instanceof Decimal && value.b[0] instanceof Decimal);
  assert.equal(value.c, "#1");
  assert.equal(write(value, "it"), text);
});

test("a bigint is written as a number", () => {
  assert.equal(write({ n: 2n ** 70n, s: "#5" }, "it"), '{"n":1180591620717411303424,"s":"#5"}');
});

test("what JSON cannot say is refused by its name", () => {
  assert.throws(() => write({ rate: NaN }, "the output"), /the output has NaN at `rate`/);
  const circle = {};
  circle.self = circle;
  assert.throws(() => write(circle, "the output"), /the output cannot be written as JSON/);
  for (const [value, kind] of [[null, "null"], [[], "an array"], [1, "a number"], ["x", "a string"], [new Decimal(1), "a number"]]) {
    assert.throws(() => write(value, "the output"), new RegExp(`must be an object, but this is ${kind}`));
  }
});

test("what is no JSON is refused", () => {
  for (const text of ["", "{", '{"a":01}', '{"a":1e}', '{"a":12345678901234567890.}', '{"a" 1234567890123456789}']) {
    assert.throws(() => parse(text, false), SyntaxError);
    assert.throws(() => parse(text, true), SyntaxError);
  }
});
