//! Scenario (h): many tenants with a process each, started in turn, beside one tenant.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyam_tests::benchmark::goals::{ANYAM, MANY};
use serde_json::Value;

use super::straight::numbered;
use crate::connection::request;
use crate::lane::{Lane, Turns};
use crate::load::Ask;
use crate::models;
use crate::run::Run;
use crate::server::BenchedServer;

const PROCESS: &str = "h";

/// Who prepares tenants at the same time.
const AT_ONCE: usize = 16;

/// Gives each tenant the steps and the process of (a), and starts them in turn.
pub fn measure(run: &mut Run) {
    let (wanted, bound) = run.plan.sizes.tenants;
    let (many, one) = (run.server(), run.server());
    run.say(&format!("{wanted} tenants get steps and a process each"));
    let begin = Instant::now();
    let count = prepare(&many, wanted, bound);
    let prepared = begin.elapsed();
    prepare(&one, 1, bound);
    let note = format!(
        "steps and process were uploaded and deployed for each tenant, in {:.0} s in all{}",
        prepared.as_secs_f64(),
        match count < wanted {
            true => format!("; {wanted} WERE WANTED, more did not fit in {bound:.0?}"),
            false => String::new(),
        }
    );
    let lanes = [lane("h", &many, count, &note), lane("h one", &one, 1, "")];
    let sizes = run.plan.sizes.clone();
    let mut turns = Turns::new(&lanes, sizes.slice);
    for _ in 0..sizes.rounds {
        turns.round(sizes.slice);
    }
    run.report.figures.extend(turns.figures());
}

fn tenant(number: usize) -> String {
    format!("tenant-{number}")
}

/// Prepares as many tenants as are wanted, or fit in the time; how many.
fn prepare(server: &BenchedServer, wanted: usize, bound: Duration) -> usize {
    let (begin, next) = (Instant::now(), AtomicUsize::new(0));
    let model = models::steps(PROCESS, 3);
    let client = server.client();
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(wanted) {
            scope.spawn(|| {
                // A number is taken only to be prepared, so that those below it are all there.
                let take = || {
                    next.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |number| {
                        (number < wanted && (number == 0 || begin.elapsed() < bound))
                            .then_some(number + 1)
                    })
                };
                while let Ok(number) = take() {
                    let client = client.of(&tenant(number));
                    models::push_steps(&client);
                    client.deployed(&model);
                }
            });
        }
    });
    next.into_inner()
}

fn lane<'s>(scenario: &str, server: &'s BenchedServer, count: usize, note: &str) -> Lane<'s> {
    let body: Value =
        serde_json::from_str(&models::start_body(PROCESS, 0)).expect("a body is JSON");
    let requests: Vec<_> = (0..count)
        .map(|number| {
            let mut body = body.clone();
            body["tenantId"] = tenant(number).into();
            request(server.host(), "/v2/process-instances", &body.to_string())
        })
        .collect();
    Lane {
        scenario: scenario.to_owned(),
        title: format!("(a) of {count} tenants in turn"),
        system: ANYAM,
        ask: Ask {
            next: numbered(u64::MAX, move |number| {
                requests[number as usize % requests.len()].clone()
            }),
            host: server.host().to_owned(),
            connections: MANY,
            jobs: None,
        },
        processes: vec![server.process()],
        server: Some(server),
        note: note.to_owned(),
    }
}
