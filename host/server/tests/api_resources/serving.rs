//! The API over a real connection.

use std::time::Duration;

use anyam::api;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::models;
use crate::server::Server;

struct Listening {
    server: Server,
    address: std::net::SocketAddr,
    stop: oneshot::Sender<()>,
    serving: tokio::task::JoinHandle<std::io::Result<()>>,
}

async fn listen(server: Server) -> Listening {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let shutdown = async {
        // A dropped sender is a sign to stop too.
        let _ = stopped.await;
    };
    let serving = tokio::spawn(api::serve(listener, server.runtime.clone(), shutdown));
    Listening {
        server,
        address,
        stop,
        serving,
    }
}

async fn read_answer(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let mut part = [0; 4096];
    while !String::from_utf8_lossy(&text).contains("\r\n\r\n") {
        let count = stream.read(&mut part).await.unwrap();
        if count == 0 {
            break;
        }
        text.extend_from_slice(&part[..count]);
    }
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn a_connection_serves_many_requests() {
    let listening = listen(Server::start().await).await;
    let mut stream = TcpStream::connect(listening.address).await.unwrap();
    for _ in 0..3 {
        stream
            .write_all(b"GET /v2/status HTTP/1.1\r\nHost: x\r\n\r\n")
            .await
            .unwrap();
        assert!(read_answer(&mut stream).await.starts_with("HTTP/1.1 204"));
    }
    drop(stream);
    listening.stop.send(()).unwrap();
    listening.serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_stop_finishes_what_is_in_flight() {
    let listening = listen(Server::start().await).await;
    listening.server.deploy(&models::job("order")).await;
    let mut stream = TcpStream::connect(listening.address).await.unwrap();
    let body = json!({"processDefinitionId": "order", "awaitCompletion": true}).to_string();
    let head = format!(
        "POST /v2/process-instances HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let job = loop {
        let jobs = listening.server.search("jobs", json!({})).await;
        if let Some(job) = jobs.into_iter().next() {
            break job;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    listening.stop.send(()).unwrap();
    // The listener is closed first, so that this shows that the stop has begun.
    while TcpStream::connect(listening.address).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let fetch = json!({"type": "check", "timeout": 60_000, "maxJobsToActivate": 1});
    listening
        .server
        .post("/v2/jobs/activation", fetch)
        .await
        .json(200);
    let path = format!("/v2/jobs/{}/completion", job["jobKey"].as_str().unwrap());
    listening.server.post(&path, json!({})).await.done();
    assert!(read_answer(&mut stream).await.starts_with("HTTP/1.1 200"));
    listening.serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_slow_head_and_a_slow_body_are_cut_off() {
    let server = Server::limited(|limits| {
        limits.request.head_time = Duration::from_millis(100);
        limits.request.body_time = Duration::from_millis(100);
    });
    let listening = listen(server.await).await;
    let mut head = TcpStream::connect(listening.address).await.unwrap();
    head.write_all(b"GET /v2/status HT").await.unwrap();
    let mut rest = Vec::new();
    head.read_to_end(&mut rest).await.unwrap();
    let mut body = TcpStream::connect(listening.address).await.unwrap();
    let start = "POST /v2/jobs/search HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
                 Content-Length: 10\r\n\r\n{";
    body.write_all(start.as_bytes()).await.unwrap();
    let answer = read_answer(&mut body).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
}

const STATUS: &[u8] = b"GET /v2/status HTTP/1.1\r\nHost: x\r\n\r\n";

#[tokio::test]
async fn the_oldest_idle_connection_makes_room_for_the_next() {
    let server = Server::limited(|limits| limits.request.connections = 2).await;
    let listening = listen(server).await;
    // One that says nothing, one that has said a part, and one that was answered.
    let mut silent = TcpStream::connect(listening.address).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let mut partial = TcpStream::connect(listening.address).await.unwrap();
    partial.write_all(&STATUS[..20]).await.unwrap();
    let mut kept = Vec::new();
    for old in [&mut silent, &mut partial] {
        let mut new = TcpStream::connect(listening.address).await.unwrap();
        new.write_all(STATUS).await.unwrap();
        assert!(read_answer(&mut new).await.starts_with("HTTP/1.1 204"));
        let mut rest = Vec::new();
        let closed = tokio::time::timeout(Duration::from_secs(60), old.read_to_end(&mut rest));
        let _ = closed.await.expect("it is closed");
        assert_eq!(rest, b"");
        kept.push(new);
    }
}

#[tokio::test]
async fn the_next_connection_waits_while_all_are_at_work() {
    let server = Server::limited(|limits| limits.request.connections = 1).await;
    let listening = listen(server).await;
    let request = STATUS;
    let mut first = TcpStream::connect(listening.address).await.unwrap();
    let wait = r#"{"type":"none","timeout":1000,"maxJobsToActivate":1,"requestTimeout":60000}"#;
    let head = format!(
        "POST /v2/jobs/activation HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{wait}",
        wait.len()
    );
    first.write_all(head.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let mut second = TcpStream::connect(listening.address).await.unwrap();
    second.write_all(request).await.unwrap();
    let early = tokio::time::timeout(Duration::from_millis(200), read_answer(&mut second)).await;
    assert!(early.is_err(), "the second connection must wait");
    drop(first);
    assert!(read_answer(&mut second).await.starts_with("HTTP/1.1 204"));
}
