//! Steps in JavaScript: bundled by esbuild, with an engine around them by componentize-js.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::embedded;
use crate::error::ToolchainError;
use crate::tools::Tools;
use crate::wit::World;
use crate::work::Work;

const PACKAGE: &str = include_str!("javascript/package.json");
const LOCK: &str = include_str!("javascript/package-lock.json");
const COMPONENTIZE: &str = include_str!("javascript/componentize.mjs");

/// The interface of steps that are one function over JSON.
const HANDLER: &str = "anyam:step/handler";

/// See [`super::identity`].
pub fn identity(tools: &Tools, report: &dyn Fn(&str)) -> Result<String, ToolchainError> {
    let node = tools.node(report)?.version;
    installed(tools, report)?;
    let sdk = embedded::digest(&embedded::TYPESCRIPT);
    Ok(format!("node {node}\n{LOCK}\n{COMPONENTIZE}\n{sdk}"))
}

/// Builds a step from `src/step.js` or `step.js`, or from the file that `source` of `step.toml`
/// names.
pub fn build(work: &Work) -> Result<Vec<u8>, ToolchainError> {
    let source = source(work, "js")?;
    write_sdk(work)?;
    install_dependencies(work)?;
    component(work, &source)
}

/// The step's module: what `step.toml` says, or one of the usual places.
pub fn source(work: &Work, end: &str) -> Result<PathBuf, ToolchainError> {
    if let Some(source) = &work.project.file.source {
        return Ok(source.clone());
    }
    let usual = [format!("src/step.{end}"), format!("step.{end}")];
    usual
        .iter()
        .map(PathBuf::from)
        .find(|path| work.source.join(path).is_file())
        .ok_or_else(|| {
            let message = format!(
                "there is neither {} nor {}; write one, or name the file in step.toml: \
                 source = \"...\"",
                usual[0], usual[1]
            );
            work.failed("looking for the step's module", message)
        })
}

/// The folder whose `node_modules` has the tools.
pub fn installed(tools: &Tools, report: &dyn Fn(&str)) -> Result<PathBuf, ToolchainError> {
    tools.of_npm("javascript", PACKAGE, Some(LOCK), report)
}

/// Where the SDK is for the length of a build.
pub fn sdk(work: &Work) -> PathBuf {
    work.out.join("sdk")
}

/// Writes the SDK that belongs to this program.
pub fn write_sdk(work: &Work) -> Result<(), ToolchainError> {
    embedded::write(&embedded::TYPESCRIPT, &sdk(work))
}

/// Installs what the project's `package.json` lists, but for the SDK and what only tests need.
pub fn install_dependencies(work: &Work) -> Result<(), ToolchainError> {
    let path = work.source.join("package.json");
    let Ok(text) = fs::read_to_string(&path) else {
        return Ok(());
    };
    let mut package: Value = serde_json::from_str(&text)
        .map_err(|error| work.failed("reading package.json", format!("package.json: {error}")))?;
    let Some(members) = package.as_object_mut() else {
        let message = "package.json: it must be an object".to_owned();
        return Err(work.failed("reading package.json", message));
    };
    members.remove("devDependencies");
    let dependencies = members
        .get_mut("dependencies")
        .and_then(Value::as_object_mut);
    let Some(dependencies) = dependencies else {
        return Ok(());
    };
    dependencies.remove("@anyam/sdk");
    if dependencies.is_empty() {
        return Ok(());
    }
    (work.report)("installing npm packages");
    fs::write(&path, package.to_string()).map_err(ToolchainError::file(&path))?;
    let mut npm = work.tools.node(work.report)?.npm();
    npm.args(["install", "--omit=dev", "--ignore-scripts", "--no-save"])
        .args([
            "--no-fund",
            "--no-audit",
            "--no-progress",
            "--loglevel",
            "error",
        ])
        .current_dir(&work.source);
    work.run(&mut npm).map(drop)
}

/// Makes the component of a module.
pub fn component(work: &Work, source: &Path) -> Result<Vec<u8>, ToolchainError> {
    let world = work.world("step")?;
    let entry = entry(work, source, &world)?;
    let script = work.out.join("componentize.mjs");
    embedded::put(&script, COMPONENTIZE.as_bytes())?;
    let absolute = |path: &Path| path.canonicalize().map_err(ToolchainError::file(path));
    let out = absolute(&work.out)?;
    let mut features = vec!["stdio", "random", "clocks"];
    if work.project.file.imports.iter().any(|name| name == "http") {
        features.push("http");
    }
    let built = out.join("step.wasm");
    let options = json!({
        "tools": installed(work.tools, work.report)?,
        "entry": absolute(&entry)?,
        "alias": { "@anyam/sdk": out.join("sdk/src/index.js") },
        "wit": absolute(&world.folder)?,
        "world": world.name(),
        "out": built,
        "work": out,
        "features": features,
    });
    let mut command = work.tools.node(work.report)?.node();
    command
        .arg(absolute(&script)?)
        .arg(options.to_string())
        .current_dir(&work.source);
    work.run(&mut command)?;
    fs::read(&built).map_err(ToolchainError::file(&built))
}

/// The module that exports what the world does: the step's own where its functions are typed.
fn entry(work: &Work, source: &Path, world: &World) -> Result<PathBuf, ToolchainError> {
    if !world.exports(HANDLER) {
        return Ok(work.source.join(source));
    }
    let folder = work.source.file_name().unwrap_or_default();
    let module = Path::new("..").join(folder).join(source);
    let project = json!({
        "name": work.project.file.name,
        "version": work.project.file.version,
        "source": source,
    });
    let text = format!(
        "import {{ exportsOf }} from \"./sdk/src/component.js\";\n\
         import * as step from {};\n\
         export const {{ handler, manifest }} = exportsOf(step, {project});\n",
        json!(module)
    );
    let entry = work.out.join("entry.js");
    embedded::put(&entry, text.as_bytes())?;
    Ok(entry)
}
