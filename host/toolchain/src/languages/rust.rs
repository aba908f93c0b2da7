//! Steps in Rust: cargo, for the target that makes components by itself.

use std::fs;

use crate::error::ToolchainError;
use crate::work::Work;
use crate::{cargo, wasm_target};

/// Builds the package in the project's folder.
pub fn build(work: &Work) -> Result<Vec<u8>, ToolchainError> {
    let folder = &work.project.folder;
    wasm_target::ensure(folder, work.report)?;
    let target = work.tools.cache("cargo-target")?;
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
