//! The tree of commands.

use clap::{Parser, Subcommand};

use super::{
    deploy, failure, feel, incident, instance, lint, message, serve, start, step, store, task,
    tenant,
};

/// The first argument that makes this binary the killable child process that compiles a component.
/// No command line of a person begins with it, so it stands outside of the tree.
pub const COMPILE_COMMAND: &str = "compile-component";

/// Business processes as a service: BPMN and wasm steps in one binary.
#[derive(Debug, Parser)]
#[command(name = "anyam", version, after_help = failure::EXIT_CODES, max_term_width = 100)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What `anyam` can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server.
    Serve(serve::Serve),
    /// Build the example steps, run them in an example process, and show what happened.
    Demo(crate::demo::Demo),
    /// Serve a project while it is written: build, deploy, and do so again on every change.
    Dev(crate::dev::Dev),
    /// Write, build, test, upload and list steps.
    #[command(subcommand)]
    Step(step::StepCommand),
    /// Deploy BPMN files: all of them or none.
    Deploy(deploy::Deploy),
    /// Start an instance of a process.
    Start(start::Start),
    /// List, show and cancel process instances.
    #[command(subcommand)]
    Instance(instance::InstanceCommand),
    /// List and complete user tasks.
    #[command(subcommand)]
    Task(task::TaskCommand),
    /// Publish messages.
    #[command(subcommand)]
    Message(message::MessageCommand),
    /// List and resolve incidents.
    #[command(subcommand)]
    Incident(incident::IncidentCommand),
    /// Set what a tenant's steps may reach, read and use.
    #[command(subcommand)]
    Tenant(tenant::TenantCommand),
    /// Check, back up, restore and compact what a server stores.
    #[command(subcommand)]
    Store(store::StoreCommand),
    /// Evaluate a FEEL expression, here and without a server.
    Feel(feel::Feel),
    /// Check BPMN and DMN files as a deployment of them would, here and without a server.
    Lint(lint::Lint),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_tree_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_command_says_what_it_does() {
        fn check(command: &clap::Command) {
            assert!(
                command.get_about().is_some(),
                "{} has no help",
                command.get_name()
            );
            command.get_subcommands().for_each(check);
        }
        check(&Arguments::command());
    }
}
