//! Every template and example builds from its sources, into a component that exports what a step
//! must, and into the same bytes wherever it lies.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod bytes;
mod examples;
mod rebuild;
mod script;
mod shape;
mod templates;

use anyam_toolchain::{BuiltStep, StepProject, Toolchain};

/// Builds a project; a failure is told with what the tools said.
fn build(project: &StepProject) -> BuiltStep {
    let folder = project.folder.display().to_string();
    Toolchain::of_machine()
        .reporting(|what| eprintln!("{what}"))
        .build(project)
        .unwrap_or_else(|error| panic!("{folder}: {error}"))
}
