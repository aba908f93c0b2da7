//! Steps in Go: bindings from the WIT world, and Go's own compiler for WASI preview 1.
//!
//! The author's package knows only the SDK. The bindings, and what joins them to the package, are
//! written into a copy of it.

use std::fs;
use std::path::Path;
use std::process::Command;

use wit_bindgen_core::Files;

use crate::embedded;
use crate::error::ToolchainError;
use crate::tools::{GO, Tools};
use crate::wit::World;
use crate::work::Work;

use super::c;

/// The folder of the bindings in the copy of the author's module.
const BINDINGS: &str = "anyam_bindings";
/// The module path of the SDK.
const SDK: &str = "github.com/anyam/anyam/guest-sdk/go";
/// The module that generated code imports.
const RUNTIME: &str = "go.bytecodealliance.org/pkg";

/// What joins the author's package to the bindings.
const GLUE: [(&str, &str); 3] = [
    (
        "exports/export_anyam_step_handler/handler.go",
        include_str!("go_glue/handler.go"),
    ),
    (
        "exports/export_anyam_step_manifest/manifest.go",
        include_str!("go_glue/manifest.go"),
    ),
    ("main/main.go", include_str!("go_glue/main.go")),
];

/// See [`super::identity`].
pub fn identity(tools: &Tools, report: &dyn Fn(&str)) -> Result<String, ToolchainError> {
    tools.go(report)?;
    let sdk = embedded::digest(&embedded::GO);
    Ok(format!("go {GO}, wit-bindgen-go 0.63, {sdk}"))
}

/// Builds the module in the project's folder.
pub fn build(work: &Work) -> Result<Vec<u8>, ToolchainError> {
    if work.source.join("wit").is_dir() {
        let why = "a step in Go is a function over JSON; remove the folder `wit`, and take the \
                   types of its input and output from Go";
        return Err(work.failed("looking for the step's world", why.into()));
    }
    let world = work.world("step")?;
    let module = module_name(work)?;
    bindings(work, &world, &module)?;
    for (name, glue) in GLUE {
        let text = glue
            .replace("{{module}}", &module)
            .replace("{{bindings}}", BINDINGS)
            .replace("{{name}}", &work.project.file.name)
            .replace("{{version}}", &work.project.file.version.to_string());
        embedded::put(&work.source.join(BINDINGS).join(name), text.as_bytes())?;
    }
    embedded::write(&embedded::GO, &work.out.join("sdk"))?;
    embedded::write(&embedded::GO_RUNTIME, &work.out.join("runtime"))?;
    let mut edit = go(work)?;
    edit.args(["mod", "edit"]);
    for (path, place) in [(SDK, "sdk"), (RUNTIME, "runtime")] {
        edit.arg(format!("-require={path}@v0.0.0"));
        edit.arg(format!("-replace={path}={}", c::relative(work, place)));
    }
    work.run(&mut edit)?;
    let mut command = go(work)?;
    command
        .args([
            "build",
            "-buildmode=c-shared",
            "-trimpath",
            "-buildvcs=false",
        ])
        // The component model's functions are linked by names that Go keeps for itself.
        .arg("-ldflags=-s -w -buildid= -checklinkname=0")
        .args(["-o", &c::core(work), &format!("./{BINDINGS}/main")]);
    work.run(&mut command)?;
    work.component(&work.out.join(c::CORE), Some(&world))
}

/// Go for the host's interface, in the copy of the author's module.
fn go(work: &Work) -> Result<Command, ToolchainError> {
    let mut command = Command::new(work.tools.go(work.report)?);
    command
        .current_dir(&work.source)
        .env("GOOS", "wasip1")
        .env("GOARCH", "wasm")
        .env("GOTOOLCHAIN", "local")
        .env("GOWORK", "off")
        .env("GOFLAGS", "-mod=mod")
        .env("GOCACHE", work.tools.cache("go-build")?)
        .env("GOMODCACHE", work.tools.cache("go-mod")?);
    Ok(command)
}

/// The path of the author's module.
fn module_name(work: &Work) -> Result<String, ToolchainError> {
    let path = work.source.join("go.mod");
    let text = fs::read_to_string(&path).map_err(ToolchainError::file(Path::new(
        &work.project.folder.join("go.mod"),
    )))?;
    let found = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("module "));
    found
        .map(|name| name.trim().trim_matches('"').to_owned())
        .ok_or_else(|| work.failed("reading go.mod", "it has no line `module NAME`".into()))
}

/// Writes the Go bindings of the world.
fn bindings(work: &Work, world: &World, module: &str) -> Result<(), ToolchainError> {
    let mut files = Files::default();
    let mut resolve = world.resolve.clone();
    let options = wit_bindgen_go::Opts {
        // Formatting would take a tool that may be missing.
        format: wit_bindgen_go::Format::False,
        pkg_name: Some(format!("{module}/{BINDINGS}")),
        quiet: true,
        ..Default::default()
    };
    options
        .build()
        .generate(&mut resolve, world.id, &mut files)
        .map_err(|error| {
            work.failed("making Go bindings of the WIT world", format!("{error:#}"))
        })?;
    for (name, bytes) in files.iter() {
        embedded::put(&work.source.join(BINDINGS).join(name), bytes)?;
    }
    Ok(())
}
