//! Steps in Python: an interpreter around them by componentize-py.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::error::ToolchainError;
use crate::tools::{COMPONENTIZE_PY, Tools};
use crate::work::Work;
use crate::{embedded, venv};

/// The interface of steps that are one function over JSON.
const HANDLER: &str = "anyam:step/handler";

/// The module that holds what the host calls.
const ENTRY: &str = "anyam_entry";

/// The version of the Python inside of a component.
const INNER_PYTHON: &str = "3.14";

/// See [`super::identity`].
pub fn identity(tools: &Tools, report: &dyn Fn(&str)) -> Result<String, ToolchainError> {
    tools.componentize_py(report)?;
    let sdk = embedded::digest(&embedded::PYTHON);
    Ok(format!("componentize-py {COMPONENTIZE_PY}, {sdk}"))
}

/// Builds a step from `step.py`, or from the file that `source` of `step.toml` names.
pub fn build(work: &Work) -> Result<Vec<u8>, ToolchainError> {
    let world = work.world("step")?;
    let module = module(work)?;
    embedded::write(&embedded::PYTHON, &work.out.join("sdk"))?;
    let mut entry = module.clone();
    if world.exports(HANDLER) {
        write_entry(work, &module)?;
        entry = ENTRY.into();
    }
    let has_packages = install_packages(work)?;
    let program = work.tools.componentize_py(work.report)?;
    let relative = |name: &str| {
        let out = work.out.file_name().unwrap_or_default();
        Path::new("..").join(out).join(name)
    };
    let mut command = Command::new(program);
    command
        .arg("--wit-path")
        .arg(relative("wit"))
        .args(["--world", world.name(), "componentize", &entry, "--output"])
        .arg(relative("step.wasm"))
        // The SDK is found before a copy of it that the project keeps for its editor.
        .arg("--python-path")
        .arg(relative("sdk"))
        .args(["--python-path", "."]);
    if has_packages {
        command.arg("--python-path").arg(relative("packages"));
    }
    command
        .current_dir(&work.source)
        // What the step's module raised would be lost among the frames of the tool.
        .env("RUST_BACKTRACE", "0")
        // An active environment of the caller would be searched for modules.
        .env_remove("VIRTUAL_ENV")
        .env_remove("PYTHONPATH");
    work.run(&mut command)?;
    let built = work.out.join("step.wasm");
    fs::read(&built).map_err(ToolchainError::file(&built))
}

/// The name of the step's module.
fn module(work: &Work) -> Result<String, ToolchainError> {
    let source = work.project.file.source.clone();
    let source = source.unwrap_or_else(|| PathBuf::from("step.py"));
    let looking = "looking for the step's module";
    if !work.source.join(&source).is_file() {
        let message = format!(
            "there is no {}; write it, or name the file in step.toml: source = \"...\"",
            source.display()
        );
        return Err(work.failed(looking, message));
    }
    let words: Option<Vec<&str>> = source
        .iter()
        .map(|word| word.to_str().map(|word| word.trim_end_matches(".py")))
        .collect();
    let words = words.filter(|words| words.iter().all(|word| is_identifier(word)));
    let words = words.ok_or_else(|| {
        let message = format!(
            "{} is no name of a Python module: it may have letters, digits and `_`, and ends with \
             .py",
            source.display()
        );
        work.failed(looking, message)
    })?;
    Ok(words.join("."))
}

fn is_identifier(word: &str) -> bool {
    !word.is_empty()
        && !word.starts_with(|first: char| first.is_ascii_digit())
        && word
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

/// Writes the module that makes exports of the world of a step.
fn write_entry(work: &Work, module: &str) -> Result<(), ToolchainError> {
    let file = &work.project.file;
    let text = format!(
        "import importlib\n\
         \n\
         from anyam_sdk import component\n\
         \n\
         Handler, Manifest = component.exports_of(\n    importlib.import_module({}), {}, {}\n)\n",
        json!(module),
        json!(file.name),
        json!(file.version),
    );
    let path = work.out.join("sdk").join(format!("{ENTRY}.py"));
    embedded::put(&path, text.as_bytes())
}

/// Installs what the project's `requirements.txt` lists; whether there is anything. Only packages
/// in pure Python run inside of a component.
fn install_packages(work: &Work) -> Result<bool, ToolchainError> {
    let requirements = work.source.join("requirements.txt");
    let Ok(list) = fs::read_to_string(&requirements) else {
        return Ok(false);
    };
    let is_needed = |line: &str| {
        let line = line.trim();
        !line.is_empty() && !line.starts_with('#')
    };
    if !list.lines().any(is_needed) {
        return Ok(false);
    }
    (work.report)("installing Python packages");
    let mut command = Command::new(venv::find()?.program());
    command
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-input",
            "--no-compile",
        ])
        .args(["--disable-pip-version-check", "--only-binary=:all:"])
        .args([
            "--platform",
            "any",
            "--implementation",
            "py",
            "--abi",
            "none",
        ])
        .args(["--python-version", INNER_PYTHON, "--requirement"])
        .arg("requirements.txt")
        .arg("--target")
        .arg(
            Path::new("..")
                .join(work.out.file_name().unwrap_or_default())
                .join("packages"),
        )
        .current_dir(&work.source);
    work.run(&mut command)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_have_names_that_python_can_import() {
        for (word, will_do) in [("step", true), ("a_1", true), ("1a", false), ("a-b", false)] {
            assert_eq!(is_identifier(word), will_do, "{word}");
        }
        assert!(!is_identifier(""));
    }
}
