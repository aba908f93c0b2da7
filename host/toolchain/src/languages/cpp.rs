//! Steps in C++: the bindings of C, and Zig's C++ compiler.

use crate::embedded;
use crate::error::ToolchainError;
use crate::tools::Tools;
use crate::work::Work;

use super::c;

/// See [`super::identity`].
pub fn identity(tools: &Tools, report: &dyn Fn(&str)) -> Result<String, ToolchainError> {
    c::identity_with(&embedded::CPP, tools, report)
}

/// Builds a step from the `.cpp`, `.cc` and `.cxx` files of its folder, or of `src/` where there
/// is one.
pub fn build(work: &Work) -> Result<Vec<u8>, ToolchainError> {
    let world = work.world("step")?;
    let generated = c::bindings(work, &world)?;
    let sdk = c::sdk(work, &embedded::CPP)?;
    // The bindings are C, which is not all C++.
    let object = c::relative(work, "bindings.o");
    let mut command = c::compiler(work, "cc")?;
    command.args(["-target", "wasm32-wasi", "-Os", "-c", "-o", &object]);
    let [source, world] = c::binding_files(&generated, &world);
    work.run(command.arg(source))?;
    let mut command = c::compiler(work, "c++")?;
    command
        .args(c::FLAGS)
        .args(["-std=c++20", "-Wall", "-Wextra"]);
    // The host has no exceptions of wasm; what would be thrown aborts.
    command.args(["-fno-exceptions", "-fno-rtti", "-I", &generated, "-I", &sdk]);
    command
        .args(["-o", &c::core(work)])
        .args(c::sources(work, &["cpp", "cc", "cxx"])?);
    work.run(command.args([object, world]))?;
    work.component(&work.out.join(c::CORE), None)
}
