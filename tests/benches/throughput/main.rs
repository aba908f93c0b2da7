//! Process instances a second: start → three steps in Rust → end, created over HTTP and awaited.
//!
//! `cargo bench -p anyam-tests [-- --quick] [-- --seconds N] [-- --concurrency 1,16]`
//!
//! The server is a process of its own on a store of its own, every commit synced to the disk. The
//! load generator shares the machine with it. Two baselines stand beside each figure: the same
//! step calls on bare wasmtime, and commits of as many rows and bytes on bare redb. What is
//! between them and the server is what the platform costs.
#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod bare_redb;
mod bare_wasmtime;
mod load;
mod process;
mod server;

use std::process::ExitCode;
use std::time::Duration;

use anyam_tests::{Client, steps};
use load::Load;
use server::{BenchedServer, StoreStats};

// As in the server's binary, which this program becomes where it is told to.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What to measure.
struct Plan {
    concurrency: Vec<usize>,
    time: Duration,
}

impl Plan {
    fn read(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut plan = Self {
            concurrency: vec![1, 16, 64, 256],
            time: Duration::from_secs(10),
        };
        let mut arguments = arguments.filter(|argument| argument != "--bench");
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
            match &*argument {
                "--quick" => plan.time = Duration::from_secs(2),
                "--seconds" => {
                    let seconds = value()?;
                    let seconds = seconds
                        .parse()
                        .map_err(|_| format!("'{seconds}' is no whole number of seconds"))?;
                    plan.time = Duration::from_secs(seconds);
                }
                "--concurrency" => {
                    let list = value()?;
                    let numbers = list.split(',').map(str::parse).collect::<Result<_, _>>();
                    plan.concurrency =
                        numbers.map_err(|_| format!("'{list}' is no list of whole numbers"))?;
                }
                other => {
                    return Err(format!(
                        "'{other}' is unknown; there are --quick, --seconds N and \
                         --concurrency N,N"
                    ));
                }
            }
        }
        Ok(plan)
    }
}

/// One line of the table.
struct Line {
    load: Load,
    store: StoreStats,
    /// Instances a second that bare redb commits in transactions of the same size.
    bare_redb: f64,
    peak_rss: u64,
}

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some(server::SERVE) => {
            server::serve();
            return ExitCode::SUCCESS;
        }
        Some(server::COMPILE) => return anyam_sandbox::compile_main(),
        _ => {}
    }
    match Plan::read(std::env::args().skip(1)) {
        Ok(plan) => {
            run(&plan);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(plan: &Plan) {
    let components = steps::order_fulfilment();
    let bare = bare_wasmtime::measure(components, plan.time.min(Duration::from_secs(5)));

    let server = BenchedServer::start();
    let client = Client::new(server.address());
    for (name, component) in components {
        client.push_step(name, "1.0.0", component).ok();
    }
    client.deployed(&process::model());
    process::check(&client);

    let measured = plan
        .concurrency
        .iter()
        .map(|concurrency| measure(&server, *concurrency, plan.time));
    report(&bare, &measured.collect::<Vec<_>>());
}

fn measure(server: &BenchedServer, concurrency: usize, time: Duration) -> Line {
    let warm_up = (time / 4).min(Duration::from_secs(2));
    load::run(server.address(), concurrency, warm_up);
    let before = server.store_stats();
    let load = load::run(server.address(), concurrency, time);
    let store = server.store_stats().since(&before);
    let bare_redb = bare_redb::measure(&store, time.min(Duration::from_secs(3)));
    Line {
        load,
        store,
        bare_redb,
        peak_rss: server.peak_rss(),
    }
}

fn report(bare: &bare_wasmtime::Figures, lines: &[Line]) {
    println!(
        "\nstart -> credit-check -> reserve-stock -> credit-check -> end, over HTTP, awaited, every \
         commit synced"
    );
    println!(
        "{:>11} {:>11} {:>9} {:>9} {:>9} {:>9} {:>9} {:>8} {:>8} {:>9} {:>10} {:>10}",
        "concurrency",
        "instances/s",
        "p50 ms",
        "p99 ms",
        "commits/s",
        "batches/c",
        "rows/inst",
        "B/inst",
        "RSS MiB",
        "bare redb",
        "of redb",
        "of wasm"
    );
    for line in lines {
        let rate = line.load.rate();
        println!(
            "{:>11} {:>11.0} {:>9.2} {:>9.2} {:>9.0} {:>9.1} {:>9.1} {:>8.0} {:>8} {:>9.0} {:>9.0}% {:>9.0}%",
            line.load.concurrency,
            rate,
            line.load.percentile(50.0),
            line.load.percentile(99.0),
            line.store.commits as f64 / line.load.time.as_secs_f64(),
            line.store.batches_per_commit(),
            line.store.rows_per_batch(),
            line.store.bytes_per_batch(),
            line.peak_rss >> 20,
            line.bare_redb,
            100.0 * rate / line.bare_redb,
            100.0 * rate / bare.instances_per_second,
        );
    }
    println!(
        "bare redb: instances/s in transactions of as many rows and bytes, one table, rising keys"
    );
    println!(
        "bare wasmtime: the same three calls, a fresh instance each, on {} threads: {:.0} \
         instances/s; one call on one thread: p50 {:.1} us, p99 {:.1} us",
        bare.threads, bare.instances_per_second, bare.p50_micros, bare.p99_micros
    );
}
