//! `anyam start`.

use std::time::Duration;

use clap::Args;
use serde_json::json;
use serde_json::value::RawValue;

use super::client::Client;
use super::connection::Connection;
use super::failure::Failure;
use super::progress::Progress;
use super::screen::shortened;
use super::wire::Created;
use super::{duration, variables};

/// Start an instance of a process.
#[derive(Args, Debug)]
pub struct Start {
    /// The `id` of the process, or the key of one of its versions.
    process: String,
    /// The version to start; without it the latest one.
    #[arg(long)]
    version: Option<i32>,
    /// The variables to start with: a JSON object, @FILE, or @- for stdin.
    #[arg(long, value_name = "JSON")]
    variables: Option<String>,
    /// Wait until the instance has ended and print its variables; an incident ends the wait.
    #[arg(long = "await")]
    wait: bool,
    /// How long to wait; the instance goes on after that.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration::parse)]
    timeout: Duration,
    #[command(flatten)]
    connection: Connection,
}

pub(super) fn run(arguments: &Start) -> Result<(), Failure> {
    let variables = variables::read(arguments.variables.as_deref())?;
    let client = arguments.connection.client()?;
    let wait = arguments.wait.then_some(arguments.timeout);
    let answer = create(
        &client,
        &arguments.process,
        arguments.version,
        &variables,
        wait,
    )?;
    let screen = arguments.connection.screen();
    if screen.json() {
        return Ok(screen.answer(&answer)?);
    }
    let created: Created = client.read(&answer)?;
    let done = if arguments.wait {
        "completed"
    } else {
        "started"
    };
    screen.line(format_args!(
        "{done} {} version {}, instance {}",
        created.process_definition_id,
        created.process_definition_version,
        created.process_instance_key
    ))?;
    if arguments.wait {
        let rows = created.variables.into_iter();
        screen.table(
            ["VARIABLE", "VALUE"],
            rows.map(|(name, value)| [name, shortened(value.get(), 120)]),
        )?;
    } else {
        screen.line(format_args!(
            "see it with: anyam instance show {}",
            created.process_instance_key
        ))?;
    }
    Ok(())
}

/// Starts an instance with `variables` and waits that long for its end; the
/// server's answer.
///
/// # Errors
/// [`Failure::TimedOut`] where it did not end in time, [`Failure::Refused`] with the first incident
/// that holds it up, and as every request.
pub fn create(
    client: &Client,
    process: &str,
    version: Option<i32>,
    variables: &RawValue,
    wait: Option<Duration>,
) -> Result<String, Failure> {
    // A BPMN id is an XML name, which never begins with a digit.
    let is_key = process.starts_with(|c: char| c.is_ascii_digit());
    let mut body = match (is_key, version) {
        (true, Some(_)) => {
            return Err(Failure::usage(
                "the key of a process names its version already; leave --version out",
            ));
        }
        (true, None) => json!({ "processDefinitionKey": process }),
        (false, None) => json!({ "processDefinitionId": process }),
        (false, Some(version)) => {
            json!({ "processDefinitionId": process, "processDefinitionVersion": version })
        }
    };
    if let Some(wait) = wait {
        // The server reads 0 as its own default.
        let millis = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1);
        body["awaitCompletion"] = json!(true);
        body["untilIncident"] = json!(true);
        body["requestTimeout"] = json!(millis);
    }
    let body = variables::with_variables(&client.for_tenant(body), variables);
    let _progress = wait.map(|_| Progress::begin(format!("waiting for {process} to end")));
    let answer = client.post_text("/v2/process-instances", &body, wait.unwrap_or_default());
    answer.map_err(|failure| match failure {
        Failure::Refused { status: 504, .. } => Failure::TimedOut(format!(
            "{process} did not end within {}; it goes on, see it with: anyam instance list",
            duration::show(wait.unwrap_or_default())
        )),
        failure => failure,
    })
}
