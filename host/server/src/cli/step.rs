//! `anyam step`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Map, json};
use ureq::http::Method;

use super::client::{Client, escape};
use super::connection::Connection;
use super::deploy::Resource;
use super::failure::Failure;
use super::progress::Progress;
use super::wire::{Page, StepVersion};

/// Upload and list steps.
#[derive(Debug, Subcommand)]
pub enum StepCommand {
    /// Upload a component as a version of a step.
    Push(Push),
    /// List the versions of steps.
    List(List),
}

/// Upload a component as a version of a step.
#[derive(Args, Debug)]
pub struct Push {
    /// The component, a `.wasm` file.
    file: PathBuf,
    /// The step's name, as service tasks name it in their task definition.
    #[arg(long)]
    name: String,
    /// The version, such as 1.0.0. A version keeps its bytes for ever.
    #[arg(long)]
    version: String,
    #[command(flatten)]
    connection: Connection,
}

/// List the versions of steps.
#[derive(Args, Debug)]
pub struct List {
    /// Only the versions of this step.
    #[arg(long)]
    name: Option<String>,
    /// How many to list.
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    limit: usize,
    #[command(flatten)]
    connection: Connection,
}

pub(super) fn run(command: &StepCommand) -> Result<(), Failure> {
    match command {
        StepCommand::Push(arguments) => {
            let client = arguments.connection.client()?;
            let component = Resource::read(&arguments.file)?.bytes;
            let answer = push(&client, &arguments.name, &arguments.version, &component)?;
            let screen = arguments.connection.screen();
            if screen.json() {
                return Ok(screen.answer(&answer)?);
            }
            let step: StepVersion = client.read(&answer)?;
            Ok(screen.table(HEADING, [row(step)])?)
        }
        StepCommand::List(arguments) => list(arguments),
    }
}

const HEADING: [&str; 4] = ["STEP", "VERSION", "EFFECTS", "DIGEST"];

fn row(step: StepVersion) -> [String; 4] {
    [step.name, step.version, step.effect, step.digest]
}

fn list(arguments: &List) -> Result<(), Failure> {
    let client = arguments.connection.client()?;
    let mut filter = Map::new();
    if let Some(name) = &arguments.name {
        filter.insert("name".into(), json!(name));
    }
    let answer = client.search_text(
        "/v2/steps/search",
        filter.into(),
        json!([]),
        arguments.limit,
    )?;
    let screen = arguments.connection.screen();
    if screen.json() {
        return Ok(screen.answer(&answer)?);
    }
    let found: Page<StepVersion> = client.read(&answer)?;
    let shown = found.items.len();
    screen.table(HEADING, found.items.into_iter().map(row))?;
    Ok(screen.rest(shown, &found.page)?)
}

/// Uploads a component; the server's answer.
///
/// # Errors
/// [`Failure::Refused`] where it is no step or the version has other bytes, and as every request.
pub fn push(
    client: &Client,
    name: &str,
    version: &str,
    component: &[u8],
) -> Result<String, Failure> {
    let path = format!("/v2/steps/{}/versions/{}", escape(name), escape(version));
    let progress = Progress::send(format!("uploading {name} {version}"), component.len());
    let bytes = progress.count(component);
    let path = client.tenant_path(&path);
    client.upload(
        Method::PUT,
        &path,
        "application/wasm",
        component.len(),
        bytes,
    )
}
