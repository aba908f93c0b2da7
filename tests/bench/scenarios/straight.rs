//! Scenarios (a) to (e) and (j): instances that are started over HTTP and awaited, beside the peer
//! and the baselines; and models of 10 and 1,000 elements.

use std::cell::Cell;
use std::rc::Rc;

use anyam_tests::benchmark::Figures;
use anyam_tests::benchmark::goals::{ANYAM, AXUM, BASELINE, MANY, REDB, RESTATE, WASMTIME};
use anyam_tests::client;
use anyam_tests::{Client, steps};
use serde_json::json;

use crate::baselines::{self, axum, redb, wasmtime};
use crate::connection::request;
use crate::lane::{Lane, Turns};
use crate::load::{Ask, Next};
use crate::models;
use crate::restate::{self, Restate};
use crate::run::Run;
use crate::server::{BenchedServer, StoreStats};

/// Bytes of a payload in (j).
const PAYLOAD: usize = 100_000;

/// What a scenario runs.
struct Scenario {
    letter: &'static str,
    name: &'static str,
    title: &'static str,
    model: fn(&str) -> String,
    connections: &'static [usize],
    payload: usize,
    jobs: Option<&'static str>,
    note: &'static str,
}

const SCENARIOS: [Scenario; 8] = [
    Scenario {
        letter: "a",
        name: "a",
        title: "start, 3 steps, end",
        model: |id| models::steps(id, 3),
        connections: &[1, MANY],
        payload: 0,
        jobs: None,
        note: "steps in Rust, awaited",
    },
    Scenario {
        letter: "b",
        name: "b",
        title: "start, 10 steps, end",
        model: |id| models::steps(id, 10),
        connections: &[MANY],
        payload: 0,
        jobs: None,
        note: "",
    },
    Scenario {
        letter: "c",
        name: "c",
        title: "three steps with effects",
        model: models::effects,
        connections: &[1, MANY],
        payload: 0,
        jobs: None,
        note: "each writes to the tenant's key-value store",
    },
    Scenario {
        letter: "d",
        name: "d",
        title: "one job, done by a worker",
        model: models::job,
        connections: &[MANY],
        payload: 0,
        jobs: Some(models::JOB),
        note: "64 workers of 4 jobs each, in the load generator",
    },
    Scenario {
        letter: "e",
        name: "e",
        title: "split into 10 branches with a step each, join",
        model: models::split,
        connections: &[MANY],
        payload: 0,
        jobs: None,
        note: "",
    },
    Scenario {
        letter: "j",
        name: "j",
        title: "(a) with 100 kB of variables",
        model: |id| models::steps(id, 3),
        connections: &[64],
        payload: PAYLOAD,
        jobs: None,
        note: "64 connections",
    },
    Scenario {
        letter: "m",
        name: "elements 10",
        title: "a model of 10 elements",
        model: |id| models::elements(id, 6),
        connections: &[MANY],
        payload: 0,
        jobs: None,
        note: "the same few are reached",
    },
    Scenario {
        letter: "m",
        name: "elements 1000",
        title: "a model of 1,000 elements",
        model: |id| models::elements(id, 996),
        connections: &[MANY],
        payload: 0,
        jobs: None,
        note: "the same few are reached",
    },
];

/// Measures those that the plan has, and the baselines and the peer where (a) or (c) is among them.
pub fn measure(run: &mut Run) {
    let chosen: Vec<(&Scenario, BenchedServer)> = SCENARIOS
        .iter()
        .filter(|scenario| run.plan.has(scenario.letter))
        .map(|scenario| (scenario, prepared(scenario, run.server())))
        .collect();
    let compared = run.plan.has("a") || run.plan.has("c");
    let axum = compared.then(|| axum::Axum::start(&answer(&chosen)));
    let peer = if compared { peer(run) } else { None };

    let mut lanes: Vec<Lane> = chosen
        .iter()
        .flat_map(|(scenario, server)| lanes(scenario, server))
        .collect();
    lanes.extend(axum.iter().flat_map(lanes_of_axum));
    lanes.extend(peer.iter().flat_map(lanes_of_peer));
    if lanes.is_empty() {
        return;
    }
    let sizes = run.plan.sizes.clone();
    run.say(&format!("{} lanes take turns", lanes.len()));
    let of_a = lanes
        .iter()
        .position(|lane| lane.scenario == "a" && lane.ask.connections == MANY);
    let mut beside = compared.then(Baselines::new);
    let mut turns = Turns::new(&lanes, sizes.slice);
    for _ in 0..sizes.rounds {
        turns.round(sizes.slice);
        if let Some(baselines) = &mut beside {
            baselines.round(of_a.map(|of_a| turns.stored(of_a)), sizes.slice);
        }
    }
    run.report.figures.extend(turns.figures());
    if let Some(baselines) = beside {
        run.report.figures.extend(baselines.figures());
    }
}

/// Makes a server ready to run a scenario.
fn prepared(scenario: &Scenario, server: BenchedServer) -> BenchedServer {
    let client = server.client();
    models::push_steps(&client);
    if scenario.letter == "c" {
        models::push_ledger(&client);
    }
    client.deployed(&(scenario.model)(scenario.letter));
    if scenario.jobs.is_none() {
        check(&client, scenario);
    }
    server
}

/// Checks that an instance does what is measured.
fn check(client: &Client, scenario: &Scenario) {
    let variables = models::check_one(client, scenario.letter, scenario.payload);
    let result = match scenario.letter {
        "a" | "b" | "j" => {
            variables["check0"]["approved"] == true && variables["reserve1"].is_string()
        }
        "c" => ["receipt0", "receipt1", "receipt2"]
            .iter()
            .all(|receipt| variables[receipt].is_string()),
        "e" => (0..10).all(|branch| variables[format!("check{branch}")]["approved"] == true),
        _ => variables["double"] == json!(409.5),
    };
    assert!(result, "{}: {variables:#}", scenario.name);
}

fn lanes<'s>(scenario: &'s Scenario, server: &'s BenchedServer) -> impl Iterator<Item = Lane<'s>> {
    scenario.connections.iter().map(|connections| {
        let body = models::start_body(scenario.letter, scenario.payload);
        Lane {
            scenario: scenario.name.to_owned(),
            title: scenario.title.to_owned(),
            system: ANYAM,
            ask: Ask {
                next: always(server.host(), axum::PATH, &body),
                host: server.host().to_owned(),
                connections: *connections,
                jobs: scenario.jobs,
            },
            processes: vec![server.process()],
            server: Some(server),
            note: scenario.note.to_owned(),
        }
    })
}

/// The same request again and again.
fn always(host: &str, path: &str, body: &str) -> Next {
    let request = request(host, path, body);
    Rc::new(move || Some(request.clone()))
}

/// What Anyam answers in scenario (a), in one line.
fn answer(chosen: &[(&Scenario, BenchedServer)]) -> String {
    let of_a = chosen.iter().find(|(scenario, _)| scenario.letter == "a");
    let Some((scenario, server)) = of_a else {
        return json!({ "variables": models::variables(0) }).to_string();
    };
    let answer = server
        .client()
        .create_awaiting(scenario.letter, models::variables(0))
        .ok();
    assert!(!client::key(&answer["processInstanceKey"]).is_empty());
    answer.to_string()
}

fn lanes_of_axum(axum: &axum::Axum) -> impl Iterator<Item = Lane<'_>> {
    [1, MANY].into_iter().map(|connections| Lane {
        scenario: BASELINE.to_owned(),
        title: "HTTP alone".to_owned(),
        system: AXUM,
        ask: Ask {
            next: always(axum.host(), axum::PATH, &models::start_body("a", 0)),
            host: axum.host().to_owned(),
            connections,
            jobs: None,
        },
        processes: vec![axum.process()],
        server: None,
        note: "reads and answers the bodies of (a)".to_owned(),
    })
}

fn lanes_of_peer(peer: &Restate) -> impl Iterator<Item = Lane<'_>> {
    [1, MANY].into_iter().map(|connections| Lane {
        scenario: "a".to_owned(),
        title: "an invocation of 3 durable steps".to_owned(),
        system: RESTATE,
        ask: Ask {
            next: always(peer.host(), restate::PATH, restate::BODY),
            host: peer.host().to_owned(),
            connections,
            jobs: None,
        },
        processes: peer.processes(),
        server: None,
        note: "server and Node.js service together".to_owned(),
    })
}

/// The peer, or a word in the report why it is missing.
fn peer(run: &mut Run) -> Option<Restate> {
    let started = match run.plan.peer {
        true => Restate::start(&crate::target().join("bench/restate")),
        false => Err("this run was told to leave it out".to_owned()),
    };
    let failed = |error: String| {
        let missing = format!("Restate, and with it every goal beside it: {error}");
        run.say(&format!("MISSING: {missing}"));
        run.report.missing.push(missing);
    };
    started.map_err(failed).ok()
}

/// The baselines that run in this program.
struct Baselines {
    steps: wasmtime::Steps,
    commits: redb::Commits,
    calls: Option<Figures>,
    committed: Option<Figures>,
}

impl Baselines {
    fn new() -> Self {
        Self {
            steps: wasmtime::Steps::new(steps::order_fulfilment()),
            commits: redb::Commits::new(),
            calls: None,
            committed: None,
        }
    }

    /// One turn of each; of commits where it is known what (a) commits.
    fn round(&mut self, of_a: Option<StoreStats>, slice: std::time::Duration) {
        let calls = baselines::figures("the calls alone", WASMTIME, || self.steps.run(slice));
        baselines::merge(&mut self.calls, calls);
        if let Some(of_a) = of_a {
            let commits =
                baselines::figures("the commits alone", REDB, || self.commits.run(&of_a, slice));
            baselines::merge(&mut self.committed, commits);
        }
    }

    fn figures(self) -> impl Iterator<Item = Figures> {
        self.calls.into_iter().chain(self.committed)
    }
}

/// A request for each number in turn, and no more than `count`.
pub fn numbered(count: u64, of: impl Fn(u64) -> Rc<[u8]> + 'static) -> Next {
    let number = Cell::new(0);
    Rc::new(move || {
        let at = number.get();
        number.set(at + 1);
        (at < count).then(|| of(at))
    })
}
