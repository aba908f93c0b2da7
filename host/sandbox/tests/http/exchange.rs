//! Requests and responses, byte for byte.

use std::sync::Arc;

use serde_json::json;
use tokio::sync::Barrier;

use crate::bench::{bench, local, responses};
use crate::server::{Part, Server, response};

#[tokio::test]
async fn a_request_and_its_response_pass_as_they_are() {
    let server = Server::start(|_| {
        let headers = [("x-answer", "42"), ("location", "/elsewhere")];
        vec![Part::Bytes(response(302, &headers, b"found"))]
    })
    .await;
    let bench = bench(json!([local(server.port)])).await;
    let call = bench
        .call(&json!({"requests": [{
            "method": "PURGE",
            "url": format!("{}#fragment", server.url("/a%20b?c=d&e")),
            "headers": [["X-One", "1"], ["x-two", "2"], ["x-two", "3"]],
        }]}))
        .await;
    let answer = &responses(&call)[0];
    assert_eq!(answer["status"], 302);
    assert_eq!(answer["body"], "found");
    assert!(
        answer["headers"]
            .as_array()
            .unwrap()
            .contains(&json!(["x-answer", "42"]))
    );
    let received = server.received().remove(0);
    assert_eq!(received.line(), "PURGE /a%20b?c=d&e HTTP/1.1");
    let host = format!("127.0.0.1:{}", server.port);
    assert_eq!(received.header("host"), Some(host.as_str()));
    assert_eq!(received.header("x-one"), Some("1"));
    assert_eq!(received.head.matches("x-two: ").count(), 2);
    // Nothing of the host is told to the service but what the guest and the contract say.
    assert_eq!(received.head.lines().count(), 7, "{}", received.head);
}

#[tokio::test]
async fn what_a_call_sent_and_received_is_counted_to_the_byte() {
    let server = Server::answering("0123456789").await;
    let bench = bench(json!([local(server.port)])).await;
    let call = bench
        .call(&json!({"requests": [
            {"url": server.url("/")},
            {"method": "POST", "url": server.url("/"), "bodyBytes": 100_000},
            {"method": "POST", "url": server.url("/"), "bodyBytes": 70_000, "chunked": true},
            {"url": "http://not.granted/"},
        ]}))
        .await;
    let answers = responses(&call);
    assert!(
        answers[..3].iter().all(|answer| answer["bytes"] == 10),
        "{answers:?}"
    );
    let received = server.received();
    assert_eq!(received[1].header("content-length"), Some("100000"));
    assert_eq!(received[1].body, 100_000);
    assert_eq!(received[2].header("transfer-encoding"), Some("chunked"));
    let sent: u64 = received.iter().map(|request| request.bytes).sum();
    let came = 3 * response(200, &[], b"0123456789").len() as u64;
    assert_eq!(call.usage.http_requests, 3);
    assert_eq!((call.usage.bytes_out, call.usage.bytes_in), (sent, came));
}

#[tokio::test]
async fn every_request_has_a_key_that_is_the_same_at_every_attempt() {
    let server = Server::answering("").await;
    let mut bench = bench(json!([local(server.port)])).await;
    let keys = ["job-7", "job-7-2", "own", "job-7-4"].map(Some);
    bench.context.idempotency_key = "job-7".into();
    for attempt in 1..=2 {
        bench.context.attempt = attempt;
        let url = server.url("/");
        let own = json!({"url": url, "headers": [["Idempotency-Key", "own"]]});
        let plain = json!({"url": url});
        bench
            .fetch(&[plain.clone(), plain.clone(), own, plain])
            .await;
        let received = server.received().split_off((attempt as usize - 1) * 4);
        let seen: Vec<_> = received
            .iter()
            .map(|request| request.header("idempotency-key"))
            .collect();
        assert_eq!(seen, keys, "attempt {attempt}");
    }
}

#[tokio::test]
async fn the_connection_is_the_hosts_and_not_the_guests() {
    let server = Server::answering("").await;
    let bench = bench(json!([local(server.port)])).await;
    for name in [
        "Host",
        "Connection",
        "Transfer-Encoding",
        "Upgrade",
        "Proxy-Authorization",
    ] {
        let answer = bench
            .fetch(&[json!({"url": server.url("/"), "headers": [[name, "x"]]})])
            .await;
        let error = answer[0]["error"].as_str().unwrap().to_owned();
        assert!(error.contains(name), "{error}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn requests_of_one_call_are_on_their_way_together() {
    // Each is answered only when both are there.
    let both = Arc::new(Barrier::new(2));
    let server = Server::start(move |_| {
        let answer = response(200, &[], b"both");
        vec![Part::Meet(both.clone()), Part::Bytes(answer)]
    })
    .await;
    let bench = bench(json!([local(server.port)])).await;
    let url = server.url("/");
    let input = json!({"together": true, "requests": [{"url": url}, {"url": url}]});
    let answers = responses(&bench.call(&input).await);
    assert!(
        answers.iter().all(|answer| answer["body"] == "both"),
        "{answers:?}"
    );
}
