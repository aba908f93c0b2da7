//! Steps in Rust: cargo, for the target that makes components by itself.

use std::fs::{self, File};
use std::path::Path;

use toml::Table;

use crate::error::ToolchainError;
use crate::work::Work;
use crate::{cargo, wasm_target};

/// Builds the package in the project's folder.
pub fn build(work: &Work) -> Result<Vec<u8>, ToolchainError> {
    let folder = &work.project.folder;
    wasm_target::ensure(folder, work.report)?;
    let target = work.tools.cache("cargo-target")?;
    // Until the component is read: the next build of a package of this name puts its own there.
    let lock = target.join("steps.lock");
    let lock = File::create(&lock).and_then(|file| file.lock().map(|()| file));
    let _lock = lock.map_err(ToolchainError::file(&target))?;
    claim(folder, &target)?;
    let steps = cargo::build(folder, &target, cargo::Scope::Package, work.report)?;
    let [step] = steps.as_slice() else {
        let names: Vec<_> = steps.into_iter().map(|step| step.name).collect();
        return Err(work.failed(
            "looking for the step's component",
            format!("the package builds more than one: {}", names.join(", ")),
        ));
    };
    fs::read(&step.file).map_err(ToolchainError::file(&step.file))
}

/// Makes cargo build the package in `folder` anew where the last one of its name lay elsewhere.
///
/// Projects share a target folder, for the dependencies. Cargo tells packages apart by name,
/// version and place in their workspace; where that lies makes no difference, so it would take one
/// project's component for that of another with the same name.
fn claim(folder: &Path, target: &Path) -> Result<(), ToolchainError> {
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
    let manifest = manifest.parse::<Table>().unwrap_or_default();
    let package = manifest
        .get("package")
        .and_then(|package| package.get("name"));
    let Some(name) = package.and_then(|name| name.as_str()) else {
        return Ok(()); // Cargo says what is wrong with it.
    };
    let folder = folder
        .canonicalize()
        .map_err(ToolchainError::file(folder))?;
    let owner = target.join(format!("{name}.project"));
    let place = folder.as_os_str().as_encoded_bytes();
    if fs::read(&owner).is_ok_and(|last| last == place) {
        return Ok(());
    }
    let built = target.join(wasm_target::TARGET).join("release");
    let fingerprints = built.join(".fingerprint");
    if let Ok(entries) = fs::read_dir(&fingerprints) {
        for entry in entries.map_while(Result::ok) {
            let entry_name = entry.file_name();
            let of_package = entry_name
                .to_str()
                .and_then(|entry| entry.rsplit_once('-'))
                .is_some_and(|(package, _)| package == name);
            if of_package {
                let path = entry.path();
                fs::remove_dir_all(&path).map_err(ToolchainError::file(&path))?;
            }
        }
    }
    fs::write(&owner, place).map_err(ToolchainError::file(&owner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_project_of_the_name_left_is_not_taken_for_this_ones() {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("target");
        let fingerprints = target
            .join(wasm_target::TARGET)
            .join("release/.fingerprint");
        for package in ["greet-0123", "greet-you-0123", "serde-0123"] {
            fs::create_dir_all(fingerprints.join(package)).unwrap();
        }
        let project = |folder: &str| {
            let folder = place.path().join(folder);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("Cargo.toml"), "[package]\nname = \"greet\"\n").unwrap();
            claim(&folder, &target).unwrap();
            fingerprints.join("greet-0123").exists()
        };
        assert!(!project("a"), "nobody knows whose it was");
        fs::create_dir(fingerprints.join("greet-0123")).unwrap();
        assert!(project("a"), "it is its own");
        assert!(!project("b"), "it was that of a");
        assert!(fingerprints.join("greet-you-0123").exists());
        assert!(fingerprints.join("serde-0123").exists());
    }
}
