//! `anyam step build`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::component::{self, Component};
use super::inspect::{Facts, effect};
use crate::cli::failure::Failure;
use crate::cli::screen::Screen;

/// Build a step's project into a component.
#[derive(Args, Debug)]
pub struct Build {
    /// The project: a folder with a step.toml.
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// Copy the component to this file.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print what was built as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Build) -> Result<(), Failure> {
    let built = Component::build(&arguments.dir)?;
    let facts = Facts::of(&built.bytes)?;
    let file = match &arguments.output {
        Some(output) => {
            std::fs::write(output, &built.bytes).map_err(|error| {
                Failure::usage(format!("cannot write {}: {error}", output.display()))
            })?;
            output
        }
        None => &built.file,
    };
    let screen = Screen::new(arguments.json);
    if screen.json() {
        return Ok(screen.line(json!({
            "file": file,
            "size": facts.inspection.size,
            "digest": facts.digest(),
            "effect": effect(facts.inspection.effect),
            "imports": facts.inspection.imports,
        }))?);
    }
    screen.line(format_args!(
        "{}  {}, {}",
        file.display(),
        component::size(facts.inspection.size),
        effect(facts.inspection.effect)
    ))?;
    for import in &facts.inspection.imports {
        screen.line(format_args!("  imports {import}"))?;
    }
    facts.print_needs(screen)
}
