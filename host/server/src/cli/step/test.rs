//! `anyam step test`.

use std::path::PathBuf;

use anyam_sandbox::Call;
use clap::Args;
use serde_json::json;

use super::case::{self, Case};
use super::component::{self, Component};
use super::local::{Local, Trial};
use super::outcome::{self, CallJson};
use super::outside::Reach;
use crate::cli::duration;
use crate::cli::failure::Failure;
use crate::cli::screen::{Screen, printable};

/// Build a step's project and run every case of it in the sandbox.
///
/// A case is a JSON file in the folder cases of the project:
///
///   {"input": {"name": "Ada"}, "output": {"greeting": "Hello, Ada!"}}
///
/// Instead of an output it may have {"bpmnError": {"code": "..."}} or {"failure": "what it says"};
/// it may also have "headers", and the "function" of a step with typed functions.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub struct Test {
    /// The project: a folder with a step.toml.
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// Run only the cases whose names contain this.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    #[command(flatten)]
    reach: Reach,
    /// Print the results as JSON.
    #[arg(long, help_heading = "Options")]
    json: bool,
}

/// A case that has run.
struct Tried {
    name: String,
    call: Call,
    differences: Vec<String>,
}

pub(super) fn run(arguments: &Test) -> Result<(), Failure> {
    let built = Component::build(&arguments.dir)?;
    let mut cases = case::all(&arguments.dir)?;
    if let Some(text) = &arguments.only {
        cases.retain(|(name, _)| name.contains(text));
    }
    if cases.is_empty() {
        return Err(Failure::failed(format!(
            "there is no case to run in {}; write one as a JSON file, see anyam step test --help",
            arguments.dir.join("cases").display()
        )));
    }
    let grants = arguments.reach.grants(Some(&arguments.dir))?;
    let local = Local::start()?;
    let step = local.prepare(&built.bytes)?;
    let screen = Screen::new(arguments.json);
    let mut tried = Vec::new();
    for (name, case) in cases {
        let call = local.call(
            &step,
            Trial {
                function: case.function.as_deref(),
                input: case.input.get(),
                headers: &case.headers,
                grants: grants.clone(),
                given: arguments.reach.given(),
            },
        );
        let one = Tried::new(name, &case, call);
        if !screen.json() {
            one.print(screen)?;
        }
        tried.push(one);
    }
    let failed = tried.iter().filter(|one| !one.passed()).count();
    let passed = tried.len() - failed;
    if screen.json() {
        let cases: Vec<_> = tried.iter().map(Tried::json).collect();
        screen.line(json!({ "passed": passed, "failed": failed, "cases": cases }))?;
    } else {
        screen.line(format_args!(
            "{passed} passed, {failed} failed; the component has {}",
            component::size(built.bytes.len())
        ))?;
    }
    match failed {
        0 => Ok(()),
        1 => Err(Failure::failed("1 case failed")),
        count => Err(Failure::failed(format!("{count} cases failed"))),
    }
}

impl Tried {
    fn new(name: String, case: &Case, call: Call) -> Self {
        let differences = case.check(&call);
        Self {
            name,
            call,
            differences,
        }
    }

    fn passed(&self) -> bool {
        self.differences.is_empty()
    }

    fn print(&self, screen: Screen) -> Result<(), Failure> {
        let usage = &self.call.usage;
        screen.line(format_args!(
            "{}  {:<24} {:>8} processor time, {} kB memory",
            if self.passed() { "pass" } else { "FAIL" },
            self.name,
            duration::show_fine(usage.cpu_time),
            usage.memory_peak_bytes / 1_000
        ))?;
        for difference in &self.differences {
            screen.line(format_args!("      {}", printable(difference)))?;
        }
        if !self.passed() {
            for line in &self.call.log {
                screen.line(format_args!("      {}", outcome::log_line(line)))?;
            }
        }
        Ok(())
    }

    fn json(&self) -> serde_json::Value {
        json!({
            "case": self.name,
            "passed": self.passed(),
            "differences": self.differences,
            "call": CallJson::new(&self.call),
        })
    }
}
