//! Element instances.

use serde_json::json;

use crate::models;
use crate::server::{Server, text};

#[tokio::test]
async fn the_path_of_an_instance_is_found() {
    let server = Server::start().await;
    server.deploy(&models::job("order")).await;
    let key = server.create("order", json!({})).await;
    let items = server
        .search("element-instances", json!({"processInstanceKey": key}))
        .await;
    let path: Vec<_> = items
        .iter()
        .map(|item| {
            (
                text(&item["elementId"]),
                text(&item["type"]),
                text(&item["state"]),
            )
        })
        .collect();
    let expected = [
        ("begin", "START_EVENT", "COMPLETED"),
        ("do", "SERVICE_TASK", "ACTIVE"),
    ];
    assert_eq!(
        path,
        expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned()))
    );
    assert_eq!(items[0]["elementName"], "begin");
    assert_eq!(items[1]["elementName"], "Check");

    let one = format!(
        "/v2/element-instances/{}",
        text(&items[1]["elementInstanceKey"])
    );
    assert_eq!(server.get(&one).await.json(200), items[1]);
    let filter =
        json!({"type": "SERVICE_TASK", "elementInstanceScopeKey": key, "hasIncident": false});
    assert_eq!(server.only("element-instances", filter).await, items[1]);
    server
        .get("/v2/element-instances/5")
        .await
        .problem(404, "element instance 5");
}

#[tokio::test]
async fn variables_are_set_in_the_scope_that_is_named() {
    let server = Server::start().await;
    server.deploy(&models::job("order")).await;
    let key = server.create("order", json!({"a": 1})).await;
    let task = server
        .only("element-instances", json!({"elementId": "do"}))
        .await;
    let task = text(&task["elementInstanceKey"]);
    let path = format!("/v2/element-instances/{task}/variables");
    server
        .put(
            &path,
            json!({"variables": {"a": 2, "b": [3]}, "local": true}),
        )
        .await
        .done();
    server
        .put(&path, json!({"variables": {"c": "x"}}))
        .await
        .done();
    let value = async |filter| server.only("variables", filter).await["value"].clone();
    assert_eq!(value(json!({"name": "a", "scopeKey": task})).await, "2");
    assert_eq!(value(json!({"name": "a", "scopeKey": key})).await, "1");
    assert_eq!(value(json!({"name": "b"})).await, "[3]");
    assert_eq!(value(json!({"name": "c", "scopeKey": key})).await, "\"x\"");
    server
        .put(&path, json!({"variables": null}))
        .await
        .problem(400, "variables");
    server
        .put(&path, json!({}))
        .await
        .problem(400, "missing field `variables`");
    let path = "/v2/element-instances/9/variables";
    server
        .put(path, json!({"variables": {"a": 1}}))
        .await
        .problem(404, "9");
}
