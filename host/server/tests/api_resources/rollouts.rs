//! Rolling versions of steps out and back, retiring them, and pushing what breaks a process.

use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value, json};

use crate::library::Library;
use crate::models::around;
use crate::server::{Reply, Server};

/// A step with one function `double-it` of one number with this name, in bytes of its own for each
/// `mark`.
fn doubles(parameter: &str, mark: u8) -> Vec<u8> {
    let function = format!("(param \"{parameter}\" u32) (result u32)");
    let mut bytes = Library::default()
        .lift("double-it", &function, "double")
        .build();
    // A section that says nothing.
    bytes.extend([0, 3, 1, b'm', mark]);
    bytes
}

async fn push(server: &Server, version: &str, component: Vec<u8>) -> Reply {
    let request = Request::put(format!("/v2/steps/double/versions/{version}"))
        .header(header::CONTENT_TYPE, "application/wasm")
        .body(Body::from(component))
        .unwrap();
    server.send(request).await
}

/// A person looks, and then it is doubled.
fn model() -> String {
    let tasks = r#"<bpmn:userTask id="do">
          <bpmn:extensionElements><zeebe:userTask /></bpmn:extensionElements>
          <bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f3</bpmn:outgoing>
        </bpmn:userTask>
        <bpmn:sequenceFlow id="f3" sourceRef="do" targetRef="double" />
        <bpmn:serviceTask id="double">
          <bpmn:extensionElements><zeebe:taskDefinition type="double@1" />
          </bpmn:extensionElements>
          <bpmn:incoming>f3</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing>
        </bpmn:serviceTask>"#;
    around("looked-at", tasks, "")
        .replace(r#"id="f2" sourceRef="do""#, r#"id="f2" sourceRef="double""#)
}

/// Completes the task that an instance waits at; the version that was called then.
async fn finish(server: &Server, instance: &str) -> String {
    let filter = json!({ "processInstanceKey": instance });
    let task = server.only("user-tasks", filter.clone()).await;
    let path = format!(
        "/v2/user-tasks/{}/completion",
        task["userTaskKey"].as_str().unwrap()
    );
    server.post(&path, json!({})).await.done();
    let ended = async {
        while server.only("process-instances", filter.clone()).await["state"] != "COMPLETED" {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), ended)
        .await
        .expect("the instance ends");
    let path = format!("/v2/process-instances/{instance}/events");
    let events = server.get(&path).await.json(200);
    let items = events["items"].as_array().unwrap();
    let call = items.iter().find(|item| item["stepVersion"].is_string());
    call.unwrap_or_else(|| panic!("{events:#}"))["stepVersion"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// What is shown of the rollout.
async fn shown(server: &Server) -> Value {
    server.get("/v2/steps/double").await.json(200)["rollout"].clone()
}

const ROLLOUT: &str = "/v2/steps/double/rollout";

#[tokio::test]
async fn a_version_is_rolled_out_watched_and_rolled_back() {
    let server = Server::start().await;
    push(&server, "1.0.0", doubles("n", 0)).await.json(201);
    server.deploy(&model()).await;
    push(&server, "1.1.0", doubles("n", 1)).await.json(201);
    assert_eq!(shown(&server).await, Value::Null);
    let new = async || server.create("looked-at", json!({ "n": 21 })).await;
    let first = new().await;
    assert_eq!(finish(&server, &first).await, "1.0.0");

    let all = json!({ "version": "1.1.0", "percentage": 100 });
    let begun = server.put(ROLLOUT, all.clone()).await.json(200);
    assert_eq!(
        (&begun["version"], &begun["percentage"], &begun["calls"]),
        (&json!("1.1.0"), &json!(100), &json!([]))
    );
    let (kept, moved) = (new().await, new().await);
    server.delete(ROLLOUT).await.done();
    assert_eq!(shown(&server).await, Value::Null);
    // It goes on with what it began with, unless it is told otherwise.
    assert_eq!(finish(&server, &kept).await, "1.1.0");
    server.put(ROLLOUT, all.clone()).await.json(200);
    server
        .delete(&format!("{ROLLOUT}?running=true"))
        .await
        .done();
    assert_eq!(finish(&server, &moved).await, "1.0.0");
    server.delete(ROLLOUT).await.problem(404, "double");

    server.put(ROLLOUT, all).await.json(200);
    let last = new().await;
    assert_eq!(finish(&server, &last).await, "1.1.0");
    let calls = &shown(&server).await["calls"];
    assert_eq!(
        calls,
        &json!([{ "version": "1.1.0", "calls": 1, "failures": 0 }])
    );
}

#[tokio::test]
async fn what_is_no_rollout_is_refused() {
    let server = Server::start().await;
    push(&server, "1.0.0", doubles("n", 0)).await.json(201);
    let to = |version: &str, percentage: Value| {
        server.put(
            ROLLOUT,
            json!({ "version": version, "percentage": percentage }),
        )
    };
    to("1.0.0", json!(101)).await.problem(400, "percentage");
    for percentage in [json!(256), json!(-1), json!(0.5), json!("9")] {
        to("1.0.0", percentage).await.problem(400, "expected u8");
    }
    to("1.0.1", json!(5)).await.problem(404, "double 1.0.1");
    to("one", json!(5)).await.problem(404, "one");
    server
        .delete(&format!("{ROLLOUT}?running=maybe"))
        .await
        .problem(400, "running");
    let elsewhere = json!({ "version": "1.0.0", "percentage": 5 });
    server
        .put("/v2/steps/double/rollout?tenantId=b", elsewhere)
        .await
        .problem(404, "'b'");
    assert_eq!(shown(&server).await, Value::Null);
}

#[tokio::test]
async fn a_retired_version_is_shown_and_bound_to_nothing_new() {
    let server = Server::start().await;
    push(&server, "1.0.0", doubles("n", 0)).await.json(201);
    let path = "/v2/steps/double/versions/1.0.0";
    let shown = server.get(path).await.json(200);
    assert_eq!(shown["retiredAt"], Value::Null);
    let retire = format!("{path}/retirement");
    server.post(&retire, json!({})).await.done();
    server.post(&retire, json!({})).await.done();
    let shown = server.get(path).await.json(200);
    assert!(shown["retiredAt"].is_string(), "{shown}");
    let rollout = json!({ "version": "1.0.0", "percentage": 5 });
    server.put(ROLLOUT, rollout).await.problem(409, "retired");
    let exact = model().replace("double@1", "double@1.0.0");
    server
        .upload(&[("resources", Some("model.bpmn"), &exact)])
        .await
        .problem(409, "retired");
    server
        .post("/v2/steps/double/versions/9.0.0/retirement", json!({}))
        .await
        .problem(404, "double 9.0.0");
}

#[tokio::test]
async fn a_version_that_breaks_a_process_needs_force() {
    let server = Server::start().await;
    push(&server, "1.0.0", doubles("n", 0)).await.json(201);
    server.deploy(&model()).await;
    let refused = push(&server, "1.1.0", doubles("number", 0)).await;
    let problem = refused.problem(409, "process 'looked-at' version 1");
    let detail = problem["detail"].as_str().unwrap();
    for part in ["element 'double'", "input.number", "--force"] {
        assert!(detail.contains(part), "{part}: {detail}");
    }
    let path = "/v2/steps/double/versions/1.1.0";
    server.get(path).await.problem(404, "double 1.1.0");
    push(&server, "1.1.0?force=no", doubles("number", 0))
        .await
        .problem(400, "force");
    push(&server, "1.1.0?force=true", doubles("number", 0))
        .await
        .json(201);
    server.get(path).await.json(200);
}
