//! Scenario (f): as many messages as can be, each for the one instance that waits for it.

use std::time::{Duration, Instant};

use anyam_tests::benchmark::Figures;
use anyam_tests::benchmark::goals::{ANYAM, MANY};
use serde_json::json;

use super::progress;
use super::straight::numbered;
use crate::connection::request;
use crate::load::{self, Ask};
use crate::models;
use crate::run::Run;
use crate::usage::{self, Usage};

const PROCESS: &str = "f";

/// Starts the instances, and then sends the messages.
pub fn measure(run: &mut Run) {
    let server = run.server();
    let client = server.client();
    client.deployed(&models::message(PROCESS));
    let count = run.plan.sizes.messages;
    let ask = |path: &'static str, body: fn(u64) -> serde_json::Value| Ask {
        next: {
            let host = server.host().to_owned();
            numbered(count, move |number| {
                request(&host, path, &body(number).to_string())
            })
        },
        host: server.host().to_owned(),
        connections: MANY,
        jobs: None,
    };
    let forever = Duration::from_secs(3_600);
    let start = ask(
        "/v2/process-instances",
        |number| json!({ "processDefinitionId": PROCESS, "variables": { "key": format!("key-{number}") } }),
    );
    load::run(&start, forever);

    let (stored, used) = (server.store_stats(), Usage::of(&[server.process()]));
    let begin = Instant::now();
    let publish = ask("/v2/messages/publication", |number| {
        json!({
            "name": "bench-paid",
            "correlationKey": format!("key-{number}"),
            "timeToLive": 600_000,
            "variables": { "paid": true },
        })
    });
    let load = load::run(&publish, forever);
    let published = begin.elapsed();
    progress::until_completed(&client, count, Duration::from_millis(20), |_, _| ());
    let time = begin.elapsed();
    let used = Usage::of(&[server.process()]) - used;
    let mut figures = Figures {
        scenario: "f".into(),
        title: "message correlation storm".into(),
        system: ANYAM.into(),
        connections: MANY,
        completed: count,
        seconds: time.as_secs_f64(),
        cpu_seconds: Some(used.cpu_seconds),
        peak_rss: Some(usage::peak_rss(&[server.process()])),
        disk_bytes: Some(used.disk_bytes),
        note: format!(
            "an instance each waits; latency is of the publication, which all were within {:.1} s; \
             the time is to the last instance's end",
            published.as_secs_f64()
        ),
        ..Figures::default()
    };
    figures.set_latencies(&load.latencies);
    server.store_stats().since(&stored).tell(&mut figures);
    run.report.figures.push(figures);
}
