//! Steps in Go: bindings from the WIT world, and Go's own compiler for WASI preview 1.

use std::process::Command;

use wit_bindgen_core::Files;

use crate::embedded;
use crate::error::ToolchainError;
use crate::tools::{GO, Tools};
use crate::wit::World;
use crate::work::Work;

use super::c;

/// See [`super::identity`].
pub fn identity(tools: &Tools, report: &dyn Fn(&str)) -> Result<String, ToolchainError> {
    tools.go(report)?;
    let sdk = embedded::digest(&embedded::GO);
    Ok(format!("go {GO}, wit-bindgen-go 0.63, {sdk}"))
}

/// Builds the module in the project's folder.
pub fn build(work: &Work) -> Result<Vec<u8>, ToolchainError> {
    let world = work.world("step")?;
    bindings(work, &world)?;
    let mut command = Command::new(work.tools.go(work.report)?);
    command
        .args([
            "build",
            "-buildmode=c-shared",
            "-trimpath",
            "-buildvcs=false",
        ])
        // The component model's functions are linked by names that Go keeps for itself.
        .args(["-ldflags=-s -w -buildid= -checklinkname=0"])
        .args(["-o", &c::core(work), "."])
        .current_dir(&work.source)
        .env("GOOS", "wasip1")
        .env("GOARCH", "wasm")
        .env("GOTOOLCHAIN", "local")
        .env("GOFLAGS", "-mod=mod")
        .env("GOCACHE", work.tools.cache("go-build")?)
        .env("GOMODCACHE", work.tools.cache("go-mod")?);
    work.run(&mut command)?;
    work.component(&work.out.join(c::CORE), Some(&world))
}

/// Writes the Go bindings of the world.
fn bindings(work: &Work, world: &World) -> Result<(), ToolchainError> {
    let mut files = Files::default();
    let mut resolve = world.resolve.clone();
    wit_bindgen_go::Opts::default()
        .build()
        .generate(&mut resolve, world.id, &mut files)
        .map_err(|error| {
            work.failed("making Go bindings of the WIT world", format!("{error:#}"))
        })?;
    for (name, bytes) in files.iter() {
        embedded::put(&work.out.join("gen").join(name), bytes)?;
    }
    Ok(())
}
