//! Migrations of running instances to another version.

use serde_json::{Value, json};

use crate::models;
use crate::server::{Server, text};

/// A job `first` and, from version 2 on, another one after it.
fn process(then: &str) -> String {
    let (more, target) = match then {
        "" => (String::new(), "e"),
        id => (
            format!(
                r#"<serviceTask id="{id}"><extensionElements><zeebe:taskDefinition type="{id}"/></extensionElements></serviceTask>
    <sequenceFlow id="f3" sourceRef="{id}" targetRef="e"/>"#
            ),
            id,
        ),
    };
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="http://test">
  <process id="order" isExecutable="true">
    {more}
    <startEvent id="s"/><sequenceFlow id="f1" sourceRef="s" targetRef="first"/>
    <serviceTask id="first"><extensionElements><zeebe:taskDefinition type="first"/></extensionElements></serviceTask>
    <sequenceFlow id="f2" sourceRef="first" targetRef="{target}"/><endEvent id="e"/>
  </process>
</definitions>"#
    )
}

async fn complete(server: &Server, job_type: &str) {
    let body = json!({"type": job_type, "timeout": 60_000, "maxJobsToActivate": 1});
    let jobs = server.post("/v2/jobs/activation", body).await.json(200);
    let key = text(&jobs["jobs"][0]["jobKey"]);
    let path = format!("/v2/jobs/{key}/completion");
    server.post(&path, json!({})).await.done();
}

#[tokio::test]
async fn an_instance_goes_on_in_another_version() {
    let server = Server::start().await;
    let old = server.deploy(&process("")).await;
    let key = server.create("order", json!({"x": 1})).await;
    let new = server.deploy(&process("second")).await;
    let path = format!("/v2/process-instances/{key}/migration");
    let mapping = json!([{"sourceElementId": "first", "targetElementId": "first"}]);
    let body = json!({"targetProcessDefinitionKey": new, "mappingInstructions": mapping});
    server.post(&path, body).await.done();
    let instance = server
        .get(&format!("/v2/process-instances/{key}"))
        .await
        .json(200);
    assert_eq!(instance["processDefinitionKey"], new);
    assert_eq!(instance["processDefinitionVersion"], 2);
    let jobs = server.search("jobs", json!({"type": "first"})).await;
    assert_eq!(jobs.len(), 1);
    assert_eq!(jobs[0]["processDefinitionKey"], new);
    complete(&server, "first").await;
    let found = server
        .search("process-instances", json!({"processDefinitionKey": new}))
        .await;
    assert_eq!(found.len(), 1);
    let none = server
        .search("process-instances", json!({"processDefinitionKey": old}))
        .await;
    assert!(none.is_empty(), "{none:?}");
    complete(&server, "second").await;

    // What happened before is told with the model of then.
    let events = server
        .get(&format!("/v2/process-instances/{key}/events"))
        .await
        .json(200);
    let told: Vec<String> = events["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| format!("{} {}", text(&event["type"]), text(&event["elementId"])))
        .collect();
    assert_eq!(
        told,
        [
            "SEQUENCE_FLOW_TAKEN f1",
            "MIGRATED order",
            "SEQUENCE_FLOW_TAKEN f2",
            "SEQUENCE_FLOW_TAKEN f3",
        ]
    );
    assert_eq!(events["items"][1]["sourceProcessDefinitionKey"], old);
    assert_eq!(events["items"][1]["targetProcessDefinitionKey"], new);
    let flows = server
        .get(&format!("/v2/process-instances/{key}/sequence-flows"))
        .await
        .json(200);
    let flows = flows["items"].as_array().unwrap();
    let mut ids: Vec<String> = flows.iter().map(|flow| text(&flow["elementId"])).collect();
    ids.sort();
    assert_eq!(ids, ["f1", "f2", "f3"]);
}

#[tokio::test]
async fn what_cannot_go_on_there_is_refused() {
    let server = Server::limited(|limits| limits.request.mapping_instructions = 2).await;
    let old = server.deploy(&process("")).await;
    let other = server.deploy(&models::user_task("other")).await;
    let key = server.create("order", json!({})).await;
    let path = format!("/v2/process-instances/{key}/migration");
    let map = |from: &str, to: &str| json!({"sourceElementId": from, "targetElementId": to});
    let refused = async |target: &str, mapping: Value, status: u16, reason: &str| {
        let body = json!({"targetProcessDefinitionKey": target, "mappingInstructions": mapping});
        server.post(&path, body).await.problem(status, reason);
    };
    refused(&other, json!([]), 400, "`first` has no mapping").await;
    refused(&other, json!([map("first", "do")]), 400, "different types").await;
    refused(&old, json!([map("first", "nowhere")]), 400, "`nowhere`").await;
    refused("1", json!([]), 404, "process definition 1").await;
    let three = json!([map("first", "first"), map("s", "s"), map("e", "e")]);
    refused(&old, three, 400, "at most 2").await;
    let two = json!([map("first", "first"), map("s", "s")]);
    let body = json!({"targetProcessDefinitionKey": old, "mappingInstructions": two});
    server.post(&path, body).await.done();
    complete(&server, "first").await;
    let instance = server.get(&format!("/v2/process-instances/{key}")).await;
    assert_eq!(instance.json(200)["state"], "COMPLETED");
}
