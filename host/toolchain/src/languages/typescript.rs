//! Steps in TypeScript: checked by its compiler, then built as JavaScript.

use std::path::Path;

use serde_json::json;

use crate::embedded;
use crate::error::ToolchainError;
use crate::tools::Tools;
use crate::work::Work;

use super::javascript;

/// The configuration of the check, beside the project's own.
const CONFIGURATION: &str = "tsconfig.anyam-build.json";

/// See [`super::identity`].
pub fn identity(tools: &Tools, report: &dyn Fn(&str)) -> Result<String, ToolchainError> {
    javascript::identity(tools, report)
}

/// Builds a step from `src/step.ts` or `step.ts`, or from the file that `source` of `step.toml`
/// names.
pub fn build(work: &Work) -> Result<Vec<u8>, ToolchainError> {
    let source = javascript::source(work, "ts")?;
    javascript::write_sdk(work)?;
    javascript::install_dependencies(work)?;
    check(work, &source)?;
    javascript::component(work, &source)
}

/// Checks the types of the step's module and of all that it imports.
fn check(work: &Work, source: &Path) -> Result<(), ToolchainError> {
    let out = work.out.file_name().unwrap_or_default();
    let sdk = Path::new("..").join(out).join("sdk/index.d.ts");
    let mut options = json!({
        "noEmit": true,
        "types": [],
        "skipLibCheck": true,
        "paths": { "@anyam/sdk": [sdk] },
        "allowImportingTsExtensions": true,
    });
    let mut configuration = json!({ "files": [source], "include": [] });
    if work.source.join("tsconfig.json").is_file() {
        configuration["extends"] = json!("./tsconfig.json");
    } else {
        options["strict"] = json!(true);
        options["module"] = json!("esnext");
        options["moduleResolution"] = json!("bundler");
        options["target"] = json!("es2023");
        options["lib"] = json!(["es2023", "webworker"]);
    }
    configuration["compilerOptions"] = options;
    let text = configuration.to_string();
    embedded::put(&work.source.join(CONFIGURATION), text.as_bytes())?;
    let tools = javascript::installed(work.tools, work.report)?;
    let mut command = work.tools.node(work.report)?.node();
    command
        .arg(tools.join("node_modules/typescript/bin/tsc"))
        .args(["--project", CONFIGURATION, "--pretty", "false"])
        .current_dir(&work.source);
    work.run(&mut command).map(drop)
}
