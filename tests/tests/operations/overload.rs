//! Far more than the server can do, and clients that do next to nothing: nobody else is held up.

use std::fs;
use std::net::SocketAddr;

use anyam_tests::model::service_task;
use anyam_tests::{Model, Served, awaiting, steps};
use rustix::process::{Resource, getrlimit, setrlimit};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// Bytes that the process holds in memory, by a line of its status such as `VmRSS`.
fn memory(served: &Served, line: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", served.pid()));
    let status = status.expect("Linux tells the status of a process");
    let value = status
        .lines()
        .find_map(|text| text.strip_prefix(line)?.strip_prefix(':'))
        .expect("the status has the line");
    let kib = value.trim().trim_end_matches(" kB").trim();
    kib.parse::<u64>().expect("it is a number") << 10
}

fn address(served: &Served) -> SocketAddr {
    let address = served.address().trim_start_matches("http://");
    address.parse().expect("a server has an address")
}

/// An answer: status, head, body.
async fn answer(stream: &mut TcpStream) -> (u16, String, Value) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("every request is answered"));
    }
    let head = String::from_utf8(head)
        .expect("heads are text")
        .to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let length = length.map_or(0, |text| text.parse().expect("it is a number"));
    let mut body = vec![0; length];
    stream
        .read_exact(&mut body)
        .await
        .expect("the body follows");
    let status = head[9..12].parse().expect("a status is a number");
    (
        status,
        head,
        serde_json::from_slice(&body).unwrap_or(Value::Null),
    )
}

/// What the step `credit-check` asks for.
fn order() -> Value {
    json!({
        "customer": { "id": "C-1", "creditLimit": 1000, "openBalance": 0 },
        "amount": 100,
    })
}

fn creation() -> Vec<u8> {
    let body = json!({ "processDefinitionId": "packing", "variables": order() }).to_string();
    format!(
        "POST /v2/process-instances HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

#[derive(Default)]
struct Told {
    accepted: usize,
    refused: usize,
}

/// Sends one request after the other, without ever waiting in between.
async fn flood(address: SocketAddr, requests: usize) -> Told {
    let mut told = Told::default();
    let mut stream = TcpStream::connect(address).await.expect("it is taken");
    for _ in 0..requests {
        stream.write_all(&creation()).await.expect("it is taken");
        let (status, head, body) = answer(&mut stream).await;
        match status {
            200 => told.accepted += 1,
            429 | 503 => {
                assert!(head.contains("retry-after: "), "{head}");
                assert!(body["detail"].is_string(), "{body}");
                told.refused += 1;
            }
            _ => panic!("{head}{body}"),
        }
    }
    told
}

#[test]
fn more_than_it_can_do_is_refused_with_a_sign_and_it_is_well_at_once_afterwards() {
    const CLIENTS: usize = 400;
    const EACH: usize = 25;
    let served = Served::start();
    let client = served.client();
    let check = &steps::order_fulfilment()["credit-check"];
    client.push_step("credit-check", "1.0.0", check).ok();
    let model = Model::new("packing").then(service_task("check", "credit-check", ""));
    client.deployed(&model.then(service_task("pack", "pack", "")).end());
    // Far fewer than ask at once.
    let limits = json!({ "runtime": { "queuedPerTenant": 8, "runningPerTenant": 1 } });
    let path = "/v2/tenants/%3Cdefault%3E/limits";
    client
        .send(
            "PUT",
            path,
            "application/json",
            limits.to_string().as_bytes(),
        )
        .ok();
    client.create("packing", order());
    let idle = memory(&served, "VmRSS");

    let address = address(&served);
    let runtime = tokio::runtime::Runtime::new().expect("threads can be started");
    let (accepted, refused) = runtime.block_on(async {
        let floods: Vec<_> = (0..CLIENTS)
            .map(|_| tokio::spawn(flood(address, EACH)))
            .collect();
        let (mut accepted, mut refused) = (0, 0);
        for flood in floods {
            let told = flood.await.expect("every request is answered");
            accepted += told.accepted;
            refused += told.refused;
        }
        (accepted, refused)
    });
    assert_eq!(accepted + refused, CLIENTS * EACH);
    assert!(accepted > 0 && refused > EACH, "{accepted} {refused}");
    client.create("packing", order());
    let most = memory(&served, "VmHWM");
    assert!(
        most < idle + (300 << 20),
        "{idle} bytes idle, {most} at most"
    );
    // What was refused has left nothing, and what was accepted is there.
    let found = client.search("process-instances", json!({}));
    assert_eq!(found.len(), accepted + 2);
}

/// The number of connections: few enough for everybody's machine, unless more are asked for.
fn crowd() -> usize {
    let wanted = std::env::var("ANYAM_IDLE_CONNECTIONS").ok();
    wanted.map_or(2_000, |text| text.parse().expect("it is a whole number"))
}

/// Connects from one of several addresses of this machine: each has so many ports.
async fn connect(address: SocketAddr, number: usize) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket can be made");
    let from = [
        127,
        0,
        0,
        2 + u8::try_from(number / 20_000).expect("few addresses are needed"),
    ];
    socket
        .bind((from, 0).into())
        .expect("it is an address of this machine");
    socket.connect(address).await.expect("it is taken")
}

#[test]
fn a_crowd_of_idle_slow_and_half_open_connections_holds_nobody_up() {
    let crowd = crowd();
    let mut files = getrlimit(Resource::Nofile);
    files.current = files.maximum;
    setrlimit(Resource::Nofile, files).expect("the own limit can be raised");
    let served = Served::start();
    let client = served.client();
    let model = Model::new("packing");
    client.deployed(&model.then(service_task("pack", "pack", "")).end());
    client.create("packing", json!({}));
    let idle = memory(&served, "VmRSS");

    let address = address(&served);
    let runtime = tokio::runtime::Runtime::new().expect("threads can be started");
    let request = creation();
    let mut open = runtime.block_on(async {
        let mut open = Vec::new();
        for number in 0..crowd {
            let mut stream = connect(address, number).await;
            match number % 4 {
                // Says nothing, says a part of the head, says a part of the body.
                0 => {}
                1 => stream.write_all(&request[..30]).await.expect("it is taken"),
                2 => {
                    let part = request.len() - 5;
                    stream
                        .write_all(&request[..part])
                        .await
                        .expect("it is taken");
                }
                // Is answered and stays.
                _ => {
                    stream
                        .write_all(b"GET /v2/status HTTP/1.1\r\nHost: x\r\n\r\n")
                        .await
                        .expect("it is taken");
                    assert_eq!(answer(&mut stream).await.0, 204);
                }
            }
            open.push(stream);
        }
        open
    });
    let crowded = memory(&served, "VmRSS");
    let each = crowded.saturating_sub(idle) / crowd as u64;
    assert!(each < 64 << 10, "{each} bytes for each connection");
    // A byte now and then from the slow ones, and others are served meanwhile.
    for round in 0..20 {
        runtime.block_on(async {
            for stream in open.iter_mut().skip(1).step_by(4).take(500) {
                // One that has taken too long by now was cut off.
                let _ = stream.write_all(&request[30 + round..][..1]).await;
            }
        });
        client.create("packing", json!({}));
    }
    drop(open);
    awaiting::until("the connections are gone", || {
        let folder = format!("/proc/{}/fd", served.pid());
        let files = fs::read_dir(folder).expect("Linux tells the files").count();
        (files < crowd / 4).then_some(())
    });
    client.create("packing", json!({}));
    let found = client.search("process-instances", json!({}));
    assert_eq!(
        found.len(),
        22,
        "a part of a request was taken for a whole one"
    );
}
