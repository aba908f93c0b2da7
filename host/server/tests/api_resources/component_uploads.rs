//! Components in pieces.

use axum::body::Body;
use axum::http::{Method, Request, header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::server::{Reply, Server};

const PIECE: &str = "application/offset+octet-stream";

fn digest(bytes: &[u8]) -> String {
    let digits = Sha256::digest(bytes);
    digits.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn begin(server: &Server, bytes: &[u8]) -> Reply {
    let body = json!({"digest": digest(bytes), "size": bytes.len()});
    server.post("/v2/component-uploads", body).await
}

async fn send(server: &Server, bytes: &[u8], offset: usize, piece: &[u8]) -> Reply {
    let request = Request::patch(format!("/v2/component-uploads/{}", digest(bytes)))
        .header(header::CONTENT_TYPE, PIECE)
        .header("Upload-Offset", offset)
        .body(Body::from(piece.to_vec()))
        .unwrap();
    server.send(request).await
}

async fn bind(server: &Server, version: &str, digest: &str) -> Reply {
    let path = format!("/v2/steps/echo/versions/{version}?digest={digest}");
    let request = Request::put(path).body(Body::empty()).unwrap();
    server.send(request).await
}

fn echo() -> Vec<u8> {
    crate::guest::echo().build()
}

#[tokio::test]
async fn a_component_arrives_in_pieces_and_becomes_a_version() {
    let server = Server::start().await;
    let bytes = echo();
    let reply = begin(&server, &bytes).await;
    assert_eq!(reply.headers["Upload-Offset"], "0");
    let location = reply.headers[header::LOCATION].to_str().unwrap().to_owned();
    assert_eq!(reply.json(201)["state"], "UPLOADING");

    let reply = send(&server, &bytes, 0, &bytes[..100]).await;
    assert_eq!(reply.headers["Upload-Offset"], "100");
    assert_eq!(reply.json(200)["offset"], 100);
    bind(&server, "1.0.0", &digest(&bytes))
        .await
        .problem(409, "send the rest first");
    // Whoever was cut off asks where to go on, in one way or another.
    let head = Request::head(&location).body(Body::empty()).unwrap();
    let head = server.send(head).await;
    assert_eq!(head.headers["Upload-Offset"], "100");
    assert_eq!(
        head.headers["Upload-Length"],
        bytes.len().to_string().as_str()
    );
    let known: Value = begin(&server, &bytes).await.json(200);
    assert_eq!(known["offset"], 100);

    let reply = send(&server, &bytes, 100, &bytes[100..]).await.json(200);
    assert_eq!(reply["state"], "UPLOADED");
    let stored = bind(&server, "1.0.0", &digest(&bytes)).await.json(201);
    assert_eq!(stored["digest"], digest(&bytes).as_str());
    server.get(&location).await.problem(404, "no upload");
    // The bytes are there: another version costs no upload.
    assert_eq!(begin(&server, &bytes).await.json(200)["state"], "STORED");
    bind(&server, "1.0.1", &digest(&bytes)).await.json(201);
    bind(&server, "1.0.1", &digest(&bytes)).await.json(200);
    let component = "/v2/steps/echo/versions/1.0.1/component";
    assert_eq!(server.get(component).await.body, bytes);
}

#[tokio::test]
async fn bytes_of_another_digest_are_refused_and_forgotten() {
    let server = Server::start().await;
    begin(&server, b"right").await.json(201);
    send(&server, b"right", 0, b"wrong")
        .await
        .problem(400, "SHA-256");
    send(&server, b"right", 0, b"right")
        .await
        .problem(404, "no upload");
    bind(&server, "1.0.0", &digest(b"right"))
        .await
        .problem(404, "no upload");
}

#[tokio::test]
async fn what_is_no_step_is_refused_when_it_is_bound() {
    let server = Server::start().await;
    begin(&server, b"hello").await.json(201);
    send(&server, b"hello", 0, b"hello").await.json(200);
    bind(&server, "1.0.0", &digest(b"hello"))
        .await
        .problem(400, "component");
    begin(&server, b"hello").await.json(201);
    let path = format!("/v2/component-uploads/{}", digest(b"hello"));
    server.delete(&path).await.done();
    server.delete(&path).await.problem(404, "no upload");
}

#[tokio::test]
async fn odd_requests_are_refused() {
    let server = Server::limited(|limits| {
        limits.request.component_bytes = 10;
        limits.runtime.uploads.per_tenant = 1;
    })
    .await;
    let path = "/v2/component-uploads";
    for (body, text) in [
        (json!({"digest": "abc", "size": 1}), "64 hexadecimal digits"),
        (json!({"digest": digest(b"a")}), "size"),
        (json!({"digest": digest(b"a"), "size": -1}), "u64"),
        (
            json!({"digest": digest(b"a"), "size": 1, "tenantId": "a b"}),
            "tenantId",
        ),
    ] {
        server.post(path, body).await.problem(400, text);
    }
    for size in [0, 11] {
        let body = json!({"digest": digest(b"a"), "size": size});
        server
            .post(path, body)
            .await
            .problem(413, "component_bytes");
    }
    let body = json!({"digest": digest(b"a"), "size": 10});
    server.post(path, body).await.json(201);
    begin(&server, b"b")
        .await
        .problem(429, "uploads.per_tenant");

    let piece = format!("{path}/{}", digest(b"a"));
    let request = |kind: &'static str, offset: &'static str| {
        Request::builder()
            .method(Method::PATCH)
            .uri(&piece)
            .header(header::CONTENT_TYPE, kind)
            .header("Upload-Offset", offset)
            .body(Body::from("0"))
            .unwrap()
    };
    server
        .send(request("application/json", "0"))
        .await
        .problem(415, PIECE);
    server
        .send(request(PIECE, "-1"))
        .await
        .problem(400, "Upload-Offset");
    server
        .send(request(PIECE, "1"))
        .await
        .problem(409, "byte 0");
    let with_body = Request::put(format!(
        "/v2/steps/echo/versions/1.0.0?digest={}",
        digest(b"a")
    ));
    server
        .send(with_body.body(Body::from("x")).unwrap())
        .await
        .problem(400, "no body");
}
