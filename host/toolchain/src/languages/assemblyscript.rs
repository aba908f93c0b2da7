//! Steps in AssemblyScript: its compiler, and the canonical ABI in a file of the SDK.

use std::path::PathBuf;
use std::process::Command;

use crate::embedded;
use crate::error::ToolchainError;
use crate::tools::{ASSEMBLYSCRIPT, Tools};
use crate::work::Work;

use super::c;

/// See [`super::identity`].
pub fn identity(tools: &Tools, report: &dyn Fn(&str)) -> Result<String, ToolchainError> {
    tools.assemblyscript(report)?;
    let sdk = embedded::digest(&embedded::ASSEMBLYSCRIPT);
    Ok(format!("assemblyscript {ASSEMBLYSCRIPT}, {sdk}"))
}

/// Builds a step from `step.ts`, or from the file that `source` of `step.toml` names.
pub fn build(work: &Work) -> Result<Vec<u8>, ToolchainError> {
    let world = work.world("bare-step")?;
    let compiler = work.tools.assemblyscript(work.report)?;
    let source = work.project.file.source.clone();
    let source = source.unwrap_or_else(|| PathBuf::from("step.ts"));
    embedded::write(&embedded::ASSEMBLYSCRIPT, &work.source.join("anyam"))?;
    let mut command = Command::new("node");
    command
        .arg(compiler.join("node_modules/assemblyscript/bin/asc.js"))
        .arg(source)
        .args(["--runtime", "incremental", "-O", "--use", "abort="])
        .args(["-o", &c::core(work)])
        .current_dir(&work.source);
    work.run(&mut command)?;
    work.component(&work.out.join(c::CORE), Some(&world))
}
