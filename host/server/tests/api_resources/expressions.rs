//! Expressions outside any process.

use serde_json::{Value, json};

use crate::models;
use crate::server::{Server, text};

const PATH: &str = "/v2/expression/evaluation";

async fn evaluate(server: &Server, body: Value) -> Value {
    server.post(PATH, body).await.json(200)
}

#[tokio::test]
async fn an_expression_has_a_result_and_warnings() {
    let server = Server::start().await;
    let answer = evaluate(
        &server,
        json!({"expression": "=x + y", "variables": {"x": 10, "y": 20}}),
    )
    .await;
    assert_eq!(
        answer,
        json!({"expression": "=x + y", "result": 30, "warnings": []})
    );
    let answer = evaluate(&server, json!({"expression": "=x + y.z"})).await;
    assert_eq!(answer["result"], Value::Null);
    let messages = json!([
        {"message": "No variable found with name 'x'"},
        {"message": "No variable found with name 'y'"}
    ]);
    assert_eq!(answer["warnings"], messages);
    // What does not begin with `=` is a text, as in a model.
    let answer = evaluate(&server, json!({"expression": "x + \"y\""})).await;
    assert_eq!(answer["result"], "x + \"y\"");
    let digits =
        r#"{"expression": "=a", "variables": {"a": 0.1000000000000000000000000000000001}}"#;
    let reply = server
        .send_json(axum::http::Method::POST, PATH, digits)
        .await;
    let written = String::from_utf8(reply.body).unwrap();
    assert!(
        written.contains("0.1000000000000000000000000000000001"),
        "{written}"
    );
}

#[tokio::test]
async fn costly_expressions_and_random_ones_are_evaluated() {
    let server = Server::start().await;
    let squares = json!({"expression": "=for i in 1..3 return i * i", "tenantId": "<default>"});
    assert_eq!(evaluate(&server, squares).await["result"], json!([1, 4, 9]));
    let draw = || evaluate(&server, json!({"expression": "=uuid()"}));
    let (first, second) = (draw().await, draw().await);
    assert_eq!(text(&first["result"]).len(), 36);
    assert_ne!(first["result"], second["result"]);
}

#[tokio::test]
async fn what_has_no_value_is_refused_with_its_place() {
    let server = Server::limited(|limits| {
        limits.expression.isolated.steps = 10_000;
        limits.expression.max_source_bytes = 200;
    })
    .await;
    let refused = async |expression: &str, reason: &str| {
        let reply = server.post(PATH, json!({"expression": expression})).await;
        reply.problem(400, reason);
    };
    refused("=1 +\n  * 2", "2:3").await;
    refused("=nope(1)", "there is no function `nope`").await;
    refused("=function() external {}", "external").await;
    refused(
        "=assert(x, x != null, \"x must be\")",
        "assertion failed: x must be",
    )
    .await;
    refused("=function() 1", "no JSON form").await;
    refused("=count(for i in 1..1000000 return i)", "too many steps").await;
    refused(&format!("={}", "1+".repeat(200)), "allowed are 200").await;
    refused("", "must not be empty").await;
    let reply = server
        .post(PATH, json!({"expression": "=1", "tenantId": "nobody"}))
        .await;
    reply.problem(404, "nobody");
    let reply = server
        .post(PATH, json!({"expression": "=1", "context": {}}))
        .await;
    reply.problem(400, "context");
    let reply = server.post(PATH, json!({"variables": {}})).await;
    reply.problem(400, "expression");
}

#[tokio::test]
async fn the_variables_of_a_scope_are_seen() {
    let server = Server::start().await;
    server.deploy(&models::job("order")).await;
    let instance = server.create("order", json!({"a": 1, "b": 2})).await;
    let of_instance = json!({"expression": "=[a, b]", "scopeKey": instance, "variables": {"b": 9}});
    assert_eq!(
        evaluate(&server, of_instance).await["result"],
        json!([1, 9])
    );
    let job = json!({"processInstanceKey": instance, "type": "SERVICE_TASK"});
    let element = server.only("element-instances", job).await;
    let element = text(&element["elementInstanceKey"]);
    let local = json!({"variables": {"a": 5, "c": 7}, "local": true});
    let path = format!("/v2/element-instances/{element}/variables");
    assert_eq!(server.put(&path, local).await.status, 204);
    let of_element = json!({"expression": "=[a, b, c]", "scopeKey": element});
    assert_eq!(
        evaluate(&server, of_element).await["result"],
        json!([5, 2, 7])
    );
    let of_instance = json!({"expression": "=[a, b, c]", "scopeKey": instance});
    assert_eq!(
        evaluate(&server, of_instance).await["result"],
        json!([1, 2, null])
    );
    let unknown = json!({"expression": "=a", "scopeKey": "12345"});
    server.post(PATH, unknown).await.problem(404, "12345");
    let other = json!({"expression": "=a", "scopeKey": instance, "tenantId": "other"});
    server.post(PATH, other).await.problem(404, "other");
    let fine = json!({"expression": "=a", "scopeKey": instance, "tenantId": "<default>"});
    assert_eq!(evaluate(&server, fine).await["result"], 1);
    let wrong = json!({"expression": "=a", "scopeKey": "x"});
    server.post(PATH, wrong).await.problem(400, "not a key");
}

#[tokio::test]
async fn random_values_differ_from_instance_to_instance() {
    let server = Server::start().await;
    let model = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
        xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="urn:test">
      <process id="draw" isExecutable="true">
        <startEvent id="s"/><sequenceFlow id="a" sourceRef="s" targetRef="t"/>
        <scriptTask id="t"><extensionElements>
          <zeebe:script expression="=uuid()" resultVariable="drawn"/></extensionElements></scriptTask>
        <sequenceFlow id="b" sourceRef="t" targetRef="e"/><endEvent id="e"/>
      </process></definitions>"#;
    server.deploy(model).await;
    server.create("draw", json!({})).await;
    server.create("draw", json!({})).await;
    let found = server.search("variables", json!({"name": "drawn"})).await;
    assert_eq!(found.len(), 2);
    assert_ne!(found[0]["value"], found[1]["value"]);
    assert_eq!(text(&found[0]["value"]).len(), 38);
}
