//! `anyam step rollout`, `rollback` and `retire`.

use clap::Args;
use serde_json::json;

use crate::cli::client::escape;
use crate::cli::connection::Connection;
use crate::cli::failure::Failure;

/// Give a share of new process instances another version of a step.
#[derive(Args, Debug)]
pub struct Rollout {
    /// The step's name.
    name: String,
    /// The version.
    version: String,
    /// The share of new instances, from 0 to 100; 100 promotes the version.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(0..=100))]
    percent: u8,
    #[command(flatten)]
    connection: Connection,
}

/// End the rollout of a step.
#[derive(Args, Debug)]
pub struct Rollback {
    /// The step's name.
    name: String,
    /// Also move instances that run with the version, from their next call on.
    #[arg(long)]
    running: bool,
    #[command(flatten)]
    connection: Connection,
}

/// Bind nothing new to a version of a step.
#[derive(Args, Debug)]
pub struct Retire {
    /// The step's name.
    name: String,
    /// The version.
    version: String,
    #[command(flatten)]
    connection: Connection,
}

pub(super) fn roll_out(arguments: &Rollout) -> Result<(), Failure> {
    let client = arguments.connection.client()?;
    let path = format!("/v2/steps/{}/rollout", escape(&arguments.name));
    let body = json!({ "version": arguments.version, "percentage": arguments.percent });
    let answer = client.put_text(&client.tenant_path(&path), &body.to_string())?;
    let screen = arguments.connection.screen();
    if screen.json() {
        return Ok(screen.answer(&answer)?);
    }
    Ok(screen.line(format_args!(
        "{} % of new instances get {} {}",
        arguments.percent, arguments.name, arguments.version
    ))?)
}

pub(super) fn roll_back(arguments: &Rollback) -> Result<(), Failure> {
    let client = arguments.connection.client()?;
    let path = format!("/v2/steps/{}/rollout", escape(&arguments.name));
    let mut path = client.tenant_path(&path);
    if arguments.running {
        let sign = if path.contains('?') { '&' } else { '?' };
        path = format!("{path}{sign}running=true");
    }
    client.delete(&path)?;
    let screen = arguments.connection.screen();
    if screen.json() {
        return Ok(());
    }
    Ok(screen.line(format_args!("rolled {} back", arguments.name))?)
}

pub(super) fn retire(arguments: &Retire) -> Result<(), Failure> {
    let client = arguments.connection.client()?;
    let (name, version) = (&arguments.name, &arguments.version);
    let path = format!(
        "/v2/steps/{}/versions/{}/retirement",
        escape(name),
        escape(version)
    );
    client.post(&client.tenant_path(&path), &json!({}))?;
    let screen = arguments.connection.screen();
    if screen.json() {
        return Ok(());
    }
    Ok(screen.line(format_args!("retired {name} {version}"))?)
}
