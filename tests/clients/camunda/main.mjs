// Camunda's published client does what its users do, against the server of CAMUNDA_REST_ADDRESS.
// With CAMUNDA_SDK_VALIDATION=req:strict,res:strict the client itself checks each request and each
// answer against the published schemas.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

import { createCamundaClient } from "@camunda8/orchestration-cluster-api";

const camunda = createCamundaClient();
/** Reads see every write that was answered: there is nothing to wait for. */
const now = { consistency: { waitUpToMs: 0 } };

const file = async (name, edit = (text) => text) => {
  const text = edit(await readFile(new URL(name, import.meta.url), "utf8"));
  return new File([text], name);
};
const deploy = async (...resources) => camunda.createDeployment({ resources });

/** Looks again until there is what is looked for. */
const until = async (what, look) => {
  for (let tries = 0; tries < 1_000; tries += 1) {
    const found = await look();
    if (found) return found;
    await new Promise((done) => setTimeout(done, 20));
  }
  throw new Error(`waited in vain: ${what}`);
};
const only = (found) => {
  assert.equal(found.items.length, 1, JSON.stringify(found));
  assert.equal(found.page.totalItems, 1);
  return found.items[0];
};
const refused = async (status, call) => {
  const error = await call.then(
    () => assert.fail(`a call was not refused with ${status}`),
    (error) => error,
  );
  assert.equal(error.status, status, String(error));
};
const stateOf = async (processInstanceKey) =>
  (await camunda.getProcessInstance({ processInstanceKey }, now)).state;
const take = async (type, more = {}) => {
  const worker = "client-test";
  const asked = { type, worker, timeout: 60_000, maxJobsToActivate: 1, requestTimeout: 20_000 };
  const { jobs } = await camunda.activateJobs({ ...asked, ...more });
  assert.equal(jobs.length, 1, type);
  return jobs[0];
};

const cases = {
  async "the cluster tells of itself"() {
    const topology = await camunda.getTopology();
    assert.equal(topology.brokers.length, 1);
    await camunda.getLicense();
    await camunda.getAuthentication();
    await camunda.getStatus();
  },

  async "models and decisions are deployed, found and read"() {
    const made = await deploy(await file("order.bpmn"), await file("discount.dmn"));
    assert.equal(made.processes.length, 1);
    assert.equal(made.decisions.length, 1);
    const { processDefinitionKey } = made.processes[0];
    const again = await deploy(await file("order.bpmn"), await file("discount.dmn"));
    assert.equal(again.processes[0].processDefinitionKey, processDefinitionKey);
    const filter = { processDefinitionId: "order", isLatestVersion: true, versionTag: "spring" };
    const found = only(await camunda.searchProcessDefinitions({ filter }, now));
    assert.equal(found.name, "Order");
    const definition = await camunda.getProcessDefinition({ processDefinitionKey }, now);
    assert.equal(definition.version, 1);
    const xml = await camunda.getProcessDefinitionXml({ processDefinitionKey }, now);
    assert.match(String(xml), /businessRuleTask/);
    const decision = only(
      await camunda.searchDecisionDefinitions({ filter: { decisionDefinitionId: "discount" } }, now),
    );
    const { decisionDefinitionKey, decisionRequirementsKey } = decision;
    await camunda.getDecisionDefinition({ decisionDefinitionKey }, now);
    await camunda.getDecisionDefinitionXml({ decisionDefinitionKey }, now);
    only(await camunda.searchDecisionRequirements({ filter: { decisionRequirementsKey } }, now));
    await camunda.getDecisionRequirements({ decisionRequirementsKey }, now);
    await camunda.getDecisionRequirementsXml({ decisionRequirementsKey }, now);
    const bad = await file("order.bpmn", (text) => text.replace('targetRef="pack"', 'targetRef="no"'));
    await refused(400, deploy(bad));
  },

  async "an order goes through decision, worker, message, person and signal"() {
    const variables = { order: "A-1", level: "gold", urgency: 3 };
    const created = await camunda.createProcessInstance({ processDefinitionId: "order", variables });
    const { processInstanceKey } = created;
    const filter = { processInstanceKey };
    const decided = only(await camunda.searchDecisionInstances({ filter }, now));
    const { decisionEvaluationInstanceKey } = decided;
    const why = await camunda.getDecisionInstance({ decisionEvaluationInstanceKey }, now);
    assert.equal(why.matchedRules.length, 1);

    const job = await take("pack", { fetchVariable: ["percent"] });
    assert.equal(job.processInstanceKey, processInstanceKey);
    assert.deepEqual(job.variables, { percent: 10 });
    assert.deepEqual(job.customHeaders, { box: "small" });
    assert.equal(job.rootProcessInstanceKey, processInstanceKey);
    const { jobKey } = job;
    await camunda.updateJob({ jobKey, changeset: { retries: 5, timeout: 90_000 } });
    await camunda.failJob({ jobKey, retries: 0, errorMessage: "no box" });
    const incident = only(await camunda.searchIncidents({ filter: { ...filter, state: "ACTIVE" } }, now));
    const { incidentKey, elementInstanceKey } = incident;
    only(await camunda.searchProcessInstanceIncidents({ processInstanceKey }, now));
    only(await camunda.searchElementInstanceIncidents({ elementInstanceKey }, now));
    await camunda.getIncident({ incidentKey }, now);
    await camunda.updateJob({ jobKey, changeset: { retries: 1 } });
    await camunda.resolveIncident({ incidentKey });
    const retried = await take("pack");
    await camunda.completeJob({ jobKey: retried.jobKey, variables: { packed: true } });
    only(await camunda.searchJobs({ filter: { ...filter, state: "COMPLETED" } }, now));

    const open = only(await camunda.searchMessageSubscriptions({ filter }, now));
    assert.equal(open.messageName, "paid");
    const message = { name: "paid", correlationKey: "A-1", variables: { amount: 12.5 } };
    const taken = await camunda.correlateMessage(message);
    assert.equal(taken.processInstanceKey, processInstanceKey);
    await refused(404, camunda.correlateMessage(message));
    const got = only(await camunda.searchCorrelatedMessageSubscriptions({ filter }, now));
    assert.equal(got.messageKey, taken.messageKey);

    const task = only(await camunda.searchUserTasks({ filter: { ...filter, state: "CREATED" } }, now));
    const { userTaskKey } = task;
    assert.equal(task.priority, 70);
    await camunda.assignUserTask({ userTaskKey, assignee: "ann" });
    await refused(409, camunda.assignUserTask({ userTaskKey, assignee: "bob", allowOverride: false }));
    await camunda.unassignUserTask({ userTaskKey });
    await camunda.updateUserTask({ userTaskKey, changeset: { priority: 5 } });
    await camunda.getUserTask({ userTaskKey }, now);
    await camunda.completeUserTask({ userTaskKey, variables: { seen: true } });
    const review = await take("review");
    assert.equal(review.kind, "TASK_LISTENER");
    assert.equal(review.userTask.userTaskKey, userTaskKey);
    assert.equal(review.userTask.action, "complete");
    const result = { type: "userTask", denied: false, corrections: { assignee: "cy" } };
    await camunda.completeJob({ jobKey: review.jobKey, result });
    assert.equal((await camunda.getUserTask({ userTaskKey }, now)).assignee, "cy");

    assert.equal(await stateOf(processInstanceKey), "ACTIVE");
    await camunda.broadcastSignal({ signalName: "closed", variables: { closed: true } });
    assert.equal(await stateOf(processInstanceKey), "COMPLETED");
    const found = await camunda.searchVariables({ filter: { ...filter, name: "amount" } }, now);
    const { variableKey, value } = only(found);
    assert.equal(value, "12.5");
    await camunda.getVariable({ variableKey }, now);
    const flows = await camunda.getProcessInstanceSequenceFlows({ processInstanceKey }, now);
    assert.equal(flows.items.length, 6);
    const counted = await camunda.getProcessInstanceStatistics({ processInstanceKey }, now);
    assert.equal(counted.items.find((row) => row.elementId === "pack").completed, 1);
    const { processDefinitionKey } = created;
    const all = await camunda.getProcessDefinitionStatistics(
      { processDefinitionKey, filter: { state: "COMPLETED" } },
      now,
    );
    assert.equal(all.items.find((row) => row.elementId === "pack").completed, 1);
  },

  async "workers get the most urgent job first, and throw errors"() {
    const keys = [];
    for (const urgency of [0, 9, -1]) {
      const variables = { order: "B", level: "none", urgency };
      const made = await camunda.createProcessInstance({ processDefinitionId: "order", variables });
      keys.push(made.processInstanceKey);
    }
    for (const at of [1, 0, 2]) {
      const job = await take("pack");
      assert.equal(job.processInstanceKey, keys[at]);
      await camunda.throwJobError({ jobKey: job.jobKey, errorCode: "DAMAGED", errorMessage: "wet" });
      assert.equal(await stateOf(keys[at]), "COMPLETED");
    }
  },

  async "a worker of the client does what comes"() {
    const done = [];
    const worker = camunda.createJobWorker({
      jobType: "pack",
      jobTimeoutMs: 30_000,
      maxParallelJobs: 4,
      workerName: "packs",
      jobHandler: async (job) => {
        done.push(job.processInstanceKey);
        return job.complete({ packed: true });
      },
    });
    const variables = { order: "C", level: "none", urgency: 0 };
    const made = await camunda.createProcessInstance({ processDefinitionId: "order", variables });
    const { processInstanceKey } = made;
    await until("the worker has done it", () => done.includes(processInstanceKey));
    const filter = { processInstanceKey };
    await until("it waits for its message", async () => {
      const open = await camunda.searchMessageSubscriptions({ filter }, now);
      return open.items.length === 1;
    });
    await worker.stop();
    await camunda.publishMessage({ name: "paid", correlationKey: "C", timeToLive: 60_000, messageId: "c" });
    await until("a person is asked", async () => {
      const tasks = await camunda.searchUserTasks({ filter }, now);
      return tasks.items.length === 1;
    });
    await camunda.cancelProcessInstance({ processInstanceKey });
    assert.equal(await stateOf(processInstanceKey), "TERMINATED");
    await refused(404, camunda.cancelProcessInstance({ processInstanceKey }));
  },

  async "running instances are changed, modified and migrated"() {
    const variables = { order: "D", level: "none", urgency: 0 };
    const made = await camunda.createProcessInstance({ processDefinitionId: "order", variables });
    const { processInstanceKey, processDefinitionKey } = made;
    const elementInstanceKey = processInstanceKey;
    await camunda.createElementInstanceVariables({ elementInstanceKey, variables: { extra: [1, 2] } });
    await camunda.modifyProcessInstance({
      processInstanceKey,
      activateInstructions: [{ elementId: "look", variableInstructions: [{ variables: { by: "hand" } }] }],
      terminateInstructions: [{ elementId: "pack" }],
    });
    const active = { processInstanceKey, state: "ACTIVE" };
    const at = only(await camunda.searchElementInstances({ filter: active }, now));
    assert.equal(at.elementId, "look");
    await camunda.getElementInstance({ elementInstanceKey: at.elementInstanceKey }, now);
    const changed = await file("order.bpmn", (text) => text.replaceAll('id="look"', 'id="check"')
      .replaceAll('Ref="look"', 'Ref="check"'));
    const next = (await deploy(changed)).processes[0];
    assert.equal(next.processDefinitionVersion, 2);
    await camunda.migrateProcessInstance({
      processInstanceKey,
      targetProcessDefinitionKey: next.processDefinitionKey,
      mappingInstructions: [{ sourceElementId: "look", targetElementId: "check" }],
    });
    const moved = only(await camunda.searchElementInstances({ filter: active }, now));
    assert.equal(moved.elementId, "check");
    const migrated = await camunda.getProcessInstance({ processInstanceKey }, now);
    assert.equal(migrated.processDefinitionVersion, 2);

    // A version that runs stays; one that does not may go.
    await refused(409, camunda.deleteResource({ resourceKey: next.processDefinitionKey }));
    const gone = await camunda.deleteResource({ resourceKey: processDefinitionKey });
    assert.equal(gone.resourceKey, processDefinitionKey);
    await refused(404, camunda.createProcessInstance({ processDefinitionKey }));
    await camunda.cancelProcessInstance({ processInstanceKey });
  },

  async "decisions, conditions and expressions are evaluated at a request"() {
    const decided = await camunda.evaluateDecision({
      decisionDefinitionId: "discount",
      variables: { level: "gold" },
    });
    assert.equal(decided.output, "10");
    assert.equal(decided.evaluatedDecisions.length, 1);
    const { result } = await camunda.evaluateExpression({ expression: "=1 + sum([2, 3])" });
    assert.equal(result, 6);
    const stock = (await deploy(await file("stock.bpmn"))).processes[0];
    const started = await camunda.evaluateConditionals({ variables: { stock: 3 } });
    assert.equal(started.processInstances.length, 1);
    assert.equal(started.processInstances[0].processDefinitionKey, stock.processDefinitionKey);
    const none = await camunda.evaluateConditionals({ variables: { stock: 30 } });
    assert.equal(none.processInstances.length, 0);
  },

  async "elements of an ad-hoc sub-process begin on request, and an end is waited for"() {
    await deploy(await file("agent.bpmn"));
    const ended = camunda.createProcessInstance({
      processDefinitionId: "agent",
      awaitCompletion: true,
      requestTimeout: 60_000,
    });
    const filter = { processDefinitionId: "agent", elementId: "block", state: "ACTIVE" };
    const block = await until("it waits", async () => {
      const found = await camunda.searchElementInstances({ filter }, now);
      return found.items[0];
    });
    const adHocSubProcessInstanceKey = block.elementInstanceKey;
    const elements = [{ elementId: "tool", variables: { n: 1 } }];
    await camunda.activateAdHocSubProcessActivities({ adHocSubProcessInstanceKey, elements });
    const job = await take("tool");
    assert.equal(job.variables.n, 1);
    await camunda.completeJob({ jobKey: job.jobKey, variables: { n: 2 } });
    assert.equal((await ended).processDefinitionId, "agent");
  },

  async "pages are gone through by their cursors"() {
    // Where the client checks requests it takes a page for one of a limit alone, and drops `after`.
    const config = { CAMUNDA_SDK_VALIDATION: "req:none,res:strict" };
    const paging = createCamundaClient({ config });
    const sort = [{ field: "processInstanceKey", order: "DESC" }];
    const seen = [];
    let after;
    do {
      const page = after ? { limit: 3, after } : { limit: 3 };
      const found = await paging.searchProcessInstances({ sort, page }, now);
      seen.push(...found.items.map((one) => BigInt(one.processInstanceKey)));
      after = found.items.length === 3 ? found.page.endCursor : undefined;
    } while (after);
    const { page } = await camunda.searchProcessInstances({}, now);
    assert.equal(seen.length, page.totalItems);
    assert.deepEqual(seen, [...seen].sort((a, b) => (a < b ? 1 : -1)));
  },
};

for (const [name, run] of Object.entries(cases)) {
  try {
    await run();
    console.log(`ok      ${name}`);
  } catch (error) {
    console.error(`FAILED  ${name}\n${error?.stack ?? error}`);
    process.exit(1);
  }
}
