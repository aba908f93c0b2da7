import assert from "node:assert/strict";
import { test } from "node:test";
import { BpmnError, contextForTest, invoke } from "@anyam/sdk";
import { hasForm } from "../src/postcodes.js";
import step from "../src/step.js";

test("each country has a form of its own", () => {
  for (const [postcode, country] of [["10115", "DE"], ["1010", "AT"], ["SW1A 2AA", "GB"], ["1012 JS", "NL"], ["00-838", "PL"]]) {
    assert.equal(hasForm(postcode, country), true, `${postcode} ${country}`);
  }
  for (const [postcode, country] of [["1011", "DE"], ["00123", "DE"], ["0123", "AT"], ["1012JS", "NL"], ["", "FR"]]) {
    assert.equal(hasForm(postcode, country), false, `${postcode} ${country}`);
  }
  assert.equal(hasForm("1", "toString"), undefined);
});

test("a country that is not known is a BPMN error", async () => {
  const input = JSON.stringify({ postcode: "1", country: "XX" });
  await assert.rejects(invoke(step, contextForTest(), input), (error) => {
    return error instanceof BpmnError && error.code === "UNKNOWN_COUNTRY" && error.variables.known.includes("DE");
  });
});

test("a host gets JSON", async () => {
  const input = JSON.stringify({ postcode: "10115", country: "DE" });
  assert.equal(await invoke(step, contextForTest(), input), '{"postcodeValid":true}');
});
