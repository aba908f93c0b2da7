//! `anyam lint`.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::failure::Failure;
use super::screen::{self, Screen};
use crate::findings::FileFinding;
use crate::limits::Limits;
use crate::runtime::{checking, decisions};

/// Check BPMN and DMN files as a deployment of them would, here and without a server.
#[derive(Args, Debug)]
pub struct Lint {
    /// Files to check together; a name that ends in .dmn is a DMN file, every other a BPMN file.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print the findings as JSON, as the API answers them.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Answer {
    findings: Vec<FileFinding>,
}

pub(super) fn run(arguments: &Lint) -> Result<(), Failure> {
    let files = arguments.files.iter().map(|path| {
        let bytes = fs::read(path)
            .map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display())))?;
        Ok((path.display().to_string(), bytes))
    });
    let files = files.collect::<Result<Vec<_>, Failure>>()?;
    let findings = findings(&files);
    let errors = findings.iter().filter(|f| f.is_error()).count();
    let warnings = findings.len() - errors;
    let screen = Screen::new(arguments.json);
    if screen.json() {
        let text = serde_json::to_string(&Answer { findings });
        screen.line(text.map_err(|error| Failure::failed(error.to_string()))?)?;
    } else {
        for finding in &findings {
            screen.line(screen::printable(&finding.to_string()))?;
        }
    }
    if errors == 0 {
        return Ok(());
    }
    Err(Failure::failed(format!(
        "the files are refused (errors: {errors}, warnings: {warnings})"
    )))
}

/// Everything found, in the order of the files.
fn findings(files: &[(String, Vec<u8>)]) -> Vec<FileFinding> {
    let limits = Limits::default();
    let mut findings = Vec::new();
    let (mut processes, mut decision_files) = (Vec::new(), Vec::new());
    for (at, (name, bytes)) in files.iter().enumerate() {
        if name.ends_with(".dmn") {
            decision_files.push((at, &**name, &**bytes));
            continue;
        }
        let (graphs, found) = checking::check_model(name, bytes, &limits);
        findings.extend(found);
        processes.extend(graphs.into_iter().map(|graph| (&**name, graph)));
    }
    let named = processes.iter().map(|(name, graph)| (*name, graph));
    findings.extend(checking::same_ids(named));
    findings.extend(decisions::check(&decision_files, &limits).1);
    findings.sort_by_key(|finding| files.iter().position(|(name, _)| *name == finding.file));
    findings
}
