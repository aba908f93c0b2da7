//! Steps in Zig: the bindings of C, translated for Zig as the module `wit`.

use std::path::PathBuf;

use crate::embedded;
use crate::error::ToolchainError;
use crate::tools::Tools;
use crate::work::Work;

use super::c;

/// Zig's name of WASI preview 1.
const TARGET: &str = "wasm32-wasi";

/// See [`super::identity`].
pub fn identity(tools: &Tools, report: &dyn Fn(&str)) -> Result<String, ToolchainError> {
    c::identity_with(&embedded::ZIG, tools, report)
}

/// Builds a step from `step.zig`, or from the file that `source` of `step.toml` names.
pub fn build(work: &Work) -> Result<Vec<u8>, ToolchainError> {
    let world = work.world("step")?;
    let generated = c::bindings(work, &world)?;
    let sdk = c::sdk(work, &embedded::ZIG)?;
    let source = work.project.file.source.clone();
    let source = source.unwrap_or_else(|| PathBuf::from("step.zig"));
    let header = format!("{generated}/{}.h", world.name().replace('-', "_"));
    let mut command = c::compiler(work, "translate-c")?;
    command.args(["-target", TARGET, "-lc"]).arg(header);
    let translated = work.run(&mut command)?.stdout;
    embedded::put(&work.out.join("gen/wit.zig"), translated.as_bytes())?;
    let mut command = c::compiler(work, "build-exe")?;
    command
        .args(c::binding_files(&generated, &world))
        .args(["-target", TARGET, "-mexec-model=reactor", "-lc"])
        .args(["-O", "ReleaseSmall", "-fstrip", "-rdynamic"])
        .arg(format!("-I{generated}"))
        .args(["--dep", "wit", "--dep", "anyam"])
        .arg(format!("-Mroot={}", source.display()))
        .args(["-target", TARGET, "-O", "ReleaseSmall", "-fstrip"])
        .arg(format!("-Mwit={generated}/wit.zig"))
        .args(["-target", TARGET, "-O", "ReleaseSmall", "-fstrip"])
        .arg(format!("-Manyam={sdk}/anyam.zig"))
        .args(["--name", "core"])
        .arg(format!("-femit-bin={}", c::core(work)));
    work.run(&mut command)?;
    work.component(&work.out.join(c::CORE), None)
}
