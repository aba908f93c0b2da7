//! `anyam step new`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::process;
use crate::cli::failure::Failure;
use crate::cli::screen::Screen;
use crate::toolchain::{self, Language};

/// Make a project for a new step, which builds and passes its own case at once.
#[derive(Args, Debug)]
pub struct New {
    /// The step's name: lower-case words with `-` between, such as credit-check.
    name: String,
    /// rust, python, typescript, javascript, go, c, cpp, zig, assemblyscript or moonbit.
    #[arg(long, value_name = "LANGUAGE")]
    lang: Language,
    /// The project's folder; without it one with the step's name.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Make a process too, with the step as its only task, and an input to start it with. They
    /// lie beside the project, as NAME.bpmn and inputs/NAME.json.
    #[arg(long)]
    process: bool,
    /// Print what was made as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &New) -> Result<(), Failure> {
    let folder = match &arguments.dir {
        Some(folder) => folder.clone(),
        None => PathBuf::from(&arguments.name),
    };
    let project = toolchain::create(arguments.lang, &arguments.name, &folder)?;
    let process = match arguments.process {
        true => Some(process::write(&project)?),
        false => None,
    };
    let screen = Screen::new(arguments.json);
    if screen.json() {
        let made = json!({
            "name": project.file.name,
            "language": project.file.language,
            "folder": project.folder,
            "process": process.as_ref().map(|process| &process.model),
        });
        return Ok(screen.line(made)?);
    }
    let shown = folder.display();
    screen.line(format_args!(
        "made the step {} in {shown}, written in {}",
        project.file.name, project.file.language
    ))?;
    screen.line(format_args!("test it with: anyam step test {shown}"))?;
    if let Some(process) = process {
        screen.line(format_args!(
            "made the process {} in {}",
            project.file.name,
            process.model.display()
        ))?;
        let folder = match process.model.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => format!(" {}", parent.display()),
            _ => String::new(),
        };
        screen.line(format_args!("run it with:  anyam dev{folder}"))?;
    }
    Ok(())
}
