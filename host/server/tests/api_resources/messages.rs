//! Messages.

use serde_json::json;

use crate::models;
use crate::server::{Server, text};

#[tokio::test]
async fn a_message_reaches_the_instance_that_waits_for_it() {
    let server = Server::start().await;
    server.deploy(&models::message("order")).await;
    let key = server.create("order", json!({"order": "A-1"})).await;
    let other = server.create("order", json!({"order": "A-2"})).await;
    let body = json!({"name": "paid", "correlationKey": "A-1", "variables": {"amount": 7}});
    let published = server
        .post("/v2/messages/publication", body)
        .await
        .json(200);
    assert!(text(&published["messageKey"]).parse::<u64>().is_ok());
    assert_eq!(published["tenantId"], "<default>");
    let filter = json!({"processInstanceKey": key, "name": "amount"});
    let state = async |key: &str| {
        server
            .get(&format!("/v2/process-instances/{key}"))
            .await
            .json(200)
    };
    for _ in 0..500 {
        if state(&key).await["state"] == "COMPLETED" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(state(&key).await["state"], "COMPLETED");
    assert_eq!(server.only("variables", filter).await["value"], "7");
    assert_eq!(state(&other).await["state"], "ACTIVE");
}

#[tokio::test]
async fn a_second_message_with_the_same_id_is_refused() {
    let server = Server::start().await;
    server.deploy(&models::message("order")).await;
    let body =
        json!({"name": "paid", "correlationKey": "A-9", "messageId": "m", "timeToLive": 60_000});
    server
        .post("/v2/messages/publication", body.clone())
        .await
        .json(200);
    server
        .post("/v2/messages/publication", body)
        .await
        .problem(409, "m");
}

#[tokio::test]
async fn bad_messages_are_refused() {
    let server = Server::start().await;
    for (body, detail) in [
        (json!({}), "missing field `name`"),
        (json!({"name": ""}), "name must not be empty"),
        (
            json!({"name": "n", "timeToLive": -1}),
            "timeToLive must be 0 or more",
        ),
        (json!({"name": "n", "variables": 1}), "variables"),
        (json!({"name": "n", "tenantId": ""}), "tenantId must be"),
        (json!({"name": "n", "ttl": 1}), "unknown field `ttl`"),
    ] {
        server
            .post("/v2/messages/publication", body)
            .await
            .problem(400, detail);
    }
}
