//! `anyam step`.

mod list;
mod push;

use clap::Subcommand;

use super::failure::Failure;
use super::wire::StepVersion;

pub use push::push;

/// Upload and list steps.
#[derive(Debug, Subcommand)]
pub enum StepCommand {
    /// Upload a component as a version of a step.
    Push(push::Push),
    /// List the versions of steps.
    List(list::List),
}

pub(super) fn run(command: &StepCommand) -> Result<(), Failure> {
    match command {
        StepCommand::Push(arguments) => push::run(arguments),
        StepCommand::List(arguments) => list::run(arguments),
    }
}

/// The heading above [`row`]s.
const HEADING: [&str; 4] = ["STEP", "VERSION", "EFFECTS", "DIGEST"];

/// A version of a step as a row of a table.
fn row(step: StepVersion) -> [String; 4] {
    [step.name, step.version, step.effect, step.digest]
}
