//! Python, and the packages a step needs in an environment of their own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::child;
use crate::error::ToolchainError;
use crate::folder;

/// The oldest Python that componentize-py runs on.
const OLDEST: (u32, u32) = (3, 10);

/// What is asked of a Python: its version, and a failure where it cannot make environments.
const PROBE: &str = "import sys, venv, ensurepip; print(*sys.version_info[:3], sys.executable)";

const PYTHON: &str = "Install Python 3.10 or newer, with venv and pip";

/// A Python that can make environments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Python {
    program: PathBuf,
    /// Version and place: what an environment made by it depends on.
    pub identity: String,
}

/// Finds a Python that will do: the newest name first.
pub fn find() -> Result<Python, ToolchainError> {
    let mut reasons = Vec::new();
    for name in [
        "python3",
        "python3.13",
        "python3.12",
        "python3.11",
        "python3.10",
        "python",
    ] {
        let mut command = Command::new(name);
        command.args(["-c", PROBE]);
        match child::run(&mut command, PYTHON, |_| ()) {
            Ok(output) if output.success => match usable(&output.stdout) {
                Ok(python) => return Ok(python),
                Err(reason) => reasons.push(format!("{name} {reason}")),
            },
            Ok(output) => {
                let reason = output.tail.lines().last().unwrap_or_default().to_owned();
                reasons.push(format!("{name} says {reason}"));
            }
            Err(_) => {}
        }
    }
    let reasons = match reasons.is_empty() {
        true => "there is none on the PATH".to_owned(),
        false => reasons.join("; "),
    };
    Err(ToolchainError::NoPython(format!("{reasons}. {PYTHON}.")))
}

/// Reads what [`PROBE`] printed.
fn usable(printed: &str) -> Result<Python, String> {
    let mut words = printed.trim().splitn(4, ' ');
    let mut number = || words.next().and_then(|word| word.parse::<u32>().ok());
    let (Some(major), Some(minor), Some(_)) = (number(), number(), number()) else {
        return Err("does not tell its version".into());
    };
    if (major, minor) < OLDEST {
        return Err(format!("is version {major}.{minor}"));
    }
    let program = words
        .next()
        .filter(|path| !path.is_empty())
        .ok_or("does not tell its place")?;
    Ok(Python {
        program: program.into(),
        identity: printed.trim().to_owned(),
    })
}

impl Python {
    /// The program.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// The `bin` folder of an environment below `folder` with what `requirements` lists. It is
    /// made once for each content of the list.
    pub fn environment(
        &self,
        requirements: &Path,
        folder: &Path,
        report: &dyn Fn(&str),
    ) -> Result<PathBuf, ToolchainError> {
        let list = fs::read_to_string(requirements).map_err(ToolchainError::file(requirements))?;
        let digest = folder::digest(&[], &format!("{}\n{list}", self.identity))?;
        let environment = folder.join(format!("venv-{digest}"));
        let complete = environment.join("complete");
        let bin = environment.join("bin");
        if complete.exists() {
            return Ok(bin);
        }
        // What an interrupted run left behind is not trusted.
        folder::remove(&environment)?;
        report("making a Python environment");
        let mut command = Command::new(&self.program);
        command.args(["-m", "venv"]).arg(&environment);
        let output = child::run(&mut command, PYTHON, |_| ())?;
        if !output.success {
            let reason = format!("it cannot make an environment: {}", output.tail);
            return Err(ToolchainError::NoPython(reason));
        }
        report("installing Python packages");
        let mut command = Command::new(bin.join("python"));
        command
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--no-input",
                "--retries",
                "2",
            ])
            .args(["--disable-pip-version-check", "--requirement"])
            .arg(requirements);
        let output = child::run(&mut command, PYTHON, |_| ())?;
        if !output.success {
            return Err(ToolchainError::NoPythonPackages {
                requirements: requirements.to_owned(),
                output: output.tail,
            });
        }
        fs::write(&complete, "").map_err(ToolchainError::file(&complete))?;
        Ok(bin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::io::Write;

    #[test]
    fn a_python_must_be_new_enough() {
        assert_eq!(
            usable("3 11 7 /usr/bin/python 3\n").unwrap().program,
            PathBuf::from("/usr/bin/python 3")
        );
        assert_eq!(
            usable("3 9 1 /usr/bin/python3").unwrap_err(),
            "is version 3.9"
        );
        assert!(usable("3 10 0 /p").is_ok());
        for printed in ["", "hello", "3 11", "3 11 7", "3 11 7 "] {
            assert!(usable(printed).is_err(), "{printed:?}");
        }
    }

    #[test]
    fn packages_that_cannot_be_had_are_told_every_time() {
        let python = match find() {
            Ok(python) => python,
            Err(error) => {
                // Only the macros are captured: this is seen.
                let told = "packages that pip cannot install were not tried";
                let _ = writeln!(std::io::stderr(), "{told}: {error}");
                return;
            }
        };
        let folder = tempfile::tempdir().unwrap();
        let requirements = folder.path().join("requirements.txt");
        fs::write(&requirements, "--no-index\nno-such-package==1\n").unwrap();
        // A first failure must not pass for an environment the second time.
        for _ in 0..2 {
            let error = python
                .environment(&requirements, folder.path(), &|_| ())
                .unwrap_err();
            assert!(error.lacks_python(), "{error}");
            let text = error.to_string();
            assert!(
                text.contains("requirements.txt") && text.contains("no-such-package"),
                "{text}"
            );
        }
    }
}
