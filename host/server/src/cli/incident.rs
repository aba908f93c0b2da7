//! `anyam incident`.

use clap::{Args, Subcommand};
use serde_json::{Map, json};

use super::client::escape;
use super::connection::Connection;
use super::failure::Failure;
use super::screen::{moment, shortened};
use super::wire::{Incident, Page};

/// List and resolve incidents.
#[derive(Debug, Subcommand)]
pub enum IncidentCommand {
    /// List incidents, the newest first.
    List(List),
    /// Let a process instance go on where an incident holds it up.
    Resolve(Resolve),
}

/// List incidents.
#[derive(Args, Debug)]
pub struct List {
    /// Only the incidents of this process instance.
    #[arg(long, value_name = "KEY")]
    instance: Option<String>,
    /// Also those that are resolved.
    #[arg(long)]
    all: bool,
    /// How many to list.
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    limit: usize,
    #[command(flatten)]
    connection: Connection,
}

/// Resolve an incident.
#[derive(Args, Debug)]
pub struct Resolve {
    /// The incident's key.
    key: String,
    /// How many retries the failed job gets, where the incident came from a job.
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    retries: u32,
    #[command(flatten)]
    connection: Connection,
}

pub(super) fn run(command: &IncidentCommand) -> Result<(), Failure> {
    match command {
        IncidentCommand::List(arguments) => list(arguments),
        IncidentCommand::Resolve(arguments) => resolve(arguments),
    }
}

fn list(arguments: &List) -> Result<(), Failure> {
    let client = arguments.connection.client()?;
    let mut filter = Map::new();
    if let Some(instance) = &arguments.instance {
        filter.insert("processInstanceKey".into(), json!(instance));
    }
    if !arguments.all {
        filter.insert("state".into(), json!("ACTIVE"));
    }
    let sort = json!([{ "field": "creationTime", "order": "DESC" }]);
    let answer =
        client.search_text("/v2/incidents/search", filter.into(), sort, arguments.limit)?;
    let screen = arguments.connection.screen();
    if screen.json() {
        return Ok(screen.answer(&answer)?);
    }
    let found: Page<Incident> = client.read(&answer)?;
    let shown = found.items.len();
    let rows = found.items.into_iter().map(|incident| {
        [
            incident.incident_key,
            incident.error_type,
            incident.state,
            incident.element_id,
            incident.process_instance_key,
            moment(&incident.creation_time),
            shortened(&incident.error_message, 100),
        ]
    });
    screen.table(
        [
            "INCIDENT", "TYPE", "STATE", "ELEMENT", "INSTANCE", "RAISED", "MESSAGE",
        ],
        rows,
    )?;
    Ok(screen.rest(shown, &found.page)?)
}

fn resolve(arguments: &Resolve) -> Result<(), Failure> {
    let client = arguments.connection.client()?;
    let path = format!("/v2/incidents/{}", escape(&arguments.key));
    let incident: Incident = client.read(&client.get(&path)?)?;
    if !incident.job_key.is_empty() {
        // A job without retries would raise the same incident again at once.
        let job = format!("/v2/jobs/{}", escape(&incident.job_key));
        client.patch(
            &job,
            &json!({ "changeset": { "retries": arguments.retries } }),
        )?;
    }
    let answer = client.post(&format!("{path}/resolution"), &json!({}))?;
    let screen = arguments.connection.screen();
    if screen.json() {
        return Ok(screen.answer(&answer)?);
    }
    Ok(screen.line(format_args!("resolved incident {}", arguments.key))?)
}
