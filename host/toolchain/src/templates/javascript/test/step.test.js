import assert from "node:assert/strict";
import { test } from "node:test";
import { BpmnError, contextForTest, invoke } from "@anyam/sdk";
import step from "../src/step.js";

test("greets", async () => {
  assert.equal(await invoke(step, contextForTest(), '{"name":"Ada"}'), '{"greeting":"Hello, Ada!"}');
});

test("nobody is refused", async () => {
  await assert.rejects(
    invoke(step, contextForTest(), '{"name":""}'),
    (error) => error instanceof BpmnError && error.code === "NO_NAME",
  );
});
