//! Secrets go to the service and to nobody else.

use serde_json::{Value, json};

use crate::bench::{Bench, bench, local};
use crate::server::Server;

const SECRET: &str = "s3cr&t/value";

async fn with_secret(server: &Server) -> Bench {
    let mut rule = local(server.port);
    rule["secrets"] = json!(["KEY", "MISSING", "BROKEN"]);
    let mut bench = bench(json!([rule])).await;
    bench.secrets.insert("KEY".into(), SECRET.into());
    bench.secrets.insert("OTHER".into(), SECRET.into());
    bench
        .secrets
        .insert("BROKEN".into(), format!("{SECRET}\r\nx: y"));
    bench
}

#[tokio::test]
async fn placeholders_are_filled_in_where_a_request_leaves() {
    let server = Server::answering("").await;
    let bench = with_secret(&server).await;
    let input = json!({"requests": [
        {"url": server.url("/a?key={{secret:KEY}}&b=1"),
         "headers": [["authorization", "Bearer {{secret:KEY}}"], ["x-plain", "{{KEY}}"]]},
        {"url": server.url("/a?key=%7B%7Bsecret%3AKEY%7D%7D")},
        {"method": "POST", "url": server.url("/"), "bodyBytes": 10},
    ]});
    let call = bench.call(&input).await;
    let received = server.received();
    assert_eq!(
        received[0].line(),
        "GET /a?key=s3cr%26t%2Fvalue&b=1 HTTP/1.1"
    );
    let bearer = format!("Bearer {SECRET}");
    assert_eq!(received[0].header("authorization"), Some(bearer.as_str()));
    assert_eq!(received[0].header("x-plain"), Some("{{KEY}}"));
    assert_eq!(received[1].line(), "GET /a?key=s3cr%26t%2Fvalue HTTP/1.1");
    // Neither the guest nor the log has seen it.
    let seen = format!("{call:?}");
    assert!(!seen.contains("s3cr"), "{seen}");
}

#[tokio::test]
async fn a_secret_that_may_not_go_there_stops_the_request() {
    let server = Server::answering("").await;
    let bench = with_secret(&server).await;
    let header = |value: &str| json!({"url": server.url("/"), "headers": [["x-key", value]]});
    for (request, says) in [
        (
            header("{{secret:OTHER}}"),
            "secret OTHER, which no `http` rule",
        ),
        (
            header("{{secret:MISSING}}"),
            "secret MISSING, which the tenant does not have",
        ),
        (
            header("{{secret:BROKEN}}"),
            "secret BROKEN, whose value has characters",
        ),
        (header("{{secret:KEY"), "does not end with '}}'"),
        (header("{{secret:}}"), "a name that no secret can have"),
        (
            json!({"url": server.url("/?k={{secret:OTHER}}")}),
            "secret OTHER",
        ),
        (
            json!({"url": server.url("/{{secret:KEY}}")}),
            "secret in its path",
        ),
    ] {
        let (code, message) = bench.refused(request.clone()).await;
        assert!(code.ends_with("HttpRequestDenied"), "{request}: {code}");
        assert!(message.contains(says), "{request}: {message}");
        assert!(
            !message.contains("s3cr") && !code.contains("s3cr"),
            "{message}"
        );
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn tenant_and_process_both_have_to_list_a_secret() {
    let server = Server::answering("").await;
    let mut bench = with_secret(&server).await;
    let request = json!({"url": server.url("/"), "headers": [["x-key", "{{secret:KEY}}"]]});
    let leave = |secrets: Value| {
        let mut rule = local(server.port);
        rule["secrets"] = secrets;
        Some(json!({ "http": [rule] }))
    };
    bench.step = leave(json!(["KEY"]));
    assert_eq!(
        bench.fetch(std::slice::from_ref(&request)).await[0]["status"],
        200
    );
    bench.step = leave(json!(["OTHER"]));
    let (code, _) = bench.refused(request).await;
    assert!(code.ends_with("HttpRequestDenied"), "{code}");
}

#[tokio::test]
async fn what_fails_on_its_way_does_not_tell_the_secret() {
    let server = Server::start(|_| vec![crate::server::Part::Bytes(b"nonsense\r\n\r\n".to_vec())]);
    let server = server.await;
    let bench = with_secret(&server).await;
    let request = json!({"url": server.url("/?k={{secret:KEY}}"),
        "headers": [["x-key", "{{secret:KEY}}"]]});
    for how in ["tell", "fail", "panic"] {
        let input = json!({"requests": [request], "onError": how});
        let seen = format!("{:?}", bench.call(&input).await);
        assert!(!seen.contains("s3cr"), "{seen}");
    }
    assert_eq!(server.received()[0].header("x-key"), Some(SECRET));
}
