//! Steps in MoonBit: bindings from the WIT world, and the compiler from npm, which is JavaScript.

mod ffi;
mod packages;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use wit_bindgen_core::Files;
use wit_component::{StringEncoding, embed_component_metadata};

use crate::error::ToolchainError;
use crate::tools::{MOONBIT, Tools};
use crate::wit::World;
use crate::work::Work;
use crate::{child, embedded, exports, folder, node};

use self::packages::{Import, Package, Source};
use super::c;

/// The program that calls the compiler.
const COMPILER: &str = include_str!("moonbit/compiler.cjs");
/// What a test's file ends with; those have packages of their own.
const TESTS: [&str; 2] = ["_test.mbt", "_wbtest.mbt"];

/// What is to be compiled and linked.
#[derive(Serialize)]
struct Plan {
    packages: Vec<Package>,
    main: String,
    exports: Vec<String>,
    output: PathBuf,
}

/// The compiler, and the core library as it has compiled it.
struct Compiler {
    program: PathBuf,
    editor: PathBuf,
    library: PathBuf,
}

/// See [`super::identity`].
pub fn identity(tools: &Tools, report: &dyn Fn(&str)) -> Result<String, ToolchainError> {
    Compiler::install(tools, report)?;
    let program = folder::hex_digest(COMPILER.as_bytes());
    Ok(format!(
        "moonbit {MOONBIT}, wit-bindgen-moonbit 0.63, {program}"
    ))
}

/// Builds a step from the `.mbt` files of its folder, or of `src/` where there is one.
pub fn build(work: &Work) -> Result<Vec<u8>, ToolchainError> {
    let world = work.world("step")?;
    let compiler = Compiler::install(work.tools, work.report)?;
    let core = work.out.join(c::CORE);
    let plan = plan(work, &world, &core)?;
    let plan_file = work.out.join("plan.json");
    let text = serde_json::to_vec(&plan).expect("names and paths are texts");
    embedded::put(&plan_file, &text)?;
    let mut command = work.tools.node(work.report)?.node();
    command.arg(&compiler.program).arg("build").args([
        &compiler.editor,
        &compiler.library,
        &plan_file,
    ]);
    work.run_named("moonc", &mut command)?;
    let module = fs::read(&core).map_err(ToolchainError::file(&core))?;
    let failed = |what: String| work.failed("moonc", what);
    let module = exports::with_memory(&module);
    let mut module = module.ok_or_else(|| failed("it gave no core module".into()))?;
    // A MoonBit string is UTF-16.
    let encoding = StringEncoding::UTF16;
    embed_component_metadata(&mut module, &world.resolve, world.id, encoding, false)
        .map_err(|error| failed(format!("{error:#}")))?;
    fs::write(&core, module).map_err(ToolchainError::file(&core))?;
    work.component(&core, None)
}

impl Compiler {
    /// Installs the compiler and compiles the core library, each where it has not been done yet.
    fn install(tools: &Tools, report: &dyn Fn(&str)) -> Result<Self, ToolchainError> {
        let editor = tools.moonbit(report)?;
        let digest = folder::hex_digest(format!("{MOONBIT}\n{COMPILER}").as_bytes());
        let cache = tools.cache("moonbit")?;
        let program = cache.join(format!("compiler-{digest}.cjs"));
        let library = cache.join(format!("core-{digest}"));
        let lock = cache.join("lock");
        let _lock = fs::File::create(&lock)
            .and_then(|file| file.lock().map(|()| file))
            .map_err(ToolchainError::file(&lock))?;
        embedded::put(&program, COMPILER.as_bytes())?;
        let compiler = Self {
            program,
            editor,
            library,
        };
        if !compiler.library.is_dir() {
            report("compiling the core library of MoonBit, once");
            compiler.compile_library(tools, report)?;
        }
        Ok(compiler)
    }

    fn compile_library(&self, tools: &Tools, report: &dyn Fn(&str)) -> Result<(), ToolchainError> {
        let half_done = self.library.with_extension("new");
        folder::remove(&half_done)?;
        folder::make(&half_done)?;
        let mut command = tools.node(report)?.node();
        command
            .arg(&self.program)
            .arg("library")
            .args([&self.editor, &half_done]);
        let output = child::run(&mut command, node::INSTALL, |_| ())?;
        if !output.success {
            return Err(ToolchainError::NoTool {
                tool: "the core library of MoonBit".into(),
                mend: format!("remove {} and build again", self.editor.display()),
                output: output.tail,
            });
        }
        fs::rename(&half_done, &self.library).map_err(ToolchainError::file(&self.library))
    }
}

/// Writes the bindings, and says how they and the step become a core module.
fn plan(work: &Work, world: &World, core: &Path) -> Result<Plan, ToolchainError> {
    let mut packages: BTreeMap<String, Package> = BTreeMap::new();
    let mut exports = Vec::new();
    let mut declaring = Vec::new();
    for (file, bytes) in bindings(work, world)?.iter() {
        let text = String::from_utf8_lossy(bytes);
        let path = work.out.join("gen").join(file);
        let Some((folder, file)) = file.rsplit_once('/') else {
            continue;
        };
        let name = format!("{}/{folder}", packages::MODULE);
        let package = packages.entry(name.clone()).or_default();
        package.name.clone_from(&name);
        if file == packages::MANIFEST {
            package.imports = packages::imports(&text);
            if folder == packages::MAIN {
                exports = packages::exports(&text);
            }
            continue;
        }
        if !file.ends_with(".mbt") {
            continue;
        }
        if file == packages::DECLARED && text.contains("declare pub fn") {
            declaring.push(name);
        }
        embedded::put(&path, ffi::adapted(&text).as_bytes())?;
        let name = file.to_owned();
        package.files.push(Source { name, path });
    }
    let [step] = &declaring[..] else {
        return Err(work.failed(
            "reading the WIT world",
            format!(
                "it exports functions in {} places; a step in MoonBit exports those of the world \
                 itself or of one interface",
                declaring.len()
            ),
        ));
    };
    let interfaces: Vec<String> = packages
        .keys()
        .filter(|name| is_imported(name))
        .cloned()
        .collect();
    let step = packages.get_mut(step).expect("it is one of them");
    for name in interfaces {
        let alias = name.rsplit('/').next().unwrap_or(&name).to_owned();
        let is_free = |import: &Import| import.name != name && import.alias != alias;
        if step.imports.iter().all(is_free) {
            step.imports.insert(Import { name, alias });
        }
    }
    for path in c::sources(work, &["mbt"])? {
        let name = path.to_string_lossy().into_owned();
        if !TESTS.iter().any(|end| name.ends_with(end)) {
            let path = work.source.join(path);
            step.files.push(Source { name, path });
        }
    }
    Ok(Plan {
        packages: packages::sorted(packages),
        main: format!("{}/{}", packages::MODULE, packages::MAIN),
        exports,
        output: core.to_owned(),
    })
}

/// Whether a package has the functions of an interface that the world imports.
fn is_imported(name: &str) -> bool {
    name.starts_with(&format!("{}/interface/", packages::MODULE))
}

/// The bindings of the world, as files.
fn bindings(work: &Work, world: &World) -> Result<Files, ToolchainError> {
    let mut files = Files::default();
    let mut resolve = world.resolve.clone();
    let options = wit_bindgen_moonbit::Opts {
        gen_dir: packages::MAIN.into(),
        project_name: Some(packages::MODULE.into()),
        ..Default::default()
    };
    let generated = options.build().generate(&mut resolve, world.id, &mut files);
    generated.map_err(|error| {
        work.failed(
            "making MoonBit bindings of the WIT world",
            format!("{error:#}"),
        )
    })?;
    Ok(files)
}
