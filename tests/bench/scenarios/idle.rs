//! An idle server: how soon it is ready, what it holds, and what it does.

use std::time::{Duration, Instant};

use anyam_tests::benchmark::goals::ANYAM;
use anyam_tests::benchmark::{Figures, Latencies};
use anyam_tests::{Served, binary};

use crate::run::Run;
use crate::usage::{self, Usage};

/// How often it is started.
const STARTS: usize = 5;
/// How long it is left alone before it is looked at.
const SETTLE: Duration = Duration::from_secs(2);
/// How long it is looked at.
const LOOK: Duration = Duration::from_secs(10);

/// Starts the `anyam` binary on new folders, and leaves the last one alone.
pub fn measure(run: &mut Run) {
    // Its build is no part of its start.
    binary::anyam();
    let mut starts = Latencies::default();
    let mut served = None;
    for _ in 0..STARTS {
        let begin = Instant::now();
        let server = Served::start();
        let ready = server.client().get("/health/ready");
        starts.add(begin.elapsed().as_micros());
        assert_eq!(ready.status, 200, "it is ready when it listens");
        served = Some(server);
    }
    let served = served.expect("it was started");
    std::thread::sleep(SETTLE);
    let process = [served.pid()];
    let used = Usage::of(&process);
    std::thread::sleep(LOOK);
    let used = Usage::of(&process) - used;
    let mut figures = Figures {
        scenario: "idle".into(),
        title: "the anyam binary on an empty folder".into(),
        system: ANYAM.into(),
        completed: STARTS as u64,
        cpu_seconds: Some(used.cpu_seconds),
        peak_rss: Some(usage::rss(&process)),
        disk_bytes: Some(used.disk_bytes),
        note: format!(
            "latency is from exec to the first answer of /health/ready; memory is resident now; CPU \
             and disk are of {} s without a request",
            LOOK.as_secs()
        ),
        ..Figures::default()
    };
    figures.set_latencies(&starts);
    run.report.figures.push(figures);
}
