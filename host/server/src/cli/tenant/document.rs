//! What is set for a tenant as one JSON document: `anyam tenant grants`, `limits` and
//! `signature-policy`.

use std::io::Read as _;

use clap::{Args, Subcommand};

use super::{named, path};
use crate::cli::connection::Connection;
use crate::cli::failure::Failure;

/// Most bytes of a file that are read; the server takes far fewer.
const FILE_BYTES: u64 = 4 << 20;

/// A document of a tenant.
#[derive(Clone, Copy, Debug)]
pub struct Document {
    /// The last part of its path.
    pub name: &'static str,
    /// What is so once it is cleared, after the tenant's name.
    pub cleared: &'static str,
}

/// What to do with a document.
#[derive(Debug, Subcommand)]
pub enum DocumentCommand {
    /// Show it, as JSON.
    Get(Get),
    /// Replace it by what is in a JSON file.
    Set(Set),
    /// Remove it.
    Clear(Get),
}

/// Which tenant's.
#[derive(Args, Debug)]
pub struct Get {
    #[command(flatten)]
    connection: Connection,
}

/// Which tenant's, and by what.
#[derive(Args, Debug)]
pub struct Set {
    /// A JSON file; `-` reads stdin.
    #[arg(value_name = "FILE")]
    file: String,
    #[command(flatten)]
    connection: Connection,
}

pub(super) fn run(document: Document, command: &DocumentCommand) -> Result<(), Failure> {
    match command {
        DocumentCommand::Get(Get { connection }) => {
            let client = connection.client()?;
            let answer = client.get(&path(&client, document.name))?;
            Ok(connection.screen().answer(&answer)?)
        }
        DocumentCommand::Set(Set { file, connection }) => {
            let text = read(document, file)?;
            let client = connection.client()?;
            let answer = client.put_text(&path(&client, document.name), &text)?;
            Ok(connection.screen().answer(&answer)?)
        }
        DocumentCommand::Clear(Get { connection }) => {
            let client = connection.client()?;
            client.delete(&path(&client, document.name))?;
            let screen = connection.screen();
            if screen.json() {
                return Ok(());
            }
            Ok(screen.line(format_args!("{} {}", named(&client), document.cleared))?)
        }
    }
}

fn read(document: Document, file: &str) -> Result<String, Failure> {
    let mut text = String::new();
    let read = if file == "-" {
        std::io::stdin().take(FILE_BYTES).read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|open| open.take(FILE_BYTES).read_to_string(&mut text))
    };
    let name = document.name;
    read.map_err(|error| Failure::usage(format!("cannot read the {name} in {file}: {error}")))?;
    Ok(text)
}
