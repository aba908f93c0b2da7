//! `anyam message`.

use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::json;
use serde_json::value::RawValue;

use super::client::Client;
use super::connection::Connection;
use super::failure::Failure;
use super::{duration, variables};

/// Publish messages.
#[derive(Debug, Subcommand)]
pub enum MessageCommand {
    /// Publish a message to the process instance that waits for it.
    Publish(Publish),
}

/// Publish a message.
#[derive(Args, Debug)]
pub struct Publish {
    /// The message's name.
    name: String,
    /// Which instance it is for: the value of the correlation key of its subscription.
    #[arg(long, value_name = "KEY", default_value = "")]
    correlation_key: String,
    /// Variables the message carries: a JSON object, @FILE, or @- for stdin.
    #[arg(long, value_name = "JSON")]
    variables: Option<String>,
    /// How long the message is kept where nobody waits for it yet.
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = duration::parse)]
    ttl: Duration,
    #[command(flatten)]
    connection: Connection,
}

pub(super) fn run(command: &MessageCommand) -> Result<(), Failure> {
    let MessageCommand::Publish(arguments) = command;
    let variables = variables::read(arguments.variables.as_deref())?;
    let client = arguments.connection.client()?;
    let name = &arguments.name;
    let key = &arguments.correlation_key;
    let answer = publish(&client, name, key, &variables, arguments.ttl)?;
    let screen = arguments.connection.screen();
    if screen.json() {
        return Ok(screen.answer(&answer)?);
    }
    Ok(screen.line(format_args!("published {name} for '{key}'"))?)
}

/// Publishes a message with `variables`; the server's answer.
///
/// # Errors
/// As every request.
pub fn publish(
    client: &Client,
    name: &str,
    correlation_key: &str,
    variables: &RawValue,
    ttl: Duration,
) -> Result<String, Failure> {
    let ttl = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX);
    let body = json!({ "name": name, "correlationKey": correlation_key, "timeToLive": ttl });
    let body = variables::with_variables(&client.for_tenant(body), variables);
    client.post_text("/v2/messages/publication", &body, Duration::ZERO)
}
