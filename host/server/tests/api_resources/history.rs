//! What happened in an instance.

use serde_json::json;

use crate::models;
use crate::server::{Server, text};

#[tokio::test]
async fn the_flows_that_were_taken_are_told() {
    let server = Server::start().await;
    let definition = server.deploy(&models::script("order")).await;
    let key = server
        .create("order", json!({"price": 1, "count": 2}))
        .await;
    let path = format!("/v2/process-instances/{key}");
    let flows = server
        .get(&format!("{path}/sequence-flows"))
        .await
        .json(200);
    let flows = flows["items"].as_array().unwrap().clone();
    let ids: Vec<_> = flows.iter().map(|flow| text(&flow["elementId"])).collect();
    assert_eq!(ids, ["f1", "f2"]);
    assert_eq!(flows[0]["sequenceFlowId"], format!("{key}_f1"));
    assert_eq!(flows[0]["processDefinitionKey"], definition);

    let events = server.get(&format!("{path}/events")).await.json(200);
    assert_eq!(events["isTruncated"], false);
    let first = &events["items"][0];
    assert_eq!(first["type"], "SEQUENCE_FLOW_TAKEN");
    assert_eq!(first["elementId"], "f1");
    assert_eq!(
        (&first["sourceElementId"], &first["targetElementId"]),
        (&json!("begin"), &json!("do"))
    );
    server
        .get("/v2/process-instances/1/events")
        .await
        .problem(404, "process instance 1");
    server
        .get("/v2/process-instances/1/sequence-flows")
        .await
        .problem(404, "1");
}
