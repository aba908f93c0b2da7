//! The command line of `anyam`: the server, the demo, and a client command for each thing people
//! do by hand. Every client command uses the HTTP API alone.

mod arguments;
pub(crate) mod client;
pub(crate) mod compiled;
mod connection;
pub(crate) mod deploy;
pub(crate) mod duration;
mod failure;
mod feel;
mod incident;
mod instance;
mod lint;
mod logs;
pub(crate) mod message;
pub(crate) mod progress;
pub(crate) mod screen;
pub(crate) mod serve;
pub(crate) mod start;
pub(crate) mod step;
mod store;
pub(crate) mod task;
mod tenant;
mod variables;
pub(crate) mod wire;

pub use arguments::COMPILE_COMMAND;
pub use failure::Failure;
pub use logs::LogArguments;
pub(crate) use serve::{until_told_or_failed, with_server};

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};

/// Does what the command line says; the exit code is one of those in `anyam --help`.
pub fn run() -> ExitCode {
    // clap itself ends the process with 0 for help and 2 for wrong usage.
    let arguments = Arguments::parse();
    match dispatch(arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Where stderr is closed nobody reads the sentence; the exit code still tells.
            let _ = std::io::stderr().write_all(failure.report().as_bytes());
            ExitCode::from(failure.exit_code())
        }
    }
}

fn dispatch(command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Demo(arguments) => crate::demo::run(&arguments),
        Command::Dev(arguments) => crate::dev::run(&arguments),
        Command::Step(command) => step::run(&command),
        Command::Deploy(arguments) => deploy::run(&arguments),
        Command::Start(arguments) => start::run(&arguments),
        Command::Instance(command) => instance::run(&command),
        Command::Task(command) => task::run(&command),
        Command::Message(command) => message::run(&command),
        Command::Incident(command) => incident::run(&command),
        Command::Tenant(command) => tenant::run(&command),
        Command::Store(command) => store::run(&command),
        Command::Feel(arguments) => feel::run(&arguments),
        Command::Lint(arguments) => lint::run(&arguments),
    }
}
