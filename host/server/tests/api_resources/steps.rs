//! Steps.

use axum::body::Body;
use axum::http::{Method, Request, header};
use serde_json::json;

use crate::server::{Reply, Server};

/// The header of a core module, which is no component.
const MODULE: &[u8] = b"\0asm\x01\0\0\0";

async fn put(server: &Server, path: &str, media_type: &str, bytes: &[u8]) -> Reply {
    let request = Request::put(path)
        .header(header::CONTENT_TYPE, media_type)
        .body(Body::from(bytes.to_vec()))
        .unwrap();
    server.send(request).await
}

#[tokio::test]
async fn what_is_no_step_is_refused_and_nothing_is_stored() {
    let server = Server::limited(|limits| limits.request.component_bytes = 1_000).await;
    let path = "/v2/steps/check/versions/1.0.0";
    put(&server, path, "application/wasm", MODULE)
        .await
        .problem(400, "component");
    put(&server, path, "application/wasm", b"")
        .await
        .problem(400, "");
    put(&server, path, "application/wasm", b"\0asm\x0d\0\x01")
        .await
        .problem(400, "");
    put(&server, path, "application/wasm", b"hello")
        .await
        .problem(400, "");
    put(&server, path, "application/json", MODULE)
        .await
        .problem(415, "application/wasm");
    put(&server, path, "application/wasm", &[0; 1_001])
        .await
        .problem(413, "1000 bytes");
    put(
        &server,
        "/v2/steps/check/versions/one",
        "application/wasm",
        MODULE,
    )
    .await
    .problem(400, "one");
    put(
        &server,
        "/v2/steps/-x/versions/1.0.0",
        "application/wasm",
        MODULE,
    )
    .await
    .problem(400, "-x");
    let tenant = "/v2/steps/check/versions/1.0.0?tenantId=a%20b";
    put(&server, tenant, "application/wasm", MODULE)
        .await
        .problem(400, "tenantId must be");
    let tenant = "/v2/steps/check/versions/1.0.0?tenant=a";
    put(&server, tenant, "application/wasm", MODULE)
        .await
        .problem(400, "tenant");
    assert!(server.search("steps", json!({})).await.is_empty());
}

#[tokio::test]
async fn a_step_that_is_not_there_is_404() {
    let server = Server::start().await;
    server
        .get("/v2/steps/check")
        .await
        .problem(404, "no step check");
    for (method, end) in [
        (Method::GET, ""),
        (Method::GET, "/component"),
        (Method::DELETE, ""),
        (Method::POST, "/invocation"),
    ] {
        let path = format!("/v2/steps/check/versions/1.0.0{end}");
        server
            .send_json(method, &path, "")
            .await
            .problem(404, "check 1.0.0");
    }
    server
        .get("/v2/steps/check?tenantId=b")
        .await
        .problem(404, "'b'");
    let path = "/v2/steps/check/versions/1.0.0/invocation";
    server
        .post(path, json!({"input": []}))
        .await
        .problem(400, "line 1 column");
}
