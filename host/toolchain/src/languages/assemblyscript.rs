//! Steps in AssemblyScript: its compiler, and the canonical ABI in the SDK.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use wit_parser::{WorldItem, WorldKey};

use crate::error::ToolchainError;
use crate::tools::{ASSEMBLYSCRIPT, Tools};
use crate::wit::World;
use crate::work::Work;
use crate::{embedded, exports};

use super::c;

/// Where sources find the SDK.
const SDK: &str = "anyam";
/// The SDK's function that is called after each call.
const POST: &str = "cabi_post";

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
    embedded::write(&embedded::ASSEMBLYSCRIPT, &work.source.join(SDK))?;
    let mut command = work.tools.node(work.report)?.node();
    command
        .arg(compiler.join("node_modules/assemblyscript/bin/asc.js"))
        .arg(source)
        .arg(format!("{SDK}/exports.ts"))
        .args(["--runtime", "incremental", "-O", "--use", "abort="])
        .args(["-o", &c::core(work)])
        .current_dir(&work.source);
    work.run_named("asc", &mut command)?;
    let core = work.out.join(c::CORE);
    let module = fs::read(&core).map_err(ToolchainError::file(&core))?;
    let names = exported(&world);
    let renamed = exports::renamed(&module, &|name| match names.get(name) {
        Some(name) => vec![name.clone()],
        None if name == POST => names
            .values()
            .map(|name| format!("{POST}_{name}"))
            .collect(),
        None => vec![name.to_owned()],
    });
    let renamed = renamed.ok_or_else(|| work.failed("asc", "it gave no core module".to_owned()))?;
    fs::write(&core, renamed).map_err(ToolchainError::file(&core))?;
    work.component(&core, Some(&world))
}

/// For each function that the world exports, its name in AssemblyScript and in a core module.
fn exported(world: &World) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for (key, item) in &world.resolve.worlds[world.id].exports {
        match (key, item) {
            (WorldKey::Name(name), WorldItem::Function(_)) => {
                names.insert(camel_case(name), name.clone());
            }
            (key, WorldItem::Interface { id, .. }) => {
                let interface = world.resolve.name_world_key(key);
                for name in world.resolve.interfaces[*id].functions.keys() {
                    names.insert(camel_case(name), format!("{interface}#{name}"));
                }
            }
            _ => {}
        }
    }
    names
}

/// `credit-check` is `creditCheck`.
pub fn camel_case(name: &str) -> String {
    let mut words = name.split('-');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| name + &crate::create::capitalised(word))
}
