//! The cases that a component answers before it is uploaded (`warm-up` of `step.toml`).

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyam_sandbox::{Limits, WarmUpCall};
use sha2::{Digest, Sha256};

use super::case;
use super::local::Local;
use crate::cli::failure::Failure;
use crate::toolchain::{PROJECT_FILE, StepProject};

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
    let calls = calls(&project.folder, names, Limits::default().warm_up_calls)?;
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

fn calls(folder: &Path, names: &[String], most: usize) -> Result<Vec<WarmUpCall>, Failure> {
    let wrong = |what: String| {
        let file = folder.join(PROJECT_FILE);
        Failure::failed(format!("{}: warm-up: {what}", file.display()))
    };
    if names.len() > most {
        let count = names.len();
        return Err(wrong(format!(
            "it names {count} cases and the limit is {most} (limit warm_up_calls)"
        )));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_cases_is_bounded_at_its_edge() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("cases")).unwrap();
        let most = Limits::default().warm_up_calls;
        let names: Vec<String> = (0..=most).map(|number| format!("case-{number}")).collect();
        for name in &names {
            let file = folder.path().join("cases").join(format!("{name}.json"));
            fs::write(file, r#"{"input": {}, "output": {}}"#).unwrap();
        }
        let accepted = calls(folder.path(), &names[..most], most).unwrap();
        assert_eq!((accepted.len(), most), (100, 100));
        let refused = calls(folder.path(), &names, most).unwrap_err().to_string();
        let place = folder.path().join(PROJECT_FILE);
        assert_eq!(
            refused,
            format!(
                "{}: warm-up: it names 101 cases and the limit is 100 (limit warm_up_calls)",
                place.display()
            )
        );
    }
}
