//! One build: where it works and what it works with.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::component;
use crate::embedded;
use crate::error::ToolchainError;
use crate::project::StepProject;
use crate::tools::Tools;
use crate::wit::World;
use crate::{BuiltStep, child, folder, languages, sdk};

/// How many components of one project are kept: whoever was handed an older one may still read it.
const KEPT: usize = 3;

/// One build of one project.
pub struct Work<'a> {
    /// What is built.
    pub project: &'a StepProject,
    /// A copy of its sources, in which tools may leave what they like.
    pub source: PathBuf,
    /// A folder for what is made on the way; empty at the beginning.
    pub out: PathBuf,
    /// The tools to build with.
    pub tools: &'a Tools,
    /// Tells in a few words what is being done.
    pub report: &'a dyn Fn(&str),
}

impl Work<'_> {
    /// Runs a tool; its failure is the build's, with what it said.
    pub fn run(&self, command: &mut Command) -> Result<child::Output, ToolchainError> {
        let program = command.get_program().to_string_lossy().into_owned();
        let name = Path::new(&program).file_name();
        let name = name.map_or(program.clone(), |name| name.to_string_lossy().into_owned());
        self.run_named(&name, command)
    }

    /// Like [`Work::run`], with a better name of the tool than that of its program.
    pub fn run_named(
        &self,
        name: &str,
        command: &mut Command,
    ) -> Result<child::Output, ToolchainError> {
        let output = child::run(
            command,
            "Its installation is damaged; remove it and build again",
            |_| (),
        )?;
        if !output.success {
            return Err(self.failed(name, output.tail));
        }
        Ok(output)
    }

    /// The error of a build in which `program` said `output`.
    pub fn failed(&self, program: &str, output: String) -> ToolchainError {
        ToolchainError::BuildFailed {
            program: program.into(),
            folder: self.project.folder.clone(),
            output,
        }
    }

    /// The world the step is built for: that of the project's own `wit/`, or else `world` of
    /// `anyam:step` with the imports that `step.toml` names.
    pub fn world(&self, world: &str) -> Result<World, ToolchainError> {
        World::prepare(self.project, &self.source, &self.out.join("wit"), world)
    }

    /// The component of a core module, for `world` unless the module carries its world already.
    pub fn component(&self, core: &Path, world: Option<&World>) -> Result<Vec<u8>, ToolchainError> {
        let module = fs::read(core).map_err(ToolchainError::file(core))?;
        component::from_core(&module, world)
            .map_err(|message| self.failed("making a component of the core module", message))
    }
}

/// Builds `project` below `place`, unless neither its sources nor its tools have changed.
pub fn build(
    project: &StepProject,
    place: &Path,
    tools: &Tools,
    report: &dyn Fn(&str),
) -> Result<BuiltStep, ToolchainError> {
    let name = &project.file.name;
    let language = project.file.language;
    sdk::provide(project)?;
    let identity = languages::identity(language, tools, report)?;
    let identity = format!(
        "{identity}\n{}\n{}\n{}\n{}",
        env!("CARGO_PKG_VERSION"),
        embedded::digest(&embedded::WIT),
        embedded::digest(&embedded::WASI),
        embedded::digest(&embedded::WASI_OF_HOST),
    );
    let folder = &project.folder;
    let folder = folder
        .canonicalize()
        .map_err(ToolchainError::file(folder))?;
    let own = folder::hex_digest(folder.as_os_str().as_encoded_bytes());
    let place = place.join(language.name()).join(format!("{name}-{own}"));
    folder::make(&place)?;
    // Two builds at once would write into each other's folders.
    let lock = File::create(place.join("lock")).and_then(|file| file.lock().map(|()| file));
    let _lock = lock.map_err(ToolchainError::file(&place))?;
    let work = Work {
        project,
        source: place.join("source"),
        out: place.join("out"),
        tools,
        report,
    };
    if languages::decides_itself(language) {
        // Its sources may lie outside the folder, and it knows best what has changed.
        folder::make(&work.out)?;
        let component = languages::build(language, &work)?;
        return keep(name, &folder::hex_digest(&component), &component, &place);
    }
    let digest = folder::digest(&[&folder], &identity)?;
    let file = place.join(format!("{name}-{digest}.wasm"));
    if file.exists() {
        let name = name.clone();
        return Ok(BuiltStep { name, file });
    }
    folder::copy(&folder, &work.source)?;
    folder::remove(&work.out)?;
    folder::make(&work.out)?;
    report(&format!("building {name}"));
    let component = languages::build(language, &work)?;
    keep(name, &digest, &component, &place)
}

/// Stores a component under its name and what it was made of.
fn keep(
    name: &str,
    digest: &str,
    component: &[u8],
    place: &Path,
) -> Result<BuiltStep, ToolchainError> {
    let file = place.join(format!("{name}-{digest}.wasm"));
    if !file.exists() {
        // A file that is there is complete.
        let half_done = place.join("half");
        fs::write(&half_done, component).map_err(ToolchainError::file(&half_done))?;
        fs::rename(&half_done, &file).map_err(ToolchainError::file(&file))?;
        remove_old(place)?;
    }
    let name = name.to_owned();
    Ok(BuiltStep { name, file })
}

/// Removes all but the newest components in `place`.
fn remove_old(place: &Path) -> Result<(), ToolchainError> {
    let failed = || ToolchainError::file(place);
    let mut components = Vec::new();
    for entry in fs::read_dir(place).map_err(failed())? {
        let entry = entry.map_err(failed())?;
        if entry.path().extension().is_some_and(|end| end == "wasm") {
            let changed = entry.metadata().and_then(|data| data.modified());
            components.push((changed.map_err(failed())?, entry.path()));
        }
    }
    components.sort();
    let many = components.len().saturating_sub(KEPT);
    for (_, path) in &components[..many] {
        fs::remove_file(path).map_err(ToolchainError::file(path))?;
    }
    Ok(())
}
