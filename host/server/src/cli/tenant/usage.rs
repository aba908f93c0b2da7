//! `anyam tenant usage`.

use clap::Args;
use serde::Deserialize;

use super::path;
use crate::cli::client::escape;
use crate::cli::connection::Connection;
use crate::cli::failure::Failure;

/// Show what a tenant used, by step.
#[derive(Args, Debug)]
pub struct UsageArguments {
    /// The first day in UTC, such as 2026-01-31; 30 days before the last where absent.
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// The last day; today where absent.
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Usage {
    from: String,
    to: String,
    total: Total,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Total {
    instances_started: u64,
    instances_completed: u64,
    instances_terminated: u64,
    bytes_stored: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Step {
    name: String,
    version: String,
    calls: u64,
    failures: Failures,
    cpu_micros: u64,
    wall_micros: u64,
    memory_peak_bytes: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Failures {
    bpmn_errors: u64,
    retryable: u64,
    permanent: u64,
}

pub(super) fn run(arguments: &UsageArguments) -> Result<(), Failure> {
    let client = arguments.connection.client()?;
    let days = [("from", &arguments.from), ("to", &arguments.to)];
    let query: Vec<String> = days
        .into_iter()
        .filter_map(|(name, day)| Some(format!("{name}={}", escape(day.as_ref()?))))
        .collect();
    let answer = client.get(&format!("{}?{}", path(&client, "usage"), query.join("&")))?;
    let screen = arguments.connection.screen();
    if screen.json() {
        return Ok(screen.answer(&answer)?);
    }
    let usage: Usage = client.read(&answer)?;
    let total = &usage.total;
    screen.line(format_args!(
        "{} to {}: {} instances started, {} completed, {} terminated, {} bytes stored",
        usage.from,
        usage.to,
        total.instances_started,
        total.instances_completed,
        total.instances_terminated,
        total.bytes_stored
    ))?;
    let rows = usage.steps.into_iter().map(|step| {
        let failures = step.failures;
        [
            step.name,
            step.version,
            step.calls.to_string(),
            failures.bpmn_errors.to_string(),
            (failures.retryable + failures.permanent).to_string(),
            (step.cpu_micros / 1_000).to_string(),
            (step.wall_micros / 1_000).to_string(),
            (step.memory_peak_bytes >> 10).to_string(),
        ]
    });
    let heading = [
        "STEP", "VERSION", "CALLS", "ERRORS", "FAILED", "CPU MS", "WALL MS", "PEAK KIB",
    ];
    Ok(screen.table(heading, rows)?)
}
