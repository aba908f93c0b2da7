// What a step learns about the call it answers.

/** The WIT record `step-context` as a step sees it. */
export function contextOf(given) {
  const headers = Object.create(null);
  for (const { key, value } of given.headers) headers[key] = value;
  return Object.freeze({
    tenant: given.tenantId,
    process: given.processId,
    version: given.processVersion,
    instanceKey: given.processInstanceKey,
    elementId: given.elementId,
    elementInstanceKey: given.elementInstanceKey,
    jobKey: given.jobKey,
    idempotencyKey: given.idempotencyKey,
    attempt: given.attempt,
    deadline: new Date(Number(given.deadlineUnixMs)),
    headers: Object.freeze(headers),
  });
}

/** A context for tests; whatever is not given has a plausible value. */
export function contextForTest(given = {}) {
  return Object.freeze({
    tenant: "<default>",
    process: "test",
    version: 1,
    instanceKey: 1n,
    elementId: "step",
    elementInstanceKey: 2n,
    jobKey: 3n,
    idempotencyKey: "3",
    attempt: 1,
    deadline: new Date("3000-01-01T00:00:00Z"),
    headers: {},
    ...given,
  });
}
