//! Process instances.

use serde_json::{Value, json};

use crate::models;
use crate::server::{Server, text};

#[tokio::test]
async fn an_awaited_instance_answers_its_variables() {
    let server = Server::start().await;
    let definition = server.deploy(&models::script("order")).await;
    let body = r#"{"processDefinitionId": "order", "awaitCompletion": true, "tags": ["a"],
        "businessId": "B-1", "variables": {"price": 1.10, "count": 3, "note": {"x" : [1, 2.50]}}}"#;
    let reply = server
        .send_json(axum::http::Method::POST, "/v2/process-instances", body)
        .await;
    let raw = String::from_utf8(reply.body.clone()).unwrap();
    assert!(raw.contains(r#""note":{"x" : [1, 2.50]}"#), "{raw}");
    let created = reply.json(200);
    assert_eq!(created["variables"]["total"].to_string(), "3.3");
    assert_eq!(created["processDefinitionKey"], definition);
    assert_eq!(created["processDefinitionVersion"], 1);
    assert_eq!(created["tags"], json!(["a"]));
    assert_eq!(created["businessId"], "B-1");

    let key = text(&created["processInstanceKey"]);
    let instance = server
        .get(&format!("/v2/process-instances/{key}"))
        .await
        .json(200);
    assert_eq!(instance["state"], "COMPLETED");
    assert_eq!(instance["processDefinitionName"], "Process order");
    assert_eq!(instance["businessId"], "B-1");
    assert_eq!(instance["rootProcessInstanceKey"], key);
    assert!(instance["parentProcessInstanceKey"].is_null());
    assert!(instance["endDate"].is_string());
}

#[tokio::test]
async fn only_the_variables_asked_for_are_answered() {
    let server = Server::start().await;
    let key = server.deploy(&models::script("order")).await;
    let body = json!({"processDefinitionKey": key, "awaitCompletion": true,
        "fetchVariables": ["total", "none"], "variables": {"price": 2, "count": 3}});
    let created = server.post("/v2/process-instances", body).await.json(200);
    assert_eq!(created["variables"], json!({"total": 6}));
}

#[tokio::test]
async fn an_instance_that_does_not_end_in_time_is_504_and_goes_on() {
    let server = Server::start().await;
    server.deploy(&models::job("order")).await;
    let body =
        json!({"processDefinitionId": "order", "awaitCompletion": true, "requestTimeout": 50});
    server
        .post("/v2/process-instances", body)
        .await
        .problem(504, "");
    let instance = server
        .only("process-instances", json!({"state": "ACTIVE"}))
        .await;
    assert_eq!(instance["processDefinitionId"], "order");
}

#[tokio::test]
async fn an_instance_is_cancelled_once() {
    let server = Server::start().await;
    server.deploy(&models::job("order")).await;
    let key = server.create("order", json!({})).await;
    let path = format!("/v2/process-instances/{key}");
    server
        .post(
            &format!("{path}/cancellation"),
            json!({"operationReference": 7}),
        )
        .await
        .done();
    assert_eq!(server.get(&path).await.json(200)["state"], "TERMINATED");
    server
        .post(&format!("{path}/cancellation"), Value::Null)
        .await
        .problem(404, "");
    server
        .post("/v2/process-instances/1/cancellation", json!({}))
        .await
        .problem(404, "1");
}

#[tokio::test]
async fn a_bad_start_is_refused_and_starts_nothing() {
    let server = Server::start().await;
    server.deploy(&models::job("order")).await;
    for (body, status, detail) in [
        (
            json!({}),
            400,
            "either processDefinitionId or processDefinitionKey",
        ),
        (json!({"processDefinitionId": "nothing"}), 404, "nothing"),
        (
            json!({"processDefinitionId": "order", "processDefinitionVersion": 2}),
            404,
            "order",
        ),
        (json!({"processDefinitionKey": "1"}), 404, "1"),
        (json!({"processDefinitionKey": 1}), 400, "line 1"),
        (
            json!({"processDefinitionKey": "x"}),
            400,
            "'x' is not a key",
        ),
        (
            json!({"processDefinitionId": "order", "tenantId": "other"}),
            404,
            "other",
        ),
        (
            json!({"processDefinitionId": "order", "tenantId": "a b"}),
            400,
            "tenantId must be",
        ),
        (
            json!({"processDefinitionId": "order", "variables": []}),
            400,
            "an object of variables",
        ),
        (
            json!({"processDefinitionId": "order", "tags": ["1"]}),
            400,
            "tags[0]",
        ),
        (
            json!({"processDefinitionId": "order", "businessId": ""}),
            400,
            "businessId",
        ),
        (
            json!({"processDefinitionId": "order", "awaitCompletoin": true}),
            400,
            "awaitCompletoin",
        ),
        (
            json!({"processDefinitionId": "order", "runtimeInstructions": [{"afterElementId": "do"}]}),
            400,
            "runtimeInstructions must be empty",
        ),
    ] {
        server
            .post("/v2/process-instances", body)
            .await
            .problem(status, detail);
    }
    assert!(
        server
            .search("process-instances", json!({}))
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn instances_are_found_by_what_they_are() {
    let server = Server::start().await;
    server.deploy(&models::script("script")).await;
    let definition = server.deploy(&models::job("job")).await;
    server.deploy(&models::message("message")).await;
    let waiting = server
        .create("job", json!({"color": "red", "size": 7}))
        .await;
    server.create("job", json!({"color": "blue"})).await;
    server
        .create("script", json!({"price": 1, "count": 1}))
        .await;
    let failed = server.create("message", json!({})).await;
    let count = async |filter: Value| server.search("process-instances", filter).await.len();
    assert_eq!(count(json!({})).await, 4);
    assert_eq!(count(json!({"processInstanceKey": waiting})).await, 1);
    assert_eq!(
        count(json!({"processInstanceKey": {"$in": [waiting, failed, "1"]}})).await,
        2
    );
    assert_eq!(count(json!({"processDefinitionId": "job"})).await, 2);
    assert_eq!(
        count(json!({"processDefinitionId": {"$like": "s*"}})).await,
        1
    );
    assert_eq!(
        count(json!({"processDefinitionKey": definition, "state": "COMPLETED"})).await,
        0
    );
    assert_eq!(count(json!({"state": {"$in": ["ACTIVE"]}})).await, 3);
    assert_eq!(count(json!({"hasIncident": true})).await, 1);
    assert_eq!(
        count(json!({"hasIncident": false, "state": "ACTIVE"})).await,
        2
    );
    assert_eq!(count(json!({"endDate": {"$exists": true}})).await, 1);
    assert_eq!(
        count(json!({"startDate": {"$gt": "2000-01-01T00:00:00Z"}})).await,
        4
    );
    assert_eq!(
        count(json!({"parentProcessInstanceKey": {"$exists": true}})).await,
        0
    );
    assert_eq!(
        count(json!({"variables": [{"name": "color", "value": "\"red\""}]})).await,
        1
    );
    let both = [
        json!({"name": "color", "value": {"$like": "*r*"}}),
        json!({"name": "size", "value": "7"}),
    ];
    assert_eq!(count(json!({"variables": both})).await, 1);
    assert_eq!(
        count(json!({"$or": [{"hasIncident": true}, {"state": "COMPLETED"}]})).await,
        2
    );
}
