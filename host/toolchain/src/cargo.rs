//! Steps in Rust: `cargo build` for the wasm target.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::BuiltStep;
use crate::child;
use crate::error::ToolchainError;
use crate::wasm_target::TARGET;

/// One line of `cargo build --message-format json`, as far as it is read.
#[derive(Deserialize)]
struct Message {
    reason: String,
    #[serde(default)]
    target: Target,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

#[derive(Default, Deserialize)]
struct Target {
    name: String,
    crate_types: Vec<String>,
}

/// What of a workspace is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every package.
    Workspace,
    /// The package of the folder.
    Package,
}

/// Builds the workspace or package in `source` into `target_dir`.
pub fn build(
    source: &Path,
    target_dir: &Path,
    scope: Scope,
    report: &dyn Fn(&str),
) -> Result<Vec<BuiltStep>, ToolchainError> {
    let mut command = Command::new("cargo");
    command
        .args(["build", "--release", "--target", TARGET])
        .args([
            "--message-format",
            "json-render-diagnostics",
            "--color",
            "never",
        ])
        .arg("--target-dir")
        .arg(target_dir)
        .current_dir(source);
    if scope == Scope::Workspace {
        command.arg("--workspace");
    }
    if source.join("Cargo.lock").exists() {
        // A build must not change the source folder.
        command.arg("--locked");
    }
    // Flags meant for the host's own build, such as those of a coverage run, do not fit wasm.
    for variable in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET"] {
        command.env_remove(variable);
    }
    // Messages of panics name source files: they must not tell whose machine built the step.
    if let Some(home) = cargo_home() {
        let remap = format!("--remap-path-prefix={}=/cargo", home.display());
        command.env("CARGO_TARGET_WASM32_WASIP2_RUSTFLAGS", remap);
    }
    let output = child::run(
        &mut command,
        "Install Rust with rustup, see https://rustup.rs",
        |line| {
            report(line.trim());
        },
    )?;
    if !output.success {
        return Err(ToolchainError::BuildFailed {
            program: "cargo build".into(),
            folder: source.to_owned(),
            output: output.tail,
        });
    }
    let steps = components(&output.stdout);
    if steps.is_empty() {
        return Err(ToolchainError::NoSteps {
            folder: source.to_owned(),
        });
    }
    Ok(steps)
}

/// Where cargo keeps the sources of dependencies.
fn cargo_home() -> Option<PathBuf> {
    let named = std::env::var_os("CARGO_HOME").filter(|name| !name.is_empty());
    let home = || std::env::home_dir().map(|home| home.join(".cargo"));
    let home = named.map(PathBuf::from).or_else(home)?;
    // Flags are separated by spaces.
    (!home.to_string_lossy().contains(' ')).then_some(home)
}

/// The components that a build's messages name, fresh ones included.
fn components(messages: &str) -> Vec<BuiltStep> {
    let steps: BTreeMap<String, PathBuf> = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Message>(line).ok())
        .filter(|message| {
            message.reason == "compiler-artifact"
                && message
                    .target
                    .crate_types
                    .iter()
                    .any(|kind| kind == "cdylib")
        })
        .filter_map(|message| {
            let is_wasm = |file: &PathBuf| file.extension().is_some_and(|end| end == "wasm");
            let file = message.filenames.into_iter().find(is_wasm)?;
            Some((message.target.name.replace('_', "-"), file))
        })
        .collect();
    steps
        .into_iter()
        .map(|(name, file)| BuiltStep { name, file })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_are_the_wasm_files_of_cdylibs() {
        let messages = r#"{"reason":"compiler-artifact","target":{"name":"serde","crate_types":["lib"]},"filenames":["/t/libserde.rlib"]}
{"reason":"compiler-artifact","target":{"name":"reserve_stock","crate_types":["cdylib","rlib"]},"filenames":["/t/libreserve_stock.rlib","/t/reserve_stock.wasm"]}
not json
{"reason":"compiler-artifact","target":{"name":"credit_check","crate_types":["cdylib"]},"filenames":["/t/credit_check.wasm"]}
{"reason":"build-finished","success":true}"#;
        let names: Vec<_> = components(messages)
            .into_iter()
            .map(|s| (s.name, s.file))
            .collect();
        assert_eq!(
            names,
            [
                ("credit-check".into(), PathBuf::from("/t/credit_check.wasm")),
                (
                    "reserve-stock".into(),
                    PathBuf::from("/t/reserve_stock.wasm")
                ),
            ]
        );
    }

    #[test]
    fn sources_that_do_not_build_say_why() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("source");
        std::fs::create_dir_all(source.join("src")).unwrap();
        let manifest = "[package]\nname = \"broken\"\nedition = \"2024\"\n[workspace]\n";
        std::fs::write(source.join("Cargo.toml"), manifest).unwrap();
        std::fs::write(source.join("src/lib.rs"), "fn f( {").unwrap();
        let target = folder.path().join("target");
        let error = build(&source, &target, Scope::Workspace, &|_| ()).unwrap_err();
        assert!(
            matches!(error, ToolchainError::BuildFailed { .. }),
            "{error}"
        );
        assert!(error.to_string().contains("src/lib.rs"), "{error}");
    }
}
