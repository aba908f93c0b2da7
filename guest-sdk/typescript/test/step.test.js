import assert from "node:assert/strict";
import { test } from "node:test";
import { BpmnError, Permanent, Retryable, contextForTest, invoke, step } from "../src/index.js";
import { exportsOf } from "../src/component.js";

const project = { name: "credit-check", version: "1.2.3", source: "src/step.js" };

const given = {
  tenantId: "acme",
  processId: "order",
  processVersion: 4,
  processInstanceKey: 5n,
  elementId: "check",
  elementInstanceKey: 6n,
  jobKey: 2n ** 60n,
  idempotencyKey: "job-7",
  attempt: 2,
  deadlineUnixMs: 1000n,
  headers: [
    { key: "limit", value: "10" },
    { key: "__proto__", value: "x" },
  ],
};

function component(description, run) {
  return exportsOf({ default: step(description, run) }, project);
}

async function failure(run, input = "{}", description = {}) {
  try {
    return await component(description, run).handler.handle(given, input);
  } catch (variant) {
    return variant;
  }
}

test("a step gets its context and input and gives its output", async () => {
  const seen = [];
  const { handler } = component({}, async (context, input) => {
    seen.push(context);
    return { doubled: input.n * 2 };
  });
  assert.equal(await handler.handle(given, '{"n":21}'), '{"doubled":42}');
  const [context] = seen;
  assert.equal(context.tenant, "acme");
  assert.equal(context.process, "order");
  assert.equal(context.version, 4);
  assert.equal(context.instanceKey, 5n);
  assert.equal(context.elementId, "check");
  assert.equal(context.elementInstanceKey, 6n);
  assert.equal(context.jobKey, 2n ** 60n);
  assert.equal(context.idempotencyKey, "job-7");
  assert.equal(context.attempt, 2);
  assert.equal(context.deadline.getTime(), 1000);
  assert.equal(context.headers.limit, "10");
  assert.equal(context.headers.__proto__, "x");
  assert.equal(context.headers.toString, undefined);
});

test("a step without a result gives an empty object", async () => {
  assert.equal(await failure(() => {}), "{}");
});

test("each kind of failure is told apart", async () => {
  const bpmn = await failure(() => {
    throw new BpmnError("NO_LIMIT", "why", { limit: 12345678901234567890n });
  });
  assert.deepEqual(bpmn, {
    tag: "bpmn-error",
    val: { code: "NO_LIMIT", message: "why", variables: '{"limit":12345678901234567890}' },
  });
  const retry = await failure(async () => {
    throw new Retryable("busy", { afterMs: 1500 });
  });
  assert.deepEqual(retry, { tag: "retryable", val: { message: "busy", retryAfterMs: 1500n } });
  const permanent = await failure(() => {
    throw new Permanent("mend it");
  });
  assert.deepEqual(permanent, { tag: "permanent", val: "mend it" });
});

test("other errors are sorted by whether another attempt can help", async () => {
  const network = await failure(() => {
    throw new TypeError("fetch failed", { cause: new Error("refused") });
  });
  const message = "TypeError: fetch failed: Error: refused";
  assert.deepEqual(network, { tag: "retryable", val: { message, retryAfterMs: undefined } });
  const syntax = await failure(() => JSON.parse("{"));
  assert.equal(syntax.tag, "permanent");
  assert.match(syntax.val, /^SyntaxError: /);
  const text = await failure(() => {
    throw "a text";
  });
  assert.deepEqual(text.val.message, "a text");
});

test("variables or an output that are no object are a permanent failure", async () => {
  const variables = await failure(() => {
    throw new BpmnError("A", "why", [1]);
  });
  assert.deepEqual(variables, {
    tag: "permanent",
    val: "the variables of BPMN error `A` must be an object, but this is an array",
  });
  const output = await failure(() => [1]);
  assert.equal(output.val, "the step's output must be an object, but this is an array");
});

test("an input that does not fit is refused with its path", async () => {
  const schema = {
    type: "object",
    required: ["items"],
    properties: {
      items: { type: "array", items: { type: "object", properties: { quantity: { type: "integer" } } } },
      kind: { enum: ["a", 1] },
      note: { type: ["string", "null"] },
    },
  };
  const check = (input) => failure(() => ({ fits: true }), input, { input: schema });
  const fits = '{"fits":true}';
  assert.equal(await check('{"items":[{"quantity":1},{}],"kind":1.0,"note":null,"more":0}'), fits);
  assert.equal(await check('{"items":[],"kind":"a","note":"x"}'), fits);
  const wrong = [
    ["{}", "the input does not fit the step: `items` is missing"],
    ['{"items":{}}', "the input does not fit the step at `items`: array is needed, but this is an object"],
    ['{"items":[{"quantity":1.5}]}', "the input does not fit the step at `items[0].quantity`: integer is needed, but this is a number"],
    ['{"items":[],"kind":"b"}', 'the input does not fit the step at `kind`: one of "a", 1 is needed'],
    ['{"items":[],"note":1}', "the input does not fit the step at `note`: string or null is needed, but this is a number"],
    ["[]", "the input does not fit the step: object is needed, but this is an array"],
  ];
  for (const [input, message] of wrong) {
    assert.deepEqual(await check(input), { tag: "permanent", val: message });
  }
  const broken = await check("{");
  assert.match(broken.val, /^the input cannot be read: /);
});

test("with exact numbers an integer is one whatever its size", async () => {
  const schema = { type: "object", properties: { n: { type: "integer" } } };
  const description = { input: schema, numbers: "exact" };
  const output = await failure((_, { n }) => ({ n: n.plus(1) }), '{"n":99999999999999999999}', description);
  assert.equal(output, '{"n":100000000000000000000}');
  const fraction = await failure((_, { n }) => ({ n }), '{"n":0.5}', description);
  assert.equal(fraction.tag, "permanent");
});

test("a manifest has what the description and step.toml say", () => {
  const { manifest } = component(
    { docs: "Checks.", input: { type: "object" }, errors: { NO_LIMIT: "Never rated." } },
    () => ({}),
  );
  assert.deepEqual(manifest.describe(), {
    name: "credit-check",
    version: "1.2.3",
    docs: "Checks.",
    inputSchema: '{"type":"object"}',
    outputSchema: undefined,
    errorCodes: [{ code: "NO_LIMIT", docs: "Never rated." }],
  });
});

test("a module that exports no step, and a step that is none, are refused", () => {
  assert.throws(() => exportsOf({}, project), /src\/step\.js must export a step/);
  assert.throws(() => step({}), /`run` must be a function/);
  assert.throws(() => step({ numbers: "float" }, () => ({})), /"checked" or "exact"/);
});

test("a test calls a step as the host does", async () => {
  const declared = step({}, (context) => ({ limit: Number(context.headers.limit) }));
  assert.equal(await invoke(declared, contextForTest({ headers: { limit: "7" } }), "{}"), '{"limit":7}');
  await assert.rejects(invoke(declared, contextForTest(), "{}"), Permanent);
});
