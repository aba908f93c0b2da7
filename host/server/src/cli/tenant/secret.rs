//! `anyam tenant secret`.

use std::io::Read as _;

use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::json;

use super::path;
use crate::cli::client::escape;
use crate::cli::connection::Connection;
use crate::cli::failure::Failure;

/// Most bytes of a secret that are read; the server takes far fewer.
const SECRET_BYTES: u64 = 1 << 20;

/// Secrets that are put into outgoing requests of a tenant's steps.
#[derive(Debug, Subcommand)]
pub enum SecretCommand {
    /// Keep a secret, which is read from stdin; a line feed at its end is left out.
    Set(Set),
    /// List the names of the secrets.
    List(List),
    /// Remove a secret.
    Delete(Delete),
}

/// Keep a secret.
#[derive(Args, Debug)]
pub struct Set {
    /// Its name.
    name: String,
    #[command(flatten)]
    connection: Connection,
}

/// List the names of the secrets.
#[derive(Args, Debug)]
pub struct List {
    #[command(flatten)]
    connection: Connection,
}

/// Remove a secret.
#[derive(Args, Debug)]
pub struct Delete {
    /// Its name.
    name: String,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Deserialize)]
struct Secrets {
    items: Vec<Secret>,
}

#[derive(Deserialize)]
struct Secret {
    name: String,
}

pub(super) fn run(command: &SecretCommand) -> Result<(), Failure> {
    match command {
        SecretCommand::Set(Set { name, connection }) => {
            let secret = read()?;
            let client = connection.client()?;
            let path = path(&client, &format!("secrets/{}", escape(name)));
            client.put_text(&path, &json!({ "value": secret }).to_string())?;
            told(connection, "kept", name)
        }
        SecretCommand::List(List { connection }) => list(connection),
        SecretCommand::Delete(Delete { name, connection }) => {
            let client = connection.client()?;
            client.delete(&path(&client, &format!("secrets/{}", escape(name))))?;
            told(connection, "removed", name)
        }
    }
}

fn told(connection: &Connection, what: &str, name: &str) -> Result<(), Failure> {
    let screen = connection.screen();
    if screen.json() {
        return Ok(());
    }
    Ok(screen.line(format_args!("{what} {name}"))?)
}

fn read() -> Result<String, Failure> {
    let mut secret = String::new();
    std::io::stdin()
        .take(SECRET_BYTES)
        .read_to_string(&mut secret)
        .map_err(|error| Failure::usage(format!("cannot read the secret from stdin: {error}")))?;
    let line = secret.strip_suffix('\n').map(str::len);
    secret.truncate(line.unwrap_or(secret.len()));
    if secret.is_empty() {
        return Err(Failure::usage("stdin is empty; the secret is read from it"));
    }
    Ok(secret)
}

fn list(connection: &Connection) -> Result<(), Failure> {
    let client = connection.client()?;
    let answer = client.get(&path(&client, "secrets"))?;
    let screen = connection.screen();
    if screen.json() {
        return Ok(screen.answer(&answer)?);
    }
    let secrets: Secrets = client.read(&answer)?;
    let rows = secrets.items.into_iter();
    Ok(screen.table(["SECRET"], rows.map(|secret| [secret.name]))?)
}
