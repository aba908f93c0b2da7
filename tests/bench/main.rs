//! The benchmark of the platform, beside a peer and beside what its parts cost alone.
//!
//! `cargo bench -p anyam-tests --bench platform [-- --quick] [-- --only a,c] [-- --seconds N]`
//!
//! Each measured server is a process of its own on a store of its own, every commit synced to the
//! disk; the load generator shares the machine with it. Systems take turns in short rounds, so that
//! what else the machine does falls on all alike. The report goes to `target/bench/report.md` and
//! `report.json`.
#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![allow(missing_docs, reason = "the bindings of a baseline are generated")]

mod baselines;
mod bulk;
mod connection;
mod lane;
mod load;
mod models;
mod plan;
mod restate;
mod run;
mod scenarios;
mod server;
mod smallest;
mod usage;
mod worker;

use std::path::PathBuf;
use std::process::ExitCode;

use plan::Plan;
use run::Run;

// As in the server's binary, which this program becomes where it is told to.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some(server::SERVE) => {
            server::serve();
            return ExitCode::SUCCESS;
        }
        Some(server::COMPILE) => return anyam_sandbox::compile_main(),
        Some(baselines::axum::SERVE) => {
            baselines::axum::serve();
            return ExitCode::SUCCESS;
        }
        _ => {}
    }
    // `cargo bench` says so; without it, this is a test.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return smallest::test(&arguments);
    }
    match Plan::read(arguments.into_iter()) {
        Ok(plan) => {
            let file = plan.report.clone();
            let report = Run::new(plan).everything();
            run::write(&report, &file).expect("the report can be written");
            println!("{}", report.to_markdown());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// The folder of everything that is built.
fn target() -> PathBuf {
    // Cargo puts the folder for a target's temporary files right into it.
    let temporary = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    temporary.parent().unwrap_or(temporary).to_owned()
}
