//! `anyam tenant limits`.

use clap::{Args, Subcommand};

use super::{named, path};
use crate::cli::connection::Connection;
use crate::cli::deploy::Resource;
use crate::cli::failure::Failure;

/// The bounds of a tenant that differ from those of every tenant.
#[derive(Debug, Subcommand)]
pub enum LimitsCommand {
    /// Show what differs, what is in force and what may be set at most, as JSON.
    Get(Get),
    /// Replace what differs by what is in a file.
    Set(Set),
    /// Give the tenant the bounds of every tenant again.
    Clear(Clear),
}

/// Show the bounds.
#[derive(Args, Debug)]
pub struct Get {
    #[command(flatten)]
    connection: Connection,
}

/// Replace what differs.
#[derive(Args, Debug)]
pub struct Set {
    /// A JSON file such as {"step": {"callTimeMs": 60000}}.
    #[arg(value_name = "FILE")]
    file: std::path::PathBuf,
    #[command(flatten)]
    connection: Connection,
}

/// Give the tenant the bounds of every tenant again.
#[derive(Args, Debug)]
pub struct Clear {
    #[command(flatten)]
    connection: Connection,
}

pub(super) fn run(command: &LimitsCommand) -> Result<(), Failure> {
    match command {
        LimitsCommand::Get(Get { connection }) => {
            let client = connection.client()?;
            let answer = client.get(&path(&client, "limits"))?;
            Ok(connection.screen().answer(&answer)?)
        }
        LimitsCommand::Set(Set { file, connection }) => {
            let client = connection.client()?;
            let bytes = Resource::read(file)?.bytes;
            let text = String::from_utf8(bytes)
                .map_err(|_| Failure::usage(format!("{} is no text", file.display())))?;
            let answer = client.put_text(&path(&client, "limits"), &text)?;
            let screen = connection.screen();
            if screen.json() {
                return Ok(screen.answer(&answer)?);
            }
            Ok(screen.line(format_args!("set the limits of {}", named(&client)))?)
        }
        LimitsCommand::Clear(Clear { connection }) => {
            let client = connection.client()?;
            client.delete(&path(&client, "limits"))?;
            let screen = connection.screen();
            if screen.json() {
                return Ok(());
            }
            Ok(screen.line(format_args!("cleared the limits of {}", named(&client)))?)
        }
    }
}
