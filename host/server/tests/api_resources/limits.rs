//! The bounds of a tenant, and what it used.

use axum::http::Method;
use serde_json::json;

use crate::server::Server;

const PATH: &str = "/v2/tenants/acme/limits";

#[tokio::test]
async fn what_differs_is_set_shown_and_given_back() {
    let server = Server::start().await;
    server.get(PATH).await.problem(404, "acme");
    let changed =
        json!({"step": {"callTimeMs": 60_000, "logLines": 7}, "runtime": {"stepsPerTenant": 2}});
    let set = server.put(PATH, changed.clone()).await.json(200);
    assert_eq!(set["overrides"], changed);
    assert_eq!(set["effective"]["step"]["callTimeMs"], 60_000);
    assert_eq!(set["effective"]["step"]["logLines"], 7);
    assert_eq!(set["effective"]["step"]["logBytes"], 65_536);
    assert_eq!(set["ceilings"]["step"]["memories"], 4);
    assert_eq!(server.get(PATH).await.json(200), set);
    let others = server
        .get("/v2/tenants/%3Cdefault%3E/limits")
        .await
        .json(200);
    assert_eq!(others["overrides"], json!({}));
    assert_eq!(others["effective"]["step"]["callTimeMs"], 10_000);
    // A second document replaces the first.
    let set = server
        .put(PATH, json!({"step": {"logLines": 8}}))
        .await
        .json(200);
    assert_eq!(set["effective"]["step"]["callTimeMs"], 10_000);
    server.delete(PATH).await.done();
    let shown = server.get(PATH).await.json(200);
    assert_eq!(shown["overrides"], json!({}));
    assert_eq!(shown["effective"], others["effective"]);
}

#[tokio::test]
async fn what_may_not_be_set_is_refused_and_changes_nothing() {
    let server = Server::limited(|limits| {
        limits.ceilings.0.insert("step.logLines".to_owned(), 2_000);
    })
    .await;
    server
        .put(PATH, json!({"step": {"logLines": 2_000}}))
        .await
        .json(200);
    for (body, text) in [
        (
            json!({"step": {"logLines": 2_001}}),
            "step.logLines: it must be a whole number from 1 to 2000",
        ),
        (json!({"step": {"logLines": 0}}), "step.logLines"),
        (json!({"step": {"logLines": "9"}}), "step.logLines"),
        (json!({"step": {"logLines": 1.5}}), "step.logLines"),
        (
            json!({"step": {"logLine": 9}}),
            "step.logLine: there is no such bound",
        ),
        (
            json!({"steps": {}, "step": 5}),
            "step: it must be an object",
        ),
        (
            json!({"step": {"memories": 5}}),
            "step.memories: it must be a whole number from 1 to 4",
        ),
        (json!({"step": {"tables": 9}}), "from 1 to 8"),
        (json!([]), "the limits are refused"),
    ] {
        server.put(PATH, body).await.problem(400, text);
    }
    server
        .send_json(Method::PUT, PATH, "{")
        .await
        .problem(400, "");
    let bad = "/v2/tenants/a%20b/limits";
    server.put(bad, json!({})).await.problem(400, "tenantId");
    let shown = server.get(PATH).await.json(200);
    assert_eq!(shown["overrides"], json!({"step": {"logLines": 2_000}}));
}

#[tokio::test]
async fn usage_is_told_by_day() {
    let server = Server::start().await;
    server
        .get("/v2/tenants/acme/usage")
        .await
        .problem(404, "acme");
    server.deploy(&crate::models::user_task("review")).await;
    server.create("review", json!({})).await;
    let path = "/v2/tenants/%3Cdefault%3E/usage";
    let used = server.get(path).await.json(200);
    assert_eq!(used["total"]["instancesStarted"], 1);
    assert_eq!(used["total"]["instancesCompleted"], 0);
    assert_eq!(used["days"].as_array().unwrap().len(), 1);
    assert_eq!(used["days"][0]["date"], used["to"]);
    assert_eq!(used["days"][0]["transitions"], 1);
    assert!(used["days"][0]["bytesStored"].as_u64().unwrap() > 100);
    let before = server
        .get(&format!("{path}?from=2020-01-01&to=2020-12-31"))
        .await
        .json(200);
    assert_eq!(before["days"], json!([]));
    for (query, text) in [
        ("from=2020-01-02&to=2020-01-01", "from and to"),
        ("from=2020-01-01&to=2021-01-01", "at most 366 days"),
        ("from=1969-01-01&to=1970-01-01", "1970"),
        ("from=yesterday", "from"),
        ("day=2020-01-01", "day"),
    ] {
        server
            .get(&format!("{path}?{query}"))
            .await
            .problem(400, text);
    }
}
