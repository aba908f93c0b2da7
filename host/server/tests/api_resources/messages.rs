//! Messages.

use serde_json::{Value, json};

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

#[tokio::test]
async fn a_message_is_correlated_to_what_waits_for_it_now() {
    let server = Server::start().await;
    server.deploy(&models::message("order")).await;
    let key = server.create("order", json!({"order": "A-1"})).await;
    let correlate = async |body: Value| server.post("/v2/messages/correlation", body).await;
    correlate(json!({"name": "paid", "correlationKey": "A-2"}))
        .await
        .problem(404, "A-2");
    let taken = correlate(json!({"name": "paid", "correlationKey": "A-1",
        "variables": {"amount": 7}}))
    .await
    .json(200);
    assert_eq!(taken["processInstanceKey"], key);
    assert_eq!(taken["tenantId"], "<default>");
    assert!(text(&taken["messageKey"]).parse::<u64>().is_ok());
    // The answer comes after it was taken.
    let instance = server.get(&format!("/v2/process-instances/{key}")).await;
    assert_eq!(instance.json(200)["state"], "COMPLETED");
    // It is not kept for who comes later.
    server.create("order", json!({"order": "A-2"})).await;
    assert_eq!(
        server.only("message-subscriptions", json!({})).await["correlationKey"],
        "A-2"
    );
    for (body, detail) in [
        (json!({"name": ""}), "name must not be empty"),
        (json!({"name": "paid", "timeToLive": 1}), "unknown field"),
        (json!({"name": "paid", "variables": 1}), "variables"),
    ] {
        correlate(body).await.problem(400, detail);
    }
}

#[tokio::test]
async fn subscriptions_are_found_while_they_wait_and_afterwards_what_they_got() {
    let server = Server::start().await;
    let definition = server.deploy(&models::message("order")).await;
    let first = server.create("order", json!({"order": "A-1"})).await;
    let second = server.create("order", json!({"order": "A-2"})).await;
    let open = server
        .only(
            "message-subscriptions",
            json!({"processInstanceKey": first}),
        )
        .await;
    let element = server
        .only(
            "element-instances",
            json!({"elementId": "do", "processInstanceKey": first}),
        )
        .await;
    assert_eq!(open["messageName"], "paid");
    assert_eq!(open["correlationKey"], "A-1");
    assert_eq!(open["messageSubscriptionState"], "CREATED");
    assert_eq!(open["processDefinitionId"], "order");
    assert_eq!(open["processDefinitionKey"], definition);
    assert_eq!(open["elementId"], "do");
    assert_eq!(open["elementInstanceKey"], element["elementInstanceKey"]);
    let key = text(&open["messageSubscriptionKey"]);
    for filter in [
        json!({"messageSubscriptionKey": key}),
        json!({"elementInstanceKey": element["elementInstanceKey"]}),
        json!({"correlationKey": {"$like": "*-1"}, "messageSubscriptionState": "CREATED"}),
    ] {
        let found = server.only("message-subscriptions", filter).await;
        assert_eq!(found["processInstanceKey"], first);
    }
    let state = json!({"messageSubscriptionState": "CORRELATED"});
    assert!(
        server
            .search("message-subscriptions", state)
            .await
            .is_empty()
    );
    let sorted = json!({"sort": [{"field": "correlationKey", "order": "DESC"}],
        "page": {"limit": 1}});
    let found = server
        .post("/v2/message-subscriptions/search", sorted)
        .await
        .json(200);
    assert_eq!(found["items"][0]["processInstanceKey"], second);
    assert_eq!(found["page"]["totalItems"], 2);

    let got = "correlated-message-subscriptions";
    assert!(server.search(got, json!({})).await.is_empty());
    let message = json!({"name": "paid", "correlationKey": "A-1"});
    let taken = server
        .post("/v2/messages/correlation", message)
        .await
        .json(200);
    let left = server.only("message-subscriptions", json!({})).await;
    assert_eq!(left["processInstanceKey"], second);
    let row = server.only(got, json!({})).await;
    assert_eq!(row["messageKey"], taken["messageKey"]);
    assert_eq!(row["subscriptionKey"], key);
    assert_eq!(row["messageName"], "paid");
    assert_eq!(row["correlationKey"], "A-1");
    assert_eq!(row["processInstanceKey"], first);
    assert_eq!(row["processDefinitionKey"], definition);
    assert_eq!(row["elementId"], "do");
    assert_eq!(row["elementInstanceKey"], element["elementInstanceKey"]);
    assert_eq!(row["partitionId"], 1);
    for filter in [
        json!({"messageKey": taken["messageKey"]}),
        json!({"subscriptionKey": key, "partitionId": 1}),
        json!({"processInstanceKey": first, "elementId": "do"}),
    ] {
        server.only(got, filter).await;
    }
    let none = json!({"processInstanceKey": second});
    assert!(server.search(got, none).await.is_empty());
}
