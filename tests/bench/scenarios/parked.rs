//! Scenarios (i) and (k): many parked instances, new work among them, and a new start of the server.

use std::time::Instant;

use anyam_tests::benchmark::Figures;
use anyam_tests::benchmark::goals::{ANYAM, MANY};

use super::straight::numbered;
use crate::bulk;
use crate::connection::request;
use crate::lane::{Lane, Turns};
use crate::load::Ask;
use crate::models;
use crate::run::Run;
use crate::server::BenchedServer;
use crate::usage::{self, Usage};

/// What is parked.
const PARKED: &str = "i-parked";
/// What is new work: the process of (a).
const WORK: &str = "i";
/// Instances that are ordered at once.
const CHUNK: u64 = 20_000;

/// Parks the instances, measures new work beside that of a server with ten of them, and kills and
/// restarts the server.
pub fn measure(run: &mut Run) {
    let (many, few) = (prepared(run.server()), prepared(run.server()));
    bulk::order(&few, 10, &[PARKED.to_owned()]);
    let parked = park(run, &many);
    if run.plan.has("i") {
        work(run, &many, &few, parked);
    }
    if run.plan.has("k") {
        drop(few);
        restart(run, many, parked);
    }
}

fn prepared(server: BenchedServer) -> BenchedServer {
    let client = server.client();
    models::push_steps(&client);
    client.deployed(&models::parked(PARKED));
    client.deployed(&models::steps(WORK, 3));
    models::check_one(&client, WORK, 0);
    server
}

/// Starts as many instances as are wanted, or fit in the time; how many.
fn park(run: &mut Run, server: &BenchedServer) -> u64 {
    let (wanted, bound) = run.plan.sizes.parked;
    run.say(&format!(
        "parking {wanted} instances, for {bound:.0?} at most"
    ));
    let process = [server.process()];
    let (stored, used) = (server.store_stats(), Usage::of(&process));
    let begin = Instant::now();
    let mut parked = 0;
    while parked < wanted && begin.elapsed() < bound {
        let chunk = CHUNK.min(wanted - parked);
        bulk::order(server, chunk, &[PARKED.to_owned()]);
        parked += chunk;
    }
    let seconds = begin.elapsed().as_secs_f64();
    let used = Usage::of(&process) - used;
    let short = match parked < wanted {
        true => format!("; {wanted} WERE WANTED, more did not fit in {bound:.0?}"),
        false => String::new(),
    };
    let mut figures = Figures {
        scenario: "i parking".into(),
        title: "instances that wait for a user task".into(),
        system: ANYAM.into(),
        completed: parked,
        seconds,
        cpu_seconds: Some(used.cpu_seconds),
        peak_rss: Some(usage::peak_rss(&process)),
        disk_bytes: Some(used.disk_bytes),
        note: format!(
            "started by the server's own runtime without HTTP; the store has {} MB{short}",
            server.stored_bytes() >> 20
        ),
        ..Figures::default()
    };
    server.store_stats().since(&stored).tell(&mut figures);
    run.report.figures.push(figures);
    run.report.figures.push(Figures {
        scenario: "i memory".into(),
        title: format!("memory with {parked} parked"),
        system: ANYAM.into(),
        completed: parked,
        peak_rss: Some(usage::rss(&process)),
        note: "resident now, with what the store and the runtime keep in their caches".into(),
        ..Figures::default()
    });
    parked
}

fn work(run: &mut Run, many: &BenchedServer, few: &BenchedServer, parked: u64) {
    let lanes = [lane("i", many, parked), lane("i ten", few, 10)];
    let sizes = run.plan.sizes.clone();
    let mut turns = Turns::new(&lanes, sizes.slice);
    for _ in 0..sizes.rounds {
        turns.round(sizes.slice);
    }
    run.report.figures.extend(turns.figures());
}

fn lane<'s>(scenario: &str, server: &'s BenchedServer, parked: u64) -> Lane<'s> {
    let body = models::start_body(WORK, 0);
    let request = request(server.host(), "/v2/process-instances", &body);
    Lane {
        scenario: scenario.to_owned(),
        title: format!("(a) beside {parked} parked instances"),
        system: ANYAM,
        ask: Ask {
            next: numbered(u64::MAX, move |_| request.clone()),
            host: server.host().to_owned(),
            connections: MANY,
            jobs: None,
        },
        processes: vec![server.process()],
        server: Some(server),
        note: String::new(),
    }
}

/// Kills the server and starts it on what is there; and once more after it stopped in good order.
fn restart(run: &mut Run, server: BenchedServer, parked: u64) {
    let server = started(run, server, parked, Stop::Kill);
    started(run, server, parked, Stop::InOrder);
}

/// How a server ends.
#[derive(Clone, Copy)]
enum Stop {
    /// By `kill -9`.
    Kill,
    /// As it is told to.
    InOrder,
}

fn started(run: &mut Run, server: BenchedServer, parked: u64, stop: Stop) -> BenchedServer {
    let mebibytes = server.stored_bytes() >> 20;
    let begin = Instant::now();
    let (scenario, how, server) = match stop {
        Stop::Kill => ("k", "kill -9", server.killed_and_restarted()),
        Stop::InOrder => (
            "k in order",
            "a stop in order",
            server.stopped_and_restarted(),
        ),
    };
    let ready = server.ready_after();
    let process = [server.process()];
    let rss = usage::rss(&process);
    models::check_one(&server.client(), WORK, 0);
    let first = begin.elapsed();
    let used = Usage::of(&process);
    run.report.figures.push(Figures {
        scenario: scenario.into(),
        title: format!("start after {how} with {parked} live instances"),
        system: ANYAM.into(),
        completed: 1,
        seconds: ready.as_secs_f64(),
        p50_ms: Some(ready.as_secs_f64() * 1e3),
        cpu_seconds: Some(used.cpu_seconds),
        peak_rss: Some(rss),
        disk_bytes: Some(used.disk_bytes),
        note: format!(
            "p50 is from exec to listening, on a store of {mebibytes} MB, memory is resident then; \
             a first new instance was completed {:.1} s after the end began",
            first.as_secs_f64()
        ),
        ..Figures::default()
    });
    server
}
