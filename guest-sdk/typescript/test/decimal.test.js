import assert from "node:assert/strict";
import { test } from "node:test";
import { Decimal } from "../src/index.js";

const exact = (text) => new Decimal(text);

test("digits are kept", () => {
  for (const text of ["0", "-7", "0.10", "1234567890123456789.012345678", "-0.001"]) {
    assert.equal(exact(text).toString(), text);
  }
  assert.equal(exact("1.5e2").toString(), "150");
  assert.equal(exact("1.5e-2").toString(), "0.015");
  assert.equal(exact(12n).toString(), "12");
});

test("computing is exact", () => {
  assert.equal(exact("0.1").plus("0.2").toString(), "0.3");
  assert.equal(exact("1").minus("0.01").toString(), "0.99");
  assert.equal(exact("19.99").times(7).toString(), "139.93");
  assert.equal(exact("1.0").compare(1), 0);
  assert.equal(exact("-2").compare("1"), -1);
  assert.equal(exact("2").compare("1"), 1);
});

test("half a unit is rounded away from zero", () => {
  assert.equal(exact("0.005").round(2).toString(), "0.01");
  assert.equal(exact("-0.005").round(2).toString(), "-0.01");
  assert.equal(exact("0.0049").round(2).toString(), "0.00");
  assert.equal(exact("7").round(2).toString(), "7.00");
});

test("a JavaScript number is given only where it is the same", () => {
  assert.equal(exact("0.10").toNumber(), 0.1);
  assert.throws(() => exact("9007199254740993").toNumber(), /more digits than a JavaScript number/);
  assert.throws(() => exact("1e400").toNumber(), RangeError);
});

test("what is no number or has too many digits is refused", () => {
  for (const text of ["", "x", "1.", ".5", "01", "Infinity", "NaN", "1e", " 1"]) {
    assert.throws(() => exact(text), /is no decimal number/, text);
  }
  assert.equal(exact(`1e${10_000}`).toString().length, 10_001);
  assert.throws(() => exact(`1e${10_001}`), /at most 10000 digits/);
  assert.throws(() => exact(`1e-${10_001}`), /at most 10000 digits/);
  assert.throws(() => exact("9".repeat(10_001)), /at most 10000 digits/);
  assert.throws(() => exact(`1e-${10_000}`).times("0.1"), /at most 10000 digits/);
});
