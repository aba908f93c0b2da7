//! What an operator sets for a tenant.

use axum::http::Method;
use serde_json::json;

use crate::server::Server;

#[tokio::test]
async fn grants_are_set_read_and_removed() {
    let server = Server::start().await;
    let path = "/v2/tenants/acme/grants";
    server.get(path).await.problem(404, "tenant 'acme'");
    server.delete(path).await.problem(404, "tenant 'acme'");
    let grants = json!({"keyValue": ["orders*"], "http": [{"host": "api.example.com"}]});
    let stored = server.put(path, grants).await.json(200);
    let wanted = json!({
        "http": [{"host": "api.example.com", "scheme": "https"}],
        "keyValue": ["orders*"],
    });
    assert_eq!(stored, wanted);
    assert_eq!(server.get(path).await.json(200), wanted);
    server.put(path, json!({"config": ["*"]})).await.json(200);
    assert_eq!(server.get(path).await.json(200), json!({"config": ["*"]}));
    server.delete(path).await.done();
    server.delete(path).await.done();
    assert_eq!(server.get(path).await.json(200), json!({}));
}

#[tokio::test]
async fn each_tenant_has_its_own_grants() {
    let server = Server::start().await;
    server
        .put("/v2/tenants/a/grants", json!({"config": ["a"]}))
        .await
        .json(200);
    let default = "/v2/tenants/%3Cdefault%3E/grants";
    assert_eq!(server.get(default).await.json(200), json!({}));
    server
        .put(default, json!({"config": ["d"]}))
        .await
        .json(200);
    assert_eq!(
        server.get("/v2/tenants/a/grants").await.json(200),
        json!({"config": ["a"]})
    );
}

#[tokio::test]
async fn refused_grants_name_the_member_and_change_nothing() {
    let server = Server::start().await;
    let path = "/v2/tenants/acme/grants";
    for (body, detail) in [
        (json!({"keyvalue": ["a"]}), "keyvalue"),
        (json!({"keyValue": [1]}), "keyValue[0]"),
        (json!({"http": [{"host": "a/b"}]}), "http[0].host"),
        (
            json!({"keyValue": vec!["a"; 101]}),
            "keyValue has 101 entries",
        ),
        (json!([]), "must be a JSON object"),
    ] {
        server.put(path, body).await.problem(400, detail);
    }
    server
        .send_json(Method::PUT, path, "{")
        .await
        .problem(400, "line 1");
    server
        .put("/v2/tenants/a%20b/grants", json!({}))
        .await
        .problem(400, "tenantId");
    server.get(path).await.problem(404, "acme");
}

#[tokio::test]
async fn the_number_of_settings_is_bounded_at_its_edge() {
    let server = Server::limited(|limits| limits.data.settings = 1).await;
    let path = "/v2/tenants/acme/grants";
    server.put(path, json!({"config": ["a"]})).await.json(200);
    // What is there may always be replaced.
    server.put(path, json!({"config": ["b"]})).await.json(200);
    let error = server
        .runtime
        .put_setting("acme", "another", "1".into())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("limit settings"), "{error}");
}
