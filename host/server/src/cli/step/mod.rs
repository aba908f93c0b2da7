//! `anyam step`.

mod export;
mod import;
mod keygen;
mod list;
mod push;
mod sign;

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
    /// Make a key to sign steps with.
    Keygen(keygen::Keygen),
    /// Sign a component as a version of a step.
    Sign(sign::Sign),
    /// Write a version of a step as an OCI image layout, as registries carry it.
    Export(export::Export),
    /// Upload a version of a step from an OCI image layout.
    Import(import::Import),
}

pub(super) fn run(command: &StepCommand) -> Result<(), Failure> {
    match command {
        StepCommand::Push(arguments) => push::run(arguments),
        StepCommand::List(arguments) => list::run(arguments),
        StepCommand::Keygen(arguments) => keygen::run(arguments),
        StepCommand::Sign(arguments) => sign::run(arguments),
        StepCommand::Export(arguments) => export::run(arguments),
        StepCommand::Import(arguments) => import::run(arguments),
    }
}

/// The heading above [`row`]s.
const HEADING: [&str; 4] = ["STEP", "VERSION", "EFFECTS", "DIGEST"];

/// A version of a step as a row of a table.
fn row(step: StepVersion) -> [String; 4] {
    [step.name, step.version, step.effect, step.digest]
}
