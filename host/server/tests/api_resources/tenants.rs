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

#[tokio::test]
async fn configuration_values_are_set_listed_and_removed() {
    let server = Server::limited(|limits| {
        limits.data.config_key_bytes = 8;
        limits.data.config_value_bytes = 4;
    })
    .await;
    let at = |key: &str| format!("/v2/tenants/acme/config/{key}");
    server.get(&at("a")).await.problem(404, "tenant 'acme'");
    let value = |value: &str| json!({ "value": value });
    let stored = server.put(&at("url%2Fb"), value("é\"")).await.json(200);
    assert_eq!(stored, json!({"key": "url/b", "value": "é\""}));
    assert_eq!(server.get(&at("url%2Fb")).await.json(200), stored);
    server.put(&at("12345678"), value("1234")).await.json(200);
    let list = server.get("/v2/tenants/acme/config").await.json(200);
    let first = json!({"key": "12345678", "value": "1234"});
    assert_eq!(list, json!({"items": [first, stored]}));
    for (key, body, says) in [
        ("123456789", value("a"), "limit config_key_bytes"),
        ("a", value("12345"), "limit config_value_bytes"),
        ("a%0A", value("a"), "control character"),
        ("a", json!({"value": 1}), "expected a string"),
        ("a", json!({"text": "a"}), "unknown field `text`"),
    ] {
        server.put(&at(key), body).await.problem(400, says);
    }
    server
        .get(&at("a"))
        .await
        .problem(404, "no configuration value 'a'");
    server.delete(&at("12345678")).await.done();
    server.delete(&at("12345678")).await.done();
    let list = server.get("/v2/tenants/acme/config").await.json(200);
    assert_eq!(list, json!({"items": [stored]}));
}

#[tokio::test]
async fn secrets_are_kept_and_never_shown() {
    let server = Server::limited(|limits| limits.data.config_value_bytes = 16).await;
    let at = |name: &str| format!("/v2/tenants/acme/secrets/{name}");
    let secret = json!({"value": "hunter2-hunter2-"});
    server.put(&at("API_KEY"), secret.clone()).await.done();
    server.put(&at("a.b-c"), secret).await.done();
    let list = server.get("/v2/tenants/acme/secrets").await;
    assert!(!String::from_utf8_lossy(&list.body).contains("hunter2"));
    let names = json!({"items": [{"name": "API_KEY"}, {"name": "a.b-c"}]});
    assert_eq!(list.json(200), names);
    server.get(&at("API_KEY")).await.problem(405, "Allow");
    // Nothing of a body that is refused is repeated.
    for (name, body, says) in [
        ("API_KEY", json!("hunter2"), "{\"value\": ...}"),
        ("API_KEY", json!({"value": ["hunter2"]}), "{\"value\": ...}"),
        ("API_KEY", json!({"hunter2": 1}), "{\"value\": ...}"),
        (
            "API_KEY",
            json!({"value": "hunter2-hunter2-h"}),
            "limit config_value_bytes",
        ),
        ("a%20b", json!({"value": "hunter2"}), "name of a secret"),
        ("", json!({"value": "hunter2"}), ""),
    ] {
        let reply = server.put(&at(name), body).await;
        assert!((400..500).contains(&reply.status), "{reply:?}");
        let body = String::from_utf8_lossy(&reply.body).into_owned();
        assert!(body.contains(&says.replace('"', "\\\"")), "{body}");
        assert!(!body.contains("hunter2"), "{body}");
    }
    // What is stored is sealed.
    let tenant = server.runtime.tenants().id("acme").unwrap();
    let settings = server.runtime.settings().of(tenant).unwrap();
    let stored = settings.get("secrets/API_KEY").unwrap();
    assert!(!stored.contains("hunter2"), "{stored}");
    server.delete(&at("API_KEY")).await.done();
    server.delete(&at("a.b-c")).await.done();
    let list = server.get("/v2/tenants/acme/secrets").await.json(200);
    assert_eq!(list, json!({"items": []}));
}
