//! The load generator: as many connections as requests are under way, each used again and again.
//!
//! It speaks just enough HTTP/1.1, on one thread, so that the machine is left to the server. All
//! systems are asked by it, so that what it costs weighs on each alike.

use std::rc::Rc;
use std::time::{Duration, Instant};

use anyam_tests::benchmark::Latencies;
use tokio::task::JoinSet;

use super::connection::Connection;
use super::worker;

/// The bytes of the next request; none where there is nothing more to ask.
pub type Next = Rc<dyn Fn() -> Option<Rc<[u8]>>>;

/// What a run of the load generator measured.
#[derive(Default)]
pub struct Load {
    /// How long it took.
    pub time: Duration,
    /// How long each request took.
    pub latencies: Latencies,
}

/// What is asked.
#[derive(Clone)]
pub struct Ask {
    /// The requests.
    pub next: Next,
    /// Where they go, such as `127.0.0.1:8080`.
    pub host: String,
    /// Requests under way at once.
    pub connections: usize,
    /// The type of the jobs that workers do meanwhile.
    pub jobs: Option<&'static str>,
}

/// Asks until the time is over or there is nothing more to ask.
///
/// # Panics
/// Where an answer is not a success: what is measured must work.
pub fn run(ask: &Ask, time: Duration) -> Load {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime can be made");
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        let mut workers = JoinSet::new();
        if let Some(job_type) = ask.jobs {
            for _ in 0..worker::count(ask.connections) {
                workers.spawn_local(worker::work(ask.host.clone(), job_type));
            }
        }
        let mut connections = JoinSet::new();
        let begin = Instant::now();
        for _ in 0..ask.connections {
            connections.spawn_local(work(ask.clone(), begin + time));
        }
        let mut latencies = Latencies::default();
        while let Some(done) = connections.join_next().await {
            latencies.append(done.expect("no connection panics"));
        }
        Load {
            time: begin.elapsed(),
            latencies,
        }
    })
}

/// One connection, used until the time is over; the time of each of its requests.
async fn work(ask: Ask, until: Instant) -> Latencies {
    let mut connection = Connection::open(&ask.host).await;
    let mut latencies = Latencies::default();
    while Instant::now() < until {
        let Some(request) = (ask.next)() else { break };
        let begin = Instant::now();
        connection.ask(&request).await;
        latencies.add(begin.elapsed().as_micros());
    }
    latencies
}
