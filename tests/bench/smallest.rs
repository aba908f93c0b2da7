//! What `cargo test` does with the benchmark: a run of a few scenarios in their smallest form, and a
//! look at its report.

use std::process::ExitCode;

use anyam_tests::benchmark::figures::COLUMNS;
use anyam_tests::report::say;
use serde_json::Value;

use super::plan::Plan;
use super::run::{self, Run};

/// The scenarios of the test: steps without effects, a worker, timers and parked instances.
const SCENARIOS: [&str; 4] = ["a", "d", "g", "i"];

/// The lines that the report must have, each a scenario and a system.
const LINES: [(&str, &str); 9] = [
    ("a", "Anyam"),
    ("baseline", "axum"),
    ("baseline", "bare wasmtime"),
    ("baseline", "bare redb"),
    ("d", "Anyam"),
    ("g", "Anyam"),
    ("i", "Anyam"),
    ("i ten", "Anyam"),
    ("i memory", "Anyam"),
];

/// Runs the test unless a filter of names is given that does not name it.
pub fn test(arguments: &[String]) -> ExitCode {
    const NAME: &str = "a_run_reports_every_column";
    if arguments.iter().any(|argument| argument == "--list") {
        println!("{NAME}: test");
        return ExitCode::SUCCESS;
    }
    let mut filters = arguments
        .iter()
        .filter(|argument| !argument.starts_with('-'));
    if filters.clone().next().is_some() && !filters.any(|filter| NAME.contains(&**filter)) {
        return ExitCode::SUCCESS;
    }
    a_run_reports_every_column();
    say(&format!("test {NAME} ... ok"));
    ExitCode::SUCCESS
}

fn a_run_reports_every_column() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("report");
    let plan = Plan::smallest(&SCENARIOS, file.clone());
    let report = Run::new(plan).everything();
    run::write(&report, &file).expect("the report can be written");

    let text = std::fs::read_to_string(file.with_extension("md")).expect("a report for people");
    for column in COLUMNS {
        assert!(text.contains(&format!(" {column} |")), "{column}: {text}");
    }
    assert!(text.contains("smallest"), "the mode is told: {text}");
    assert!(
        text.contains("MISSING: Restate"),
        "the peer is missed: {text}"
    );

    let json = std::fs::read(file.with_extension("json")).expect("a report for programs");
    let json: Value = serde_json::from_slice(&json).expect("it is JSON");
    let figures = json["figures"].as_array().expect("it has figures");
    for (scenario, system) in LINES {
        let line = figures
            .iter()
            .find(|line| line["scenario"] == scenario && line["system"] == system);
        let line = line.unwrap_or_else(|| panic!("no line of {scenario}, {system}: {text}"));
        if scenario != "i memory" {
            assert!(line["completed"].as_u64() > Some(0), "{line:#}");
            assert!(line["cpuSecondsEach"].is_number(), "{line:#}");
        }
    }
    let of_a = figures
        .iter()
        .find(|line| line["scenario"] == "a" && line["connections"] == 256);
    let of_a = of_a.expect("a line at 256 connections");
    for member in ["p50Ms", "p99Ms", "peakRssBytes", "syncsEach"] {
        assert!(of_a[member].as_f64() > Some(0.0), "{member}: {of_a:#}");
    }
    // What is written to a folder in memory is not counted.
    assert!(of_a["diskBytesEach"].is_number(), "{of_a:#}");
    let goals = json["goals"].as_array().expect("it has goals");
    let measured = goals
        .iter()
        .filter(|goal| goal["outcome"] != "not measured");
    assert!(measured.count() >= 3, "{goals:#?}");
}
