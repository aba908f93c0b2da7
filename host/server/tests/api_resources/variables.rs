//! Variables.

use serde_json::json;

use crate::models;
use crate::server::{Server, text};

#[tokio::test]
async fn a_long_value_is_cut_unless_the_whole_is_asked_for() {
    let server = Server::start().await;
    server.deploy(&models::job("order")).await;
    let long = "é".repeat(5_000);
    server
        .create("order", json!({"long": long, "short": 1}))
        .await;
    let found = server.only("variables", json!({"name": "long"})).await;
    assert_eq!(found["isTruncated"], true);
    // One byte for the quote, two for each letter.
    assert_eq!(text(&found["value"]).len(), 8_191);
    assert_eq!(
        server
            .only("variables", json!({"isTruncated": false}))
            .await["name"],
        "short"
    );

    let whole = json!({"filter": {"name": "long"}});
    let whole = server
        .post("/v2/variables/search?truncateValues=false", whole)
        .await
        .json(200);
    assert_eq!(whole["items"][0]["value"], format!("\"{long}\""));
    assert_eq!(whole["items"][0]["isTruncated"], false);
    let path = format!("/v2/variables/{}", text(&found["variableKey"]));
    let one = server.get(&path).await.json(200);
    assert_eq!(one["value"], format!("\"{long}\""));
    assert!(one.get("isTruncated").is_none());
}

#[tokio::test]
async fn values_on_a_page_are_bounded() {
    let server = Server::limited(|limits| limits.request.page_bytes = 20).await;
    server.deploy(&models::job("order")).await;
    server
        .create("order", json!({"a": "12345678", "b": "12345678"}))
        .await;
    assert_eq!(server.search("variables", json!({})).await.len(), 2);
    server.create("order", json!({"c": 1})).await;
    server
        .post("/v2/variables/search", json!({}))
        .await
        .problem(400, "more than 20 bytes");
    let small = json!({"page": {"limit": 2}, "sort": [{"field": "name", "order": "DESC"}]});
    let page = server.post("/v2/variables/search", small).await.json(200);
    assert_eq!(page["items"][0]["name"], "c");
}

#[tokio::test]
async fn bad_requests_about_variables_are_refused() {
    let server = Server::start().await;
    server
        .get("/v2/variables/1")
        .await
        .problem(404, "variable 1");
    let path = "/v2/variables/search?truncateValues=maybe";
    server.post(path, json!({})).await.problem(400, "query");
    let path = "/v2/variables/search?truncate=true";
    server.post(path, json!({})).await.problem(400, "truncate");
}
