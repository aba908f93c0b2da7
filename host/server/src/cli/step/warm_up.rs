//! The cases that a component answers before it is uploaded (`warm-up` of `step.toml`).

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyam_sandbox::WarmUpCall;
use sha2::{Digest, Sha256};

use super::case;
use super::local::Local;
use crate::cli::failure::Failure;
use crate::toolchain::{PROJECT_FILE, StepProject};

/// The most cases of one warm-up.
const MOST: usize = 100;

/// The file with the snapshot of a built component after the warm-up that its project asks for; the
/// built file where it asks for none. Made once for the same component, cases and program.
///
/// # Errors
/// [`Failure::Failed`] where a case is missing or fails, or no snapshot can be made.
pub fn apply(project: &StepProject, built: PathBuf) -> Result<PathBuf, Failure> {
    let names = &project.file.warm_up;
    if names.is_empty() {
        return Ok(built);
    }
    let calls = calls(&project.folder, names)?;
    let cannot = |path: &Path, error: &std::io::Error| {
        Failure::failed(format!("cannot use {}: {error}", path.display()))
    };
    let bytes: Arc<[u8]> = fs::read(&built)
        .map_err(|error| cannot(&built, &error))?
        .into();
    let folder = built.with_extension("warm-up");
    let file = folder.join(format!("{}.wasm", identity(&bytes, &calls)));
    if file.is_file() {
        return Ok(file);
    }
    let snapshot = Local::start()?.snapshot(&bytes, &calls);
    let snapshot = snapshot.map_err(|error| {
        Failure::failed(format!(
            "{}: warm-up ({}): {error}",
            project.folder.join(PROJECT_FILE).display(),
            names.join(", ")
        ))
    })?;
    // Those of other cases are of no use any more. What is there is complete.
    let written = remove(&folder)
        .and_then(|()| fs::create_dir_all(&folder))
        .and_then(|()| tempfile::NamedTempFile::new_in(&folder))
        .and_then(|half_done| {
            fs::write(half_done.path(), &snapshot)?;
            half_done.persist(&file).map_err(|error| error.error)
        });
    written.map_err(|error| cannot(&file, &error))?;
    Ok(file)
}

fn remove(folder: &Path) -> std::io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn calls(folder: &Path, names: &[String]) -> Result<Vec<WarmUpCall>, Failure> {
    let wrong = |what: String| {
        let file = folder.join(PROJECT_FILE);
        Failure::failed(format!("{}: warm-up: {what}", file.display()))
    };
    if names.len() > MOST {
        return Err(wrong(format!("it names more than {MOST} cases")));
    }
    let mut cases = case::all(folder)?;
    names
        .iter()
        .map(|name| {
            let at = cases.iter().position(|(known, _)| known == name);
            let (_, case) = at.map(|at| cases.remove(at)).ok_or_else(|| {
                wrong(format!(
                    "there is no case {name}, or it is named twice; the cases are the files \
                     cases/*.json, named without .json"
                ))
            })?;
            Ok(WarmUpCall {
                function: case.function,
                input: case.input.get().to_owned(),
                headers: case.headers.into_iter().collect(),
            })
        })
        .collect()
}

/// What the snapshot depends on.
fn identity(bytes: &[u8], calls: &[WarmUpCall]) -> String {
    let mut digest = Sha256::new();
    digest.update(env!("CARGO_PKG_VERSION"));
    digest.update(Sha256::digest(bytes));
    digest.update(format!("{calls:?}"));
    let digest = digest.finalize();
    digest[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
