//! `anyam tenant grants`.

use std::io::Read as _;

use clap::{Args, Subcommand};

use super::{named, path};
use crate::cli::connection::Connection;
use crate::cli::failure::Failure;

/// Most bytes of a file of grants that are read; the server takes far fewer.
const FILE_BYTES: u64 = 4 << 20;

/// What a tenant lets its steps reach.
#[derive(Debug, Subcommand)]
pub enum GrantsCommand {
    /// Show the grants, as JSON.
    Get(Get),
    /// Replace the grants by those in a file.
    Set(Set),
    /// Take all grants away.
    Clear(Clear),
}

/// Show the grants.
#[derive(Args, Debug)]
pub struct Get {
    #[command(flatten)]
    connection: Connection,
}

/// Replace the grants.
#[derive(Args, Debug)]
pub struct Set {
    /// A JSON file such as {"keyValue": ["orders*"], "http": [{"host": "api.example.com"}]}; `-`
    /// reads stdin.
    #[arg(value_name = "FILE")]
    file: String,
    #[command(flatten)]
    connection: Connection,
}

/// Take all grants away.
#[derive(Args, Debug)]
pub struct Clear {
    #[command(flatten)]
    connection: Connection,
}

pub(super) fn run(command: &GrantsCommand) -> Result<(), Failure> {
    match command {
        GrantsCommand::Get(Get { connection }) => {
            let client = connection.client()?;
            let grants = client.get(&path(&client, "grants"))?;
            Ok(connection.screen().answer(&grants)?)
        }
        GrantsCommand::Set(Set { file, connection }) => {
            let text = read(file)?;
            let client = connection.client()?;
            let grants = client.put_text(&path(&client, "grants"), &text)?;
            Ok(connection.screen().answer(&grants)?)
        }
        GrantsCommand::Clear(Clear { connection }) => {
            let client = connection.client()?;
            client.delete(&path(&client, "grants"))?;
            let screen = connection.screen();
            if screen.json() {
                return Ok(());
            }
            Ok(screen.line(format_args!("{} grants nothing", named(&client)))?)
        }
    }
}

fn read(file: &str) -> Result<String, Failure> {
    let mut text = String::new();
    let read = if file == "-" {
        std::io::stdin().take(FILE_BYTES).read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|open| open.take(FILE_BYTES).read_to_string(&mut text))
    };
    read.map_err(|error| Failure::usage(format!("cannot read the grants in {file}: {error}")))?;
    Ok(text)
}
