//! A tenant that asks too much waits; its neighbour is served all the while.

use std::io::Write;
use std::net::TcpStream;

use anyam_tests::model::{Model, script};
use anyam_tests::{Client, Served};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Value, json};

/// A costly expression, which runs on a thread of its own within its budget.
const COSTLY: &str = "count(for i in 1..1000000 return i)";

/// How many instances the neighbour must complete.
const NEIGHBOUR_COMPLETES: usize = 20;

/// Sends requests on connections of their own, without reading an answer.
fn flood(served: &Served, count: usize, path: &str, body: &Value) -> Vec<TcpStream> {
    let host = served.address().trim_start_matches("http://");
    let body = body.to_string();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n\
         Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let send = |_| {
        let mut stream = TcpStream::connect(host).expect("the server takes connections");
        stream
            .write_all(request.as_bytes())
            .expect("a request can be sent");
        stream
    };
    (0..count).map(send).collect()
}

/// A server that may hold as many connections as the system lets it, and the neighbour on it.
fn served() -> (Served, Client) {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    // The server inherits it.
    setrlimit(
        Resource::Nofile,
        Rlimit {
            current: maximum,
            maximum,
        },
    )
    .expect("up to the maximum");
    let served = Served::start();
    let bob = served.client().of("bob");
    bob.deployed(
        &Model::new("count")
            .then(script("count-up", "n + 1", "n"))
            .end(),
    );
    (served, bob)
}

fn neighbour_completes(bob: &Client, times: usize) {
    for n in 0..times {
        let done = bob.create_awaiting("count", json!({ "n": n })).ok();
        assert_eq!(done["variables"]["n"], n + 1);
    }
}

#[test]
fn a_tenant_that_computes_all_it_can_does_not_hold_up_a_neighbour() {
    let (served, bob) = served();
    let mallory = served.client().of("mallory");
    let mut model = Model::new("busy");
    for n in 0..20 {
        model = model.then(script(&format!("costly-{n}"), COSTLY, "counted"));
    }
    mallory.deployed(&model.end());
    let body = json!({ "processDefinitionId": "busy", "tenantId": "mallory" });
    let _flood = flood(&served, 200, "/v2/process-instances", &body);
    neighbour_completes(&bob, NEIGHBOUR_COMPLETES);
    let done = mallory.search("process-instances", json!({ "state": "COMPLETED" }));
    assert!(
        done.len() < 200,
        "the neighbour was served only after all of the flood"
    );
    served.client().get("/health/ready").ok();
}
