//! `anyam tenant config`.

use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::json;

use super::path;
use crate::cli::client::escape;
use crate::cli::connection::Connection;
use crate::cli::failure::Failure;

/// Values that a tenant's steps read.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Set a value.
    Set(Set),
    /// List the values.
    List(List),
    /// Remove a value.
    Delete(Delete),
}

/// Set a value.
#[derive(Args, Debug)]
pub struct Set {
    /// Its key.
    key: String,
    /// The value, a text.
    value: String,
    #[command(flatten)]
    connection: Connection,
}

/// List the values.
#[derive(Args, Debug)]
pub struct List {
    #[command(flatten)]
    connection: Connection,
}

/// Remove a value.
#[derive(Args, Debug)]
pub struct Delete {
    /// Its key.
    key: String,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Deserialize)]
struct Values {
    items: Vec<Value>,
}

#[derive(Deserialize)]
struct Value {
    key: String,
    value: String,
}

pub(super) fn run(command: &ConfigCommand) -> Result<(), Failure> {
    match command {
        ConfigCommand::Set(arguments) => set(arguments),
        ConfigCommand::List(List { connection }) => list(connection),
        ConfigCommand::Delete(Delete { key, connection }) => {
            let client = connection.client()?;
            client.delete(&path(&client, &format!("config/{}", escape(key))))?;
            let screen = connection.screen();
            if screen.json() {
                return Ok(());
            }
            Ok(screen.line(format_args!("removed {key}"))?)
        }
    }
}

fn set(arguments: &Set) -> Result<(), Failure> {
    let client = arguments.connection.client()?;
    let path = path(&client, &format!("config/{}", escape(&arguments.key)));
    let body = json!({ "value": arguments.value }).to_string();
    let answer = client.put_text(&path, &body)?;
    let screen = arguments.connection.screen();
    if screen.json() {
        return Ok(screen.answer(&answer)?);
    }
    Ok(screen.line(format_args!("set {}", arguments.key))?)
}

fn list(connection: &Connection) -> Result<(), Failure> {
    let client = connection.client()?;
    let answer = client.get(&path(&client, "config"))?;
    let screen = connection.screen();
    if screen.json() {
        return Ok(screen.answer(&answer)?);
    }
    let values: Values = client.read(&answer)?;
    let rows = values.items.into_iter();
    Ok(screen.table(
        ["KEY", "VALUE"],
        rows.map(|Value { key, value }| [key, value]),
    )?)
}
