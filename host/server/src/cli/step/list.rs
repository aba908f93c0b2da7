//! `anyam step list`.

use clap::Args;
use serde_json::{Map, json};

use super::{HEADING, row};
use crate::cli::connection::Connection;
use crate::cli::failure::Failure;
use crate::cli::wire::{Page, StepVersion};

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

pub(super) fn run(arguments: &List) -> Result<(), Failure> {
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
