//! `anyam task`.

use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::value::RawValue;
use serde_json::{Map, json};

use super::client::{Client, escape};
use super::connection::Connection;
use super::failure::Failure;
use super::screen::moment;
use super::variables;
use super::wire::{Page, UserTask};

/// List and complete user tasks.
#[derive(Debug, Subcommand)]
pub enum TaskCommand {
    /// List user tasks, the newest first.
    List(List),
    /// Complete a user task.
    Complete(Complete),
}

/// List user tasks.
#[derive(Args, Debug)]
pub struct List {
    /// Only the tasks of this process instance.
    #[arg(long, value_name = "KEY")]
    instance: Option<String>,
    /// Only the tasks in this state, such as CREATED or COMPLETED.
    #[arg(long, value_name = "STATE")]
    state: Option<String>,
    /// How many to list.
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    limit: usize,
    #[command(flatten)]
    connection: Connection,
}

/// Complete a user task.
#[derive(Args, Debug)]
pub struct Complete {
    /// The task's key.
    key: String,
    /// What the task gives back: a JSON object, @FILE, or @- for stdin.
    #[arg(long, value_name = "JSON")]
    variables: Option<String>,
    #[command(flatten)]
    connection: Connection,
}

pub(super) fn run(command: &TaskCommand) -> Result<(), Failure> {
    match command {
        TaskCommand::List(arguments) => list(arguments),
        TaskCommand::Complete(arguments) => {
            let variables = variables::read(arguments.variables.as_deref())?;
            let client = arguments.connection.client()?;
            let answer = complete(&client, &arguments.key, &variables)?;
            let screen = arguments.connection.screen();
            if screen.json() {
                return Ok(screen.answer(&answer)?);
            }
            Ok(screen.line(format_args!("completed task {}", arguments.key))?)
        }
    }
}

fn list(arguments: &List) -> Result<(), Failure> {
    let client = arguments.connection.client()?;
    let mut filter = Map::new();
    if let Some(instance) = &arguments.instance {
        filter.insert("processInstanceKey".into(), json!(instance));
    }
    if let Some(state) = &arguments.state {
        filter.insert("state".into(), json!(state.to_ascii_uppercase()));
    }
    let sort = json!([{ "field": "creationDate", "order": "DESC" }]);
    let answer = client.search_text(
        "/v2/user-tasks/search",
        filter.into(),
        sort,
        arguments.limit,
    )?;
    let screen = arguments.connection.screen();
    if screen.json() {
        return Ok(screen.answer(&answer)?);
    }
    let found: Page<UserTask> = client.read(&answer)?;
    let shown = found.items.len();
    let rows = found.items.into_iter().map(|task| {
        let name = if task.name.is_empty() {
            task.element_id
        } else {
            task.name
        };
        let created = moment(&task.creation_date);
        [
            task.user_task_key,
            name,
            task.state,
            task.assignee,
            task.process_instance_key,
            created,
        ]
    });
    screen.table(
        ["TASK", "NAME", "STATE", "ASSIGNEE", "INSTANCE", "CREATED"],
        rows,
    )?;
    Ok(screen.rest(shown, &found.page)?)
}

/// Completes a user task with `variables`; the server's answer.
///
/// # Errors
/// As every request.
pub fn complete(client: &Client, key: &str, variables: &RawValue) -> Result<String, Failure> {
    let path = format!("/v2/user-tasks/{}/completion", escape(key));
    client.post_text(
        &path,
        &variables::with_variables(&json!({}), variables),
        Duration::ZERO,
    )
}
