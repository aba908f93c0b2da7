//! Steps in Python: componentize-py in an environment of its own.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use crate::error::ToolchainError;
use crate::{BuiltStep, child, folder, venv};

/// The module of a step that holds what the host calls.
const MODULE: &str = "app";
/// The world of the WIT package that a step is built for.
const WORLD: &str = "step";

/// Builds the step in `source` below `place`.
///
/// The component imports nothing of WASI: what a step in Python does is compute, and the host can
/// tell from its imports that it does nothing else.
pub fn build(
    source: &Path,
    wit: &Path,
    place: &Path,
    report: &dyn Fn(&str),
) -> Result<BuiltStep, ToolchainError> {
    let python = venv::find()?;
    let name = source
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let digest = folder::digest(&[source, wit], &python.identity)?;
    let file = place.join(format!("{name}-{digest}.wasm"));
    let built = BuiltStep {
        name: name.clone(),
        file,
    };
    folder::make(place)?;
    // Two builds at once would write into each other's folders.
    let lock = place.join("lock");
    let lock = File::create(&lock).and_then(|file| file.lock().map(|()| file));
    let _lock = lock.map_err(ToolchainError::file(place))?;
    if built.file.exists() {
        return Ok(built);
    }
    let bin = python.environment(&source.join("requirements.txt"), place, report)?;
    // Python leaves compiled files beside what it imports; it does so in a copy.
    let copy = place.join(format!("{name}-source"));
    folder::copy(source, &copy)?;
    report(&format!("building {name}"));
    let half_done = place.join(format!("{name}.half"));
    let mut command = Command::new(bin.join("componentize-py"));
    command
        .arg("--wit-path")
        .arg(wit)
        .args([
            "--world",
            WORLD,
            "componentize",
            "--stub-wasi",
            MODULE,
            "--output",
        ])
        .arg(&half_done)
        .current_dir(&copy)
        // An active environment of the caller would be searched for modules.
        .env_remove("VIRTUAL_ENV")
        .env_remove("PYTHONPATH");
    let output = child::run(
        &mut command,
        "Its environment is damaged; remove it",
        |_| (),
    )?;
    if !output.success {
        return Err(ToolchainError::BuildFailed {
            program: "componentize-py".into(),
            folder: source.to_owned(),
            output: output.tail,
        });
    }
    // A file that is there is complete.
    fs::rename(&half_done, &built.file).map_err(ToolchainError::file(&built.file))?;
    Ok(built)
}
