//! Tools that cargo installs from crates.io.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::ToolchainError;
use crate::{child, folder};

/// The program of a crate, installed below `place` where it is not there yet.
pub fn install(
    name: &str,
    version: &str,
    place: &Path,
    report: &dyn Fn(&str),
) -> Result<PathBuf, ToolchainError> {
    folder::make(place)?;
    let place = place.canonicalize().map_err(ToolchainError::file(place))?;
    let root = place.join(format!("{name}-{version}"));
    let program = root.join("bin").join(name);
    let lock = place.join(format!("{name}.lock"));
    let _lock = File::create(&lock)
        .and_then(|file| file.lock().map(|()| file))
        .map_err(ToolchainError::file(&lock))?;
    // Cargo puts a program into place when it is complete.
    if program.is_file() {
        return Ok(program);
    }
    report(&format!("compiling {name} {version}, which takes long"));
    let objects = place.join(format!("{name}-target"));
    let mut command = Command::new("cargo");
    command
        .args([
            "install",
            "--locked",
            "--color",
            "never",
            "--version",
            version,
        ])
        .arg("--root")
        .arg(&root)
        .arg("--target-dir")
        .arg(&objects)
        .arg(name);
    // Flags meant for another build do not fit this one.
    for variable in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET"] {
        command.env_remove(variable);
    }
    let output = child::run(
        &mut command,
        "Install Rust with rustup, see https://rustup.rs",
        |line| report(line.trim()),
    )?;
    if !output.success {
        return Err(ToolchainError::NoTool {
            tool: format!("{name} {version}"),
            mend: "install Python 3.10 or newer with venv and pip, or make crates.io reachable \
                   and install a C compiler"
                .into(),
            output: output.tail,
        });
    }
    folder::remove(&objects)?;
    Ok(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_that_cannot_be_installed_is_told_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        // No version is called so: cargo refuses it before it asks anybody.
        let error = install("componentize-py", "none", folder.path(), &|_| ()).unwrap_err();
        let text = error.to_string();
        assert!(
            text.starts_with("componentize-py none is missing"),
            "{text}"
        );
        assert!(text.contains("install Python 3.10"), "{text}");
    }

    #[test]
    fn what_is_there_is_not_compiled_again() {
        let folder = tempfile::tempdir().unwrap();
        let bin = folder.path().join("tool-1.0.0/bin");
        folder::make(&bin).unwrap();
        std::fs::write(bin.join("tool"), "").unwrap();
        let program = install("tool", "1.0.0", folder.path(), &|what| panic!("{what}")).unwrap();
        assert!(program.ends_with("tool-1.0.0/bin/tool"));
    }
}
