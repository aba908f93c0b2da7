//! Steps in Zig: the bindings of C, translated for Zig.

use std::path::PathBuf;

use crate::error::ToolchainError;
use crate::tools::Tools;
use crate::work::Work;

use super::c;

/// See [`super::identity`].
pub fn identity(tools: &Tools, report: &dyn Fn(&str)) -> Result<String, ToolchainError> {
    c::identity(tools, report)
}

/// Builds a step from `step.zig`, or from the file that `source` of `step.toml` names.
pub fn build(work: &Work) -> Result<Vec<u8>, ToolchainError> {
    let world = work.world("step")?;
    let generated = c::bindings(work, &world)?;
    let source = work.project.file.source.clone();
    let source = source.unwrap_or_else(|| PathBuf::from("step.zig"));
    let mut command = c::compiler(work, "build-exe")?;
    command
        .arg(source)
        .args(c::binding_files(&generated, &world))
        .args(["-target", "wasm32-wasi", "-mexec-model=reactor", "-lc"])
        .args(["-O", "ReleaseSmall", "-fstrip", "-rdynamic"])
        .arg(format!("-I{generated}"))
        .arg(format!("-femit-bin={}", c::core(work)));
    work.run(&mut command)?;
    work.component(&work.out.join(c::CORE), None)
}
