//! Nothing waits for ever.

use std::net::TcpListener;
use std::time::Duration;

use anyam_sandbox::Failure;
use serde_json::{Value, json};

use crate::bench::{Bench, bench, local};
use crate::server::{Part, Server, response};

async fn hanging(parts: &'static [&'static str]) -> Server {
    Server::start(move |_| {
        let bytes = |text: &&str| Part::Bytes(text.as_bytes().to_vec());
        let parts = parts.iter().map(bytes);
        parts.chain([Part::Hang]).collect()
    })
    .await
}

async fn error(bench: &Bench, request: Value) -> String {
    let answer = bench.fetch(&[request]).await.remove(0);
    assert_eq!(answer["refused"], false, "{answer}");
    answer["error"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_response_that_does_not_begin() {
    let server = hanging(&[]).await;
    let mut bench = bench(json!([local(server.port)])).await;
    let url = server.url("/");
    let asked = json!({"url": url, "firstByteTimeout": 50});
    assert!(
        error(&bench, asked)
            .await
            .ends_with("ConnectionReadTimeout")
    );
    // The limit holds where the guest asks for nothing, or for more.
    bench.limits.http.first_byte_time = Duration::from_millis(50);
    assert!(
        error(&bench, json!({"url": url}))
            .await
            .ends_with("ConnectionReadTimeout")
    );
    let asked = json!({"url": url, "firstByteTimeout": 3_600_000});
    assert!(
        error(&bench, asked)
            .await
            .ends_with("ConnectionReadTimeout")
    );
}

#[tokio::test]
async fn a_response_that_does_not_go_on() {
    let server = hanging(&["HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n", "01234"]).await;
    let mut bench = bench(json!([local(server.port)])).await;
    let url = server.url("/");
    let asked = json!({"url": url, "betweenBytesTimeout": 50});
    assert!(
        error(&bench, asked)
            .await
            .ends_with("ConnectionReadTimeout")
    );
    bench.limits.http.between_bytes_time = Duration::from_millis(50);
    assert!(
        error(&bench, json!({"url": url}))
            .await
            .ends_with("ConnectionReadTimeout")
    );
}

#[tokio::test]
async fn a_response_that_goes_on_slowly_is_waited_for() {
    let server = Server::start(|_| {
        let whole = response(200, &[], b"0123456789");
        let pause = Part::Pause(Duration::from_millis(20));
        whole
            .chunks(8)
            .flat_map(|bytes| [Part::Bytes(bytes.to_vec()), pause.clone()])
            .collect()
    })
    .await;
    let bench = bench(json!([local(server.port)])).await;
    let request = json!({"url": server.url("/"), "betweenBytesTimeout": 5_000});
    assert_eq!(bench.fetch(&[request]).await[0]["body"], "0123456789");
}

#[tokio::test]
async fn a_name_that_is_not_found_in_time() {
    let mut bench = bench(json!([{"host": "slow.example.com"}])).await;
    bench.names.set("slow.example.com", &[&["8.8.8.8"]]);
    let url = "https://slow.example.com/";
    let asked = json!({"url": url, "connectTimeout": 50});
    assert!(error(&bench, asked).await.ends_with("DnsTimeout"));
    bench.limits.http.connect_time = Duration::from_millis(50);
    assert!(
        error(&bench, json!({"url": url}))
            .await
            .ends_with("DnsTimeout")
    );
}

#[tokio::test]
async fn a_peer_that_does_not_answer_in_tls() {
    // Takes connections and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let mut rule = local(port);
    rule["scheme"] = json!("https");
    let bench = bench(json!([rule])).await;
    let request = json!({"url": format!("https://127.0.0.1:{port}/"), "connectTimeout": 50});
    assert!(error(&bench, request).await.ends_with("ConnectionTimeout"));
}

#[tokio::test]
async fn a_peer_that_is_not_there() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let bench = bench(json!([local(port)])).await;
    let url = format!("http://127.0.0.1:{port}/");
    assert!(
        error(&bench, json!({"url": url}))
            .await
            .ends_with("ConnectionRefused")
    );
}

#[tokio::test]
async fn a_response_that_breaks_off() {
    for (answer, code) in [
        ("", "HttpResponseIncomplete"),
        ("HTTP/1.1 200 OK\r\ncontent-le", "HttpResponseIncomplete"),
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n01234",
            "HttpResponseIncomplete",
        ),
        ("HTTP/9.9 hello\r\n\r\n", "HttpProtocolError"),
    ] {
        let server = Server::start(|_| vec![Part::Bytes(answer.as_bytes().to_vec())]).await;
        let bench = bench(json!([local(server.port)])).await;
        let error = error(&bench, json!({"url": server.url("/")})).await;
        assert!(error.ends_with(code), "{answer:?}: {error}");
    }
}

#[tokio::test]
async fn the_deadline_of_the_call_cuts_everything_off() {
    let silent = hanging(&[]).await;
    let paused = hanging(&["HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n", "01234"]).await;
    let mut bench =
        bench(json!([local(silent.port), local(paused.port), {"host": "slow.a.example"}])).await;
    bench.names.set("slow.a.example", &[&["8.8.8.8"]]);
    bench.limits.call_time = Duration::from_millis(300);
    for url in [
        silent.url("/"),
        paused.url("/"),
        "https://slow.a.example/".to_owned(),
    ] {
        let call = bench.call(&json!({"requests": [{"url": url}]})).await;
        let Err(Failure::Retryable { message, .. }) = call.outcome else {
            panic!("{url} was answered");
        };
        assert!(message.contains("(limit call_time)"), "{message}");
        assert!(
            call.usage.epoch_ticks < 100,
            "it waited and did not compute"
        );
    }
}

#[tokio::test]
async fn a_request_that_nobody_waits_for_ends_with_its_call() {
    let server = hanging(&[]).await;
    let bench = bench(json!([local(server.port)])).await;
    let request = json!({"url": server.url("/"), "drop": true});
    let call = bench.call(&json!({"requests": [request]})).await;
    assert_eq!(call.outcome.as_deref(), Ok(r#"{"responses":[]}"#));
}
