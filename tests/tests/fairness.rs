//! A tenant that asks too much is refused or waits; its neighbour is served all the while.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::{Mutex, PoisonError};

use anyam_tests::client::key;
use anyam_tests::model::{Model, script, service_task};
use anyam_tests::{Client, Served, awaiting};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Value, json};

/// A costly expression, which runs on a thread of its own within its budget.
const COSTLY: &str = "count(for i in 1..1000000 return i)";

/// How many instances the neighbour must complete.
const NEIGHBOUR_COMPLETES: usize = 20;

/// Requests on connections of their own, all sent before the first answer is read.
struct Flood(Vec<TcpStream>);

impl Flood {
    fn send(served: &Served, count: usize, method: &str, path: &str, body: &Value) -> Self {
        let host = served.address().trim_start_matches("http://");
        let body = body.to_string();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n\
             Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let send = |_| {
            let mut stream = TcpStream::connect(host).expect("the server takes connections");
            stream
                .set_read_timeout(Some(awaiting::PATIENCE))
                .expect("a timeout can be set");
            stream
                .write_all(request.as_bytes())
                .expect("a request can be sent");
            stream
        };
        Self((0..count).map(send).collect())
    }

    /// Reads every answer; how many came with each status. A refusal says when to come back.
    fn answers(self) -> BTreeMap<u16, usize> {
        let mut statuses = BTreeMap::new();
        for stream in self.0 {
            let mut answer = String::new();
            let mut reader = BufReader::new(stream);
            reader.read_line(&mut answer).expect("an answer comes");
            let status = answer
                .split(' ')
                .nth(1)
                .and_then(|status| status.parse().ok());
            let status: u16 = status.unwrap_or_else(|| panic!("no status: {answer:?}"));
            reader
                .read_to_string(&mut answer)
                .expect("an answer is text");
            if status == 429 {
                let head = answer.to_ascii_lowercase();
                assert!(head.contains("\r\nretry-after: "), "{answer}");
                assert!(
                    head.contains("content-type: application/problem+json"),
                    "{answer}"
                );
            }
            *statuses.entry(status).or_default() += 1;
        }
        statuses
    }
}

/// One at a time: what the server of one test computes must not matter to the other.
static TURN: Mutex<()> = Mutex::new(());

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
fn a_flood_on_one_instance_is_refused_and_a_neighbour_is_not() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let (served, bob) = served();
    let mallory = served.client().of("mallory");
    let mut model = Model::new("busy").then(service_task("wait", "go", ""));
    // Enough that the flood has come long before the last of them is done.
    for n in 0..40 {
        model = model.then(script(&format!("costly-{n}"), COSTLY, "counted"));
    }
    mallory.deployed(&model.then(service_task("rest", "rest", "")).end());
    let instance = mallory.create("busy", json!({}));
    let job = key(&mallory.job("go")["jobKey"]);

    // The instance computes, and what comes for it meanwhile has to wait.
    let go = Flood::send(
        &served,
        1,
        "POST",
        &format!("/v2/jobs/{job}/completion"),
        &json!({}),
    );
    let path = format!("/v2/element-instances/{instance}/variables");
    let flood = Flood::send(
        &served,
        1_200,
        "PUT",
        &path,
        &json!({ "variables": { "a": 1 } }),
    );
    neighbour_completes(&bob, NEIGHBOUR_COMPLETES);
    assert_eq!(go.answers(), BTreeMap::from([(204, 1)]));
    let answers = flood.answers();
    let statuses: Vec<u16> = answers.keys().copied().collect();
    assert_eq!(statuses, [204, 429], "{answers:?}");
    assert!(
        answers[&204] >= 1_000,
        "{answers:?}: fewer than may wait were served"
    );
    // It is well afterwards.
    mallory
        .complete_job(&key(&mallory.job("rest")["jobKey"]), json!({}))
        .ok();
    mallory.reaches(&instance, "COMPLETED");
    assert_eq!(mallory.variables(&instance)["a"], 1);
}

#[test]
fn a_tenant_that_computes_all_it_can_does_not_hold_up_a_neighbour() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let (served, bob) = served();
    let mallory = served.client().of("mallory");
    let mut model = Model::new("busy");
    for n in 0..20 {
        model = model.then(script(&format!("costly-{n}"), COSTLY, "counted"));
    }
    mallory.deployed(&model.end());
    let body = json!({ "processDefinitionId": "busy", "tenantId": "mallory" });
    let _flood = Flood::send(&served, 200, "POST", "/v2/process-instances", &body);
    neighbour_completes(&bob, NEIGHBOUR_COMPLETES);
    let done = mallory.search("process-instances", json!({ "state": "COMPLETED" }));
    assert!(
        done.len() < 200,
        "the neighbour was served only after all of the flood"
    );
    served.client().get("/health/ready").ok();
}
