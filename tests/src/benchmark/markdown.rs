//! The report as a text for people.

use std::fmt::Write as _;

use super::figures::COLUMNS;
use super::{Figures, Report};

/// What is not known.
const UNKNOWN: &str = "–";

/// Writes the report.
pub(super) fn write(report: &Report) -> String {
    let mut text = String::from("# Benchmark of the platform\n\n");
    let mut line = |line: String| {
        text += &line;
        text.push('\n');
    };
    line(format!("Mode: {}.\n", report.mode));
    for missing in &report.missing {
        line(format!("**MISSING: {missing}**\n"));
    }
    let machine = &report.machine;
    line(format!(
        "{} processors, {:.1} GB of memory, load average {:.1} before and {:.1} after; {:.0} s in \
         all. Another program on the machine changes every absolute figure: systems take turns in \
         short rounds, so trust the ratios.\n",
        machine.processors,
        machine.memory as f64 / 1e9,
        machine.load.0,
        machine.load.1,
        report.seconds,
    ));
    line("## Goals\n".to_owned());
    line("| goal | wanted | measured | outcome |\n|---|---|---|---|".to_owned());
    for goal in report.goals() {
        line(format!(
            "| {} | {} | {} | {} |",
            goal.what,
            goal.wanted(),
            goal.value.map_or(UNKNOWN.to_owned(), |value| format!(
                "{value:.3}{}",
                goal.unit
            )),
            goal.outcome(),
        ));
    }
    line("\n## Figures\n".to_owned());
    line(format!("| {} |", COLUMNS.join(" | ")));
    line(format!("|{}", "---|".repeat(COLUMNS.len())));
    for figures in &report.figures {
        line(row(figures));
    }
    line("\n## How it was measured\n".to_owned());
    for note in &report.notes {
        line(format!("- {note}"));
    }
    text
}

fn row(figures: &Figures) -> String {
    let cells = [
        figures.scenario.clone(),
        figures.title.clone(),
        figures.system.clone(),
        match figures.connections {
            0 => UNKNOWN.to_owned(),
            connections => connections.to_string(),
        },
        figures.completed.to_string(),
        number(figures.rate(), 0),
        number(figures.p50_ms, 2),
        number(figures.p99_ms, 2),
        number(figures.cpu_each().map(|seconds| seconds * 1e3), 3),
        number(figures.peak_rss.map(|bytes| bytes as f64 / 1e6), 1),
        number(figures.disk_each().map(|bytes| bytes / 1e3), 2),
        number(figures.syncs_each(), 4),
        figures.note.clone(),
    ];
    let mut row = String::from("|");
    for cell in cells {
        let cell = cell.replace('|', "/").replace('\n', " ");
        // Writing to a string does not fail.
        let _ = write!(row, " {cell} |");
    }
    row
}

fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or(UNKNOWN.to_owned(), |value| format!("{value:.digits$}"))
}
