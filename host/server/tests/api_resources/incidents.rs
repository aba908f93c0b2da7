//! Incidents.

use serde_json::{Value, json};

use crate::models;
use crate::server::{Server, text};

#[tokio::test]
async fn an_incident_is_resolved_when_its_cause_is_mended() {
    let server = Server::start().await;
    server.deploy(&models::message("order")).await;
    let key = server.create("order", json!({"count": 2})).await;
    let incident = server
        .only("incidents", json!({"processInstanceKey": key}))
        .await;
    assert_eq!(incident["state"], "ACTIVE");
    assert_eq!(incident["elementId"], "do");
    assert!(incident["jobKey"].is_null());
    let path = format!("/v2/incidents/{}", text(&incident["incidentKey"]));
    assert_eq!(server.get(&path).await.json(200), incident);

    let variables = json!({"variables": {"order": "A"}});
    server
        .put(&format!("/v2/element-instances/{key}/variables"), variables)
        .await
        .done();
    server
        .post(&format!("{path}/resolution"), Value::Null)
        .await
        .done();
    assert_eq!(server.get(&path).await.json(200)["state"], "RESOLVED");
    assert!(
        server
            .search("incidents", json!({"state": "ACTIVE"}))
            .await
            .is_empty()
    );
    let instance = server
        .get(&format!("/v2/process-instances/{key}"))
        .await
        .json(200);
    assert_eq!(instance["hasIncident"], false);
    server
        .post(&format!("{path}/resolution"), json!({}))
        .await
        .problem(404, "");
}

#[tokio::test]
async fn incidents_are_found_by_what_they_are() {
    let server = Server::start().await;
    let definition = server.deploy(&models::message("order")).await;
    let key = server.create("order", json!({})).await;
    server.create("order", json!({})).await;
    let count = async |filter| server.search("incidents", filter).await.len();
    let first = server
        .only("incidents", json!({"processInstanceKey": key}))
        .await;
    assert_eq!(count(json!({"state": "ACTIVE"})).await, 2);
    assert_eq!(count(json!({"processDefinitionKey": definition})).await, 2);
    assert_eq!(count(json!({"incidentKey": first["incidentKey"]})).await, 1);
    assert_eq!(
        count(json!({"elementInstanceKey": first["elementInstanceKey"]})).await,
        1
    );
    assert_eq!(count(json!({"errorType": first["errorType"]})).await, 2);
    assert_eq!(count(json!({"errorType": "JOB_NO_RETRIES"})).await, 0);
    assert_eq!(count(json!({"errorMessage": {"$exists": true}})).await, 2);
    server
        .get("/v2/incidents/1")
        .await
        .problem(404, "incident 1");
}
