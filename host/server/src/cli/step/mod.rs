//! `anyam step`: steps from an empty folder to a server. `new`, `build`, `test`, `run` and
//! `inspect` work here, without a server; the others talk to one.

mod build;
mod case;
mod component;
mod difference;
mod export;
mod import;
mod inspect;
mod keygen;
mod list;
mod local;
mod new;
mod outcome;
mod outside;
mod process;
mod pull;
mod push;
mod rollout;
mod run;
mod sign;
mod test;
mod versions;
mod warm_up;

use clap::Subcommand;

use super::failure::Failure;
use super::wire::StepVersion;

pub use push::push;

/// Write, build, test, upload and list steps.
#[derive(Debug, Subcommand)]
pub enum StepCommand {
    /// Make a project for a new step, which builds and passes its own case at once.
    New(new::New),
    /// Build a step's project into a component.
    Build(build::Build),
    /// Build a step's project and run every case of it in the sandbox.
    Test(test::Test),
    /// Call a step once, here, with an input of yours.
    Run(run::Run),
    /// Tell what a component is, what it needs, and what it offers.
    Inspect(inspect::Inspect),
    /// Upload a component as a version of a step.
    Push(push::Push),
    /// Download a component of a step.
    Pull(pull::Pull),
    /// List the versions of one step, the newest first.
    Versions(versions::Versions),
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
    /// Give a share of new process instances another version of a step.
    Rollout(rollout::Rollout),
    /// End the rollout of a step: new instances get the version they had before.
    Rollback(rollout::Rollback),
    /// Bind nothing new to a version of a step.
    Retire(rollout::Retire),
}

pub(super) fn run(command: &StepCommand) -> Result<(), Failure> {
    match command {
        StepCommand::New(arguments) => new::run(arguments),
        StepCommand::Build(arguments) => build::run(arguments),
        StepCommand::Test(arguments) => test::run(arguments),
        StepCommand::Run(arguments) => run::run(arguments),
        StepCommand::Inspect(arguments) => inspect::run(arguments),
        StepCommand::Push(arguments) => push::run(arguments),
        StepCommand::Pull(arguments) => pull::run(arguments),
        StepCommand::Versions(arguments) => versions::run(arguments),
        StepCommand::List(arguments) => list::run(arguments),
        StepCommand::Keygen(arguments) => keygen::run(arguments),
        StepCommand::Sign(arguments) => sign::run(arguments),
        StepCommand::Export(arguments) => export::run(arguments),
        StepCommand::Import(arguments) => import::run(arguments),
        StepCommand::Rollout(arguments) => rollout::roll_out(arguments),
        StepCommand::Rollback(arguments) => rollout::roll_back(arguments),
        StepCommand::Retire(arguments) => rollout::retire(arguments),
    }
}

/// The heading above [`row`]s.
const HEADING: [&str; 4] = ["STEP", "VERSION", "EFFECTS", "DIGEST"];

/// A version of a step as a row of a table.
fn row(step: StepVersion) -> [String; 4] {
    [step.name, step.version, step.effect, step.digest]
}
