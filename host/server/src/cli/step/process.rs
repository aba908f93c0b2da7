//! A process around one step, to have something that runs.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use serde_json::value::RawValue;

use super::case;
use crate::cli::failure::Failure;
use crate::toolchain::StepProject;

const MODEL: &str = include_str!("process.bpmn");

/// The files of a process.
#[derive(Debug)]
pub struct Written {
    /// The BPMN model.
    pub model: PathBuf,
}

/// Writes a process with `project` as its only task, and the input of the project's first case,
/// beside the project.
///
/// # Errors
/// Where a file is there already or cannot be written.
pub fn write(project: &StepProject) -> Result<Written, Failure> {
    let name = &project.file.name;
    let beside = project.folder.parent().unwrap_or(Path::new(""));
    let model = beside.join(format!("{name}.bpmn"));
    put(&model, &MODEL.replace("{{name}}", name))?;
    // The case that shows how the step is meant to be used has an output.
    let cases = case::all(&project.folder)?;
    let shown = cases
        .iter()
        .find(|(_, case)| case.output.is_some())
        .or(cases.first());
    if let Some((_, case)) = shown {
        let inputs = beside.join("inputs");
        fs::create_dir_all(&inputs).map_err(|error| cannot_write(&inputs, &error))?;
        put(&inputs.join(format!("{name}.json")), &pretty(&case.input))?;
    }
    Ok(Written { model })
}

fn pretty(json: &RawValue) -> String {
    let value = serde_json::from_str::<Value>(json.get());
    let text = value.and_then(|value| serde_json::to_string_pretty(&value));
    text.unwrap_or_else(|_| json.get().to_owned()) + "\n"
}

/// Writes a file that must not be there.
fn put(path: &Path, text: &str) -> Result<(), Failure> {
    use std::io::Write as _;
    let file = fs::File::create_new(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| cannot_write(path, &error))
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Failure {
    Failure::failed(format!("cannot write {}: {error}", path.display()))
}
