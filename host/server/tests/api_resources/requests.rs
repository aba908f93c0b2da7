//! What every resource refuses.

use axum::body::Body;
use axum::http::{Method, Request, header};
use serde_json::json;

use crate::models;
use crate::server::Server;

const CREATE: &str = "/v2/process-instances";

#[tokio::test]
async fn a_bad_body_is_refused_with_its_place() {
    let server = Server::start().await;
    server.deploy(&models::job("order")).await;
    for (body, detail) in [
        ("{", "line 1 column 1"),
        ("", "no body"),
        ("[]", "line 1"),
        (
            "{\"processDefinitionId\": \"order\",\n \"variables\": {\"a\": 1,}}",
            "line 2",
        ),
        (
            "{\"processDefinitionId\": \"order\", \"variables\": {\"a\": \"\\ud800\"}}",
            "surrogate",
        ),
        ("{\"processDefinitionId\": 7}", "line 1 column"),
        ("{\"processDefinitionId\": \"order\"} {}", "trailing"),
    ] {
        server
            .send_json(Method::POST, CREATE, body)
            .await
            .problem(400, detail);
    }
    let reply = server
        .send_json(Method::POST, CREATE, b"{\"\xff\": 1}".to_vec())
        .await;
    reply.problem(400, "not UTF-8");
    assert!(
        server
            .search("process-instances", json!({}))
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn size_and_depth_are_bounded_at_their_edges() {
    let server = Server::limited(|limits| {
        limits.request.json_depth = 5;
        limits.request.json_body_bytes = 200;
        limits.request.variables = 2;
    });
    let server = server.await;
    server.deploy(&models::job("order")).await;
    let nested = |depth: usize| {
        format!(
            r#"{{"processDefinitionId": "order", "variables": {{"a": {}{}}}}}"#,
            "[".repeat(depth),
            "]".repeat(depth)
        )
    };
    server
        .send_json(Method::POST, CREATE, nested(3))
        .await
        .json(200);
    server
        .send_json(Method::POST, CREATE, nested(4))
        .await
        .problem(400, "more than 5 deep");
    let padded = |size: usize| format!("{:<size$}", nested(0).replace("\"a\": ", "\"a\": 1"));
    server
        .send_json(Method::POST, CREATE, padded(200))
        .await
        .json(200);
    server
        .send_json(Method::POST, CREATE, padded(201))
        .await
        .problem(413, "200 bytes");
    let many = json!({"processDefinitionId": "order", "variables": {"a": 1, "b": 2}});
    server.post(CREATE, many).await.json(200);
    let many = json!({"processDefinitionId": "order", "variables": {"a": 1, "b": 2, "c": 3}});
    server.post(CREATE, many).await.problem(400, "at most 2");
}

#[tokio::test]
async fn another_content_type_is_415() {
    let server = Server::start().await;
    for media_type in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
    ] {
        let mut request = Request::post(CREATE);
        if let Some(media_type) = media_type {
            request = request.header(header::CONTENT_TYPE, media_type);
        }
        let request = request.body(Body::from("{}")).unwrap();
        server.send(request).await.problem(415, "application/json");
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems_too() {
    let server = Server::start().await;
    server
        .get("/v2/nothing")
        .await
        .problem(404, "no resource /v2/nothing");
    server
        .get("/v2/jobs/activation")
        .await
        .problem(405, "does not take this method");
    for key in ["x", "-1", "1.0", "18446744073709551616", "%20", "1%00"] {
        server
            .get(&format!("/v2/process-instances/{key}"))
            .await
            .problem(400, "is not a key");
    }
    server
        .get("/v2/process-instances/%ff")
        .await
        .problem(400, "");
    server
        .get("/v2/process-instances/18446744073709551615")
        .await
        .problem(404, "");
}
