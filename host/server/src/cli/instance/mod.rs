//! `anyam instance`.

mod list;
mod show;

use clap::{Args, Subcommand};
use serde_json::json;

use super::client::escape;
use super::connection::Connection;
use super::failure::Failure;

/// List, show and cancel process instances.
#[derive(Debug, Subcommand)]
pub enum InstanceCommand {
    /// List process instances, the newest first.
    List(list::List),
    /// Show one instance: its state, variables, path, incidents and jobs.
    Show(show::Show),
    /// End an instance where it is.
    Cancel(Cancel),
}

/// End an instance where it is.
#[derive(Args, Debug)]
pub struct Cancel {
    /// The instance's key.
    key: String,
    #[command(flatten)]
    connection: Connection,
}

pub(super) fn run(command: &InstanceCommand) -> Result<(), Failure> {
    match command {
        InstanceCommand::List(arguments) => list::run(arguments),
        InstanceCommand::Show(arguments) => show::run(arguments),
        InstanceCommand::Cancel(arguments) => cancel(arguments),
    }
}

fn cancel(arguments: &Cancel) -> Result<(), Failure> {
    let path = format!(
        "/v2/process-instances/{}/cancellation",
        escape(&arguments.key)
    );
    let answer = arguments.connection.client()?.post(&path, &json!({}))?;
    let screen = arguments.connection.screen();
    if screen.json() {
        return Ok(screen.answer(&answer)?);
    }
    Ok(screen.line(format_args!("cancelled instance {}", arguments.key))?)
}
