//! Modifications of running instances.

use serde_json::{Value, json};

use crate::models;
use crate::server::{Server, text};

/// Two jobs one after the other, the second in a sub-process.
const PROCESS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="http://test">
  <process id="order" isExecutable="true">
    <startEvent id="s"/><sequenceFlow id="f1" sourceRef="s" targetRef="first"/>
    <serviceTask id="first"><extensionElements><zeebe:taskDefinition type="first"/></extensionElements></serviceTask>
    <sequenceFlow id="f2" sourceRef="first" targetRef="block"/>
    <subProcess id="block">
      <startEvent id="bs"/><sequenceFlow id="f3" sourceRef="bs" targetRef="second"/>
      <serviceTask id="second"><extensionElements><zeebe:taskDefinition type="second"/></extensionElements></serviceTask>
    </subProcess>
    <sequenceFlow id="f4" sourceRef="block" targetRef="e"/><endEvent id="e"/>
  </process>
</definitions>"#;

async fn active(server: &Server) -> Vec<Value> {
    let mut found = server
        .search("element-instances", json!({"state": "ACTIVE"}))
        .await;
    found.sort_by_key(|element| element["elementId"].to_string());
    found
}

fn ids(elements: &[Value]) -> Vec<String> {
    elements.iter().map(|one| text(&one["elementId"])).collect()
}

#[tokio::test]
async fn tokens_are_activated_moved_and_terminated() {
    let server = Server::start().await;
    server.deploy(PROCESS).await;
    let key = server.create("order", json!({})).await;
    let path = format!("/v2/process-instances/{key}/modification");
    let modify = async |body: Value| server.post(&path, body).await;
    modify(json!({"moveInstructions": [{
        "sourceElementInstruction": {"sourceType": "byId", "sourceElementId": "first"},
        "targetElementId": "second",
        "ancestorScopeInstruction": {"ancestorScopeType": "inferred"},
        "variableInstructions": [{"variables": {"a": 1}}, {"variables": {"b": 2}, "scopeId": "block"}]}],
        "operationReference": 7}))
    .await
    .done();
    let alive = active(&server).await;
    assert_eq!(ids(&alive), ["block", "second"]);
    let variables = server.search("variables", json!({})).await;
    assert_eq!(variables.len(), 2, "{variables:?}");
    let of = |name: &str| variables.iter().find(|one| one["name"] == *name).unwrap();
    assert_eq!(of("a")["scopeKey"], key);
    assert_eq!(of("b")["scopeKey"], alive[0]["elementInstanceKey"]);

    modify(json!({"activateInstructions": [{"elementId": "second",
        "ancestorElementInstanceKey": alive[0]["elementInstanceKey"]}, {"elementId": "first"}],
        "terminateInstructions": [{"elementInstanceKey": alive[1]["elementInstanceKey"]}]}))
    .await
    .done();
    assert_eq!(ids(&active(&server).await), ["block", "first", "second"]);
    let statistics = format!("/v2/process-instances/{key}/statistics/element-instances");
    let counted = server.get(&statistics).await.json(200);
    let row = |id: &str, active: u64, canceled: u64, completed: u64| {
        json!({"elementId": id, "active": active, "canceled": canceled, "completed": completed,
            "incidents": 0})
    };
    assert_eq!(
        counted["items"],
        json!([
            row("block", 1, 0, 0),
            row("first", 1, 1, 0),
            row("s", 0, 0, 1),
            row("second", 1, 1, 0)
        ])
    );
    modify(json!({"terminateInstructions": [{"elementId": "block"}, {"elementId": "first"}]}))
        .await
        .done();
    let instance = server.get(&format!("/v2/process-instances/{key}")).await;
    assert_eq!(instance.json(200)["state"], "TERMINATED");
    let again = modify(json!({"activateInstructions": [{"elementId": "first"}]})).await;
    again.problem(404, "");
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_and_nothing_of_it_done() {
    let server = Server::limited(|limits| limits.request.modification_instructions = 2).await;
    server.deploy(PROCESS).await;
    server.deploy(&models::job("other")).await;
    let key = server.create("order", json!({})).await;
    let path = format!("/v2/process-instances/{key}/modification");
    let first = json!({"elementId": "first"});
    for (body, status, reason) in [
        (json!({}), 400, "asks for nothing"),
        (
            json!({"activateInstructions": [first, {"elementId": "nowhere"}]}),
            400,
            "no element `nowhere`",
        ),
        (
            json!({"activateInstructions": [{"elementId": "s"}]}),
            400,
            "a start event",
        ),
        (
            json!({"activateInstructions": [first, first, first]}),
            400,
            "at most 2",
        ),
        (
            json!({"terminateInstructions": [{}]}),
            400,
            "terminateInstructions[0]",
        ),
        (
            json!({"moveInstructions": [{"targetElementId": "second"}]}),
            400,
            "moveInstructions[0]",
        ),
        (
            json!({"terminateInstructions": [{"elementInstanceKey": "1"}]}),
            404,
            "",
        ),
        (
            json!({"activateInstruction": [first]}),
            400,
            "activateInstruction",
        ),
    ] {
        server.post(&path, body).await.problem(status, reason);
    }
    assert_eq!(ids(&active(&server).await), ["first"]);
    let at_the_limit = json!({"activateInstructions": [first, first]});
    server.post(&path, at_the_limit).await.done();
    assert_eq!(ids(&active(&server).await), ["first", "first", "first"]);
    server
        .post("/v2/process-instances/12345/modification", json!({}))
        .await
        .problem(404, "");
}

#[tokio::test]
async fn an_instance_may_start_elsewhere() {
    let server = Server::start().await;
    server.deploy(PROCESS).await;
    let start = async |elements: &[&str]| {
        let instructions = elements.iter().map(|id| json!({"elementId": id}));
        let body = json!({"processDefinitionId": "order", "variables": {"x": 1},
            "startInstructions": instructions.collect::<Vec<_>>()});
        server.post("/v2/process-instances", body).await
    };
    start(&["second"]).await.json(200);
    assert_eq!(ids(&active(&server).await), ["block", "second"]);
    start(&["s", "second"]).await.json(200);
    assert_eq!(
        ids(&active(&server).await),
        ["block", "block", "first", "second", "second"]
    );
    start(&["nowhere"]).await.problem(400, "`nowhere`");
    start(&["bs"]).await.problem(400, "a start event");
    let instances = server.search("process-instances", json!({})).await;
    assert_eq!(instances.len(), 2);
}
