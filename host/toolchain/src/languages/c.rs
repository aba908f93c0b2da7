//! Steps in C: bindings from the WIT world, and Zig's C compiler.

use std::path::{Path, PathBuf};
use std::process::Command;

use include_dir::Dir;
use wit_bindgen_core::Files;

use crate::embedded;
use crate::error::ToolchainError;
use crate::tools::{Tools, ZIG};
use crate::wit::World;
use crate::work::Work;

/// What the core module is called.
pub const CORE: &str = "core.wasm";

/// Flags of every compilation: small, without paths and names of this machine.
pub const FLAGS: [&str; 5] = [
    "-target",
    "wasm32-wasi",
    "-mexec-model=reactor",
    "-Os",
    "-s",
];

/// See [`super::identity`].
pub fn identity(tools: &Tools, report: &dyn Fn(&str)) -> Result<String, ToolchainError> {
    identity_with(&embedded::C, tools, report)
}

/// The identity of a build with Zig and an SDK.
pub fn identity_with(
    sdk: &Dir,
    tools: &Tools,
    report: &dyn Fn(&str),
) -> Result<String, ToolchainError> {
    tools.zig(report)?;
    let sdk = embedded::digest(sdk);
    Ok(format!("zig {ZIG}, wit-bindgen-c 0.63, {sdk}"))
}

/// Writes an SDK beside the bindings; gives its folder as seen from the sources.
pub fn sdk(work: &Work, sdk: &Dir) -> Result<String, ToolchainError> {
    embedded::write(sdk, &work.out.join("sdk"))?;
    Ok(relative(work, "sdk"))
}

/// Builds a step from the `.c` files of its folder, or of `src/` where there is one.
pub fn build(work: &Work) -> Result<Vec<u8>, ToolchainError> {
    let world = work.world("step")?;
    let generated = bindings(work, &world)?;
    let sdk = sdk(work, &embedded::C)?;
    let mut command = compiler(work, "cc")?;
    command
        .args(FLAGS)
        .args(["-std=c17", "-Wall", "-Wextra", "-I", &generated, "-I", &sdk]);
    command
        .args(["-o", &core(work)])
        .args(sources(work, &["c"])?);
    command.args(binding_files(&generated, &world));
    work.run(&mut command)?;
    work.component(&work.out.join(CORE), None)
}

/// Zig as a compiler (`cc`, `c++`) in the folder of the sources.
pub fn compiler(work: &Work, driver: &str) -> Result<Command, ToolchainError> {
    let mut command = Command::new(work.tools.zig(work.report)?);
    let cache = work.tools.cache("zig")?;
    command
        .arg(driver)
        .current_dir(&work.source)
        .env("ZIG_GLOBAL_CACHE_DIR", &cache)
        .env("ZIG_LOCAL_CACHE_DIR", &cache);
    Ok(command)
}

/// The core module's path, as seen from the sources.
pub fn core(work: &Work) -> String {
    relative(work, CORE)
}

/// A path below the work folder as seen from the sources: it is the same on every machine.
pub fn relative(work: &Work, name: &str) -> String {
    let out = work.out.file_name().unwrap_or_default().to_string_lossy();
    format!("../{out}/{name}")
}

/// Writes the C bindings of the world; gives their folder as seen from the sources.
pub fn bindings(work: &Work, world: &World) -> Result<String, ToolchainError> {
    let mut files = Files::default();
    // The generator gives types names of its own.
    let mut resolve = world.resolve.clone();
    wit_bindgen_c::Opts::default()
        .build()
        .generate(&mut resolve, world.id, &mut files)
        .map_err(|error| work.failed("making C bindings of the WIT world", format!("{error:#}")))?;
    for (name, bytes) in files.iter() {
        embedded::put(&work.out.join("gen").join(name), bytes)?;
    }
    Ok(relative(work, "gen"))
}

/// The files of the bindings: their C source, and the world in an object file.
pub fn binding_files(generated: &str, world: &World) -> [String; 2] {
    let name = world.name().replace('-', "_");
    [
        format!("{generated}/{name}.c"),
        format!("{generated}/{name}_component_type.o"),
    ]
}

/// The sources: `source` of `step.toml`, or all files with one of `ends` in `src/` or, without
/// it, in the project's folder.
pub fn sources(work: &Work, ends: &[&str]) -> Result<Vec<PathBuf>, ToolchainError> {
    if let Some(source) = &work.project.file.source {
        return Ok(vec![source.clone()]);
    }
    let folder = match work.source.join("src").is_dir() {
        true => Path::new("src"),
        false => Path::new(""),
    };
    let place = work.source.join(folder);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(&place).map_err(ToolchainError::file(&place))? {
        let name = entry.map_err(ToolchainError::file(&place))?.file_name();
        let path = folder.join(name);
        if ends
            .iter()
            .any(|end| path.extension().is_some_and(|is| is == *end))
        {
            found.push(path);
        }
    }
    found.sort();
    match found.is_empty() {
        true => Err(work.failed(
            "looking for sources",
            format!(
                "there is no file *.{} in {}",
                ends.join(", *."),
                place.display()
            ),
        )),
        false => Ok(found),
    }
}
