//! Listeners and ad-hoc sub-processes whose jobs are done by steps.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};

use crate::guest;
use crate::listeners::{ad_hoc, complete, job};
use crate::models;
use crate::server::{Server, text};

async fn push(server: &Server, name: &str, component: Vec<u8>) {
    let path = format!("/v2/steps/{name}/versions/1.0.0");
    let request = Request::put(path)
        .header(header::CONTENT_TYPE, "application/wasm")
        .body(Body::from(component))
        .unwrap();
    server.send(request).await.json(201);
}

async fn answering(server: &Server, name: &str, output: Value) {
    push(server, name, guest::answer(&output.to_string()).build()).await;
}

/// Looks until there is what is looked for.
async fn found(server: &Server, resource: &str, filter: Value) -> Value {
    for _ in 0..1_000 {
        if let [one] = &server.search(resource, filter.clone()).await[..] {
            return one.clone();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no {resource} {filter}");
}

/// A job for a worker between two execution listeners.
fn with_execution_listeners(start: &str, end: &str) -> String {
    models::job("order").replace(
        "<zeebe:taskHeaders>",
        &format!(
            r#"<zeebe:executionListeners>
                 <zeebe:executionListener eventType="start" type="{start}" retries="1" />
                 <zeebe:executionListener eventType="end" type="{end}" retries="1" />
               </zeebe:executionListeners><zeebe:taskHeaders>"#
        ),
    )
}

fn with_task_listener(event: &str) -> String {
    models::user_task("order").replace(
        "<zeebe:userTask />",
        &format!(
            r#"<zeebe:userTask /><zeebe:taskListeners>
                 <zeebe:taskListener eventType="{event}" type="review" retries="1" />
               </zeebe:taskListeners>"#
        ),
    )
}

#[tokio::test]
async fn execution_listeners_bring_variables_and_fail_as_incidents() {
    let server = Server::start().await;
    answering(&server, "prepare", json!({"prepared": [1, 2]})).await;
    answering(&server, "conclude", json!({"concluded": true})).await;
    server
        .deploy(&with_execution_listeners("prepare", "conclude@1"))
        .await;
    let instance = server.create("order", json!({"a": 1})).await;
    found(&server, "jobs", json!({"type": "check"})).await;
    let work = job(&server, "check").await;
    assert_eq!(work["kind"], "BPMN_ELEMENT");
    assert_eq!(work["variables"], json!({"a": 1, "prepared": [1, 2]}));
    complete(&server, &work, json!({})).await.done();
    found(&server, "process-instances", json!({"state": "COMPLETED"})).await;
    let concluded = json!({"name": "concluded", "scopeKey": instance});
    assert_eq!(server.only("variables", concluded).await["value"], "true");
    // What a start listener brings is the element's own.
    let prepared = server.only("variables", json!({"name": "prepared"})).await;
    assert_ne!(prepared["scopeKey"], instance);
    for (kind, event) in [("prepare", "START"), ("conclude@1", "END")] {
        let done = server.only("jobs", json!({"type": kind})).await;
        assert_eq!(done["kind"], "EXECUTION_LISTENER");
        assert_eq!(done["listenerEventType"], event);
        assert_eq!(done["state"], "COMPLETED");
    }

    // An error of BPMN is none that a listener can throw.
    let thrown = guest::failing(0, &["NO", "not today", "{}"], "").build();
    push(&server, "throws", thrown).await;
    let model = with_execution_listeners("throws", "conclude");
    server
        .deploy(&model.replace("\"order\"", "\"other\""))
        .await;
    server.create("other", json!({})).await;
    let incident = found(&server, "incidents", json!({})).await;
    assert_eq!(incident["errorType"], "EXECUTION_LISTENER_NO_RETRIES");
    assert!(text(&incident["errorMessage"]).contains("cannot throw a BPMN error"));
}

#[tokio::test]
async fn a_step_denies_and_corrects_what_becomes_of_a_user_task() {
    let server = Server::start().await;
    let denies = json!({"denied": true, "deniedReason": "not now"});
    answering(&server, "review", denies).await;
    server.deploy(&with_task_listener("assigning")).await;
    server.create("order", json!({})).await;
    let task = found(&server, "user-tasks", json!({"state": "CREATED"})).await;
    let path = format!("/v2/user-tasks/{}", text(&task["userTaskKey"]));
    let assignment = format!("{path}/assignment");
    server
        .post(&assignment, json!({"assignee": "ann"}))
        .await
        .done();
    found(
        &server,
        "jobs",
        json!({"type": "review", "state": "COMPLETED"}),
    )
    .await;
    let task = server.get(&path).await.json(200);
    assert_eq!(
        (&task["state"], &task["assignee"]),
        (&json!("CREATED"), &json!(null))
    );

    let server = Server::start().await;
    let corrects = json!({"corrections": {"assignee": "bob", "priority": 3,
        "candidateGroups": ["legal"], "dueDate": "2030-01-31T12:00:00Z"}});
    answering(&server, "review", corrects).await;
    server.deploy(&with_task_listener("assigning")).await;
    server.create("order", json!({})).await;
    let task = found(&server, "user-tasks", json!({"state": "CREATED"})).await;
    let path = format!("/v2/user-tasks/{}", text(&task["userTaskKey"]));
    let assignment = format!("{path}/assignment");
    server
        .post(&assignment, json!({"assignee": "ann"}))
        .await
        .done();
    found(&server, "user-tasks", json!({"assignee": "bob"})).await;
    let task = server.get(&path).await.json(200);
    assert_eq!(task["priority"], 3);
    assert_eq!(task["candidateGroups"], json!(["legal"]));
    assert!(text(&task["dueDate"]).starts_with("2030-01-31"));
}

#[tokio::test]
async fn an_output_that_decides_nothing_known_is_an_incident() {
    let server = Server::start().await;
    // It answers what it was given, and so shows that it was given the task.
    push(&server, "review", guest::echo().build()).await;
    server.deploy(&with_task_listener("completing")).await;
    server.create("order", json!({})).await;
    let task = found(&server, "user-tasks", json!({"state": "CREATED"})).await;
    let completion = format!("/v2/user-tasks/{}/completion", text(&task["userTaskKey"]));
    server.post(&completion, json!({})).await.done();
    let incident = found(&server, "incidents", json!({})).await;
    assert_eq!(incident["errorType"], "TASK_LISTENER_NO_RETRIES");
    let message = text(&incident["errorMessage"]);
    assert!(message.contains("unknown field `userTask`"), "{message}");
    let task = server.only("user-tasks", json!({})).await;
    assert_eq!(task["state"], "COMPLETING");
}

#[tokio::test]
async fn a_step_decides_what_runs_in_an_ad_hoc_sub_process() {
    let server = Server::start().await;
    let begins = json!({"activateElements": [{"elementId": "a", "variables": {"n": 1}}],
        "variables": {"round": 1}});
    answering(&server, "agent", begins).await;
    let agent = r#"<zeebe:taskDefinition type="agent" />"#;
    server.deploy(&ad_hoc("order", agent)).await;
    let instance = server.create("order", json!({})).await;
    found(&server, "jobs", json!({"type": "a"})).await;
    let a = job(&server, "a").await;
    assert_eq!(a["variables"]["n"], 1);
    assert_eq!(a["variables"]["round"], 1);
    let decided = server.only("jobs", json!({"type": "agent"})).await;
    assert_eq!(decided["kind"], "AD_HOC_SUB_PROCESS");
    assert_eq!(decided["state"], "COMPLETED");
    assert_eq!(decided["processInstanceKey"], instance);

    let server = Server::start().await;
    let ends = json!({"isCompletionConditionFulfilled": true});
    answering(&server, "agent", ends).await;
    server.deploy(&ad_hoc("order", agent)).await;
    server.create("order", json!({})).await;
    found(&server, "process-instances", json!({"state": "COMPLETED"})).await;

    let server = Server::start().await;
    let wrong = json!({"activateElements": [{"elementId": "nowhere"}]});
    answering(&server, "agent", wrong).await;
    server.deploy(&ad_hoc("order", agent)).await;
    server.create("order", json!({})).await;
    let incident = found(&server, "incidents", json!({})).await;
    assert_eq!(incident["errorType"], "AD_HOC_SUB_PROCESS_NO_RETRIES");
    assert!(text(&incident["errorMessage"]).contains("nowhere"));
}
