//! `anyam step run`.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;

use anyam_sandbox::Changes;
use clap::Args;

use super::case;
use super::component::Component;
use super::local::{Local, Trial};
use super::outcome::{self, CallJson};
use super::outside::{Reach, pair};
use crate::cli::failure::Failure;
use crate::cli::screen::{Screen, printable};
use crate::cli::variables;

/// Call a step once, here, with an input of yours.
///
/// The output goes to stdout; what the step logs, what it took and what it wants to change outside
/// go to stderr. Nothing of that is kept.
#[derive(Args, Debug)]
pub struct Run {
    /// A step's project, which is built, or a component.
    #[arg(default_value = ".", value_name = "DIR|FILE")]
    step: PathBuf,
    /// The input: a JSON object, @FILE, or @- for stdin.
    #[arg(long, value_name = "JSON")]
    input: Option<String>,
    /// The function of a step with typed functions.
    #[arg(long)]
    function: Option<String>,
    /// A task header.
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    header: Vec<(String, String)>,
    #[command(flatten)]
    reach: Reach,
    /// Print output or failure, log and usage as JSON.
    #[arg(long, help_heading = "Options")]
    json: bool,
}

pub(super) fn run(arguments: &Run) -> Result<(), Failure> {
    let input = variables::read_object("--input", arguments.input.as_deref())?;
    let component = Component::at(&arguments.step)?;
    let folder = component.project.as_ref().map(|project| &*project.folder);
    let grants = arguments.reach.grants(folder)?;
    let local = Local::start()?;
    let step = local.prepare(&component.bytes)?;
    let headers: BTreeMap<Box<str>, Box<str>> = arguments
        .header
        .iter()
        .map(|(key, value)| (key.as_str().into(), value.as_str().into()))
        .collect();
    let call = local.call(
        &step,
        Trial {
            function: arguments.function.as_deref(),
            input: input.get(),
            headers: &headers,
            grants,
            given: arguments.reach.given(),
        },
    );
    let screen = Screen::new(arguments.json);
    if screen.json() {
        let text = serde_json::to_string(&CallJson::new(&call));
        screen.line(text.map_err(|error| Failure::failed(error.to_string()))?)?;
    } else {
        let mut stderr = std::io::stderr().lock();
        for line in &call.log {
            writeln!(stderr, "{}", outcome::log_line(line))?;
        }
        for change in changes(&call.changes) {
            writeln!(stderr, "{}", printable(&change))?;
        }
        writeln!(stderr, "took {}", outcome::usage(&call.usage))?;
        if let Ok(output) = &call.outcome {
            screen.line(output)?;
        }
    }
    match &call.outcome {
        Ok(_) => Ok(()),
        Err(_) => Err(Failure::failed(format!(
            "the step ended with {}",
            printable(&case::told(&call.outcome))
        ))),
    }
}

/// What a call wants to change, a line each.
fn changes(changes: &Changes) -> Vec<String> {
    let writes = changes.writes.iter().map(|(at, value)| match value {
        Some(value) => format!("stores {} bytes at {} / {}", value.len(), at.bucket, at.key),
        None => format!("deletes {} / {}", at.bucket, at.key),
    });
    let messages = changes.messages.iter().map(|message| {
        format!(
            "publishes {} with key {} and {}",
            message.name, message.correlation_key, message.variables
        )
    });
    writes.chain(messages).collect()
}
