//! Builds steps from their sources, with the tools that are on this machine.
//!
//! A step's project is a folder with a `step.toml` ([`StepProject`]); [`create`] makes a new one.
//! [`Toolchain::build`] turns it into a component:
//!
//! 1. The tools are found on the `PATH`, or installed in the pinned version from PyPI, npm or crates.io:
//!    nothing but Rust and a C compiler must be there.
//! 2. The project's WIT world is put together: that of its own `wit/`, or `anyam:step` with the
//!    `imports` of `step.toml`. The WIT packages of WASI and `anyam:step` are in this program.
//! 3. The language's compiler works on a copy of the sources and gives a core module, which
//!    becomes a component in this process; compilers that give a component do both.
//!
//! Everything that is built or installed lies in one folder ([`Toolchain::of_machine`]); a project
//! gets nothing but `.anyam/` with the SDK, where its language's own tools look for it there. What
//! has not changed is not built again: cargo decides for Rust, a digest of sources and tools for
//! all others. Two builds of the same project wait for each other.

mod cargo;
mod child;
mod component;
mod crates;
mod create;
mod embedded;
mod error;
mod exports;
mod folder;
mod language;
mod languages;
mod node;
mod project;
mod python;
mod registry;
mod sdk;
mod tools;
mod unzip;
mod venv;
mod wasm_target;
mod wheel;
mod wheels;
mod wit;
mod work;

pub use create::create;
pub use error::ToolchainError;
pub use language::Language;
pub use project::{PROJECT_FILE, StepFile, StepProject};

use std::fmt;
use std::path::{Path, PathBuf};

/// The tools of this machine and the folder they work in.
pub struct Toolchain {
    folder: PathBuf,
    report: Box<dyn Fn(&str) + Send + Sync>,
}

/// A built step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltStep {
    /// Its name: that of its `step.toml`, or that of its package or folder with `-` between words.
    pub name: String,
    /// The component.
    pub file: PathBuf,
}

impl Toolchain {
    /// Builds in `folder`, which is made where there is none.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            report: Box::new(|_| ()),
        }
    }

    /// Builds in the `target/` folder of a repository of Anyam.
    pub fn of_repository(repository: &Path) -> Self {
        Self::new(repository.join("target").join("steps"))
    }

    /// Tells `report` in a few words what is being done.
    #[must_use]
    pub fn reporting(mut self, report: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.report = Box::new(report);
        self
    }

    /// Builds where this machine keeps what is built: in `$ANYAM_TOOLS`, or in the `target/`
    /// folder of the clone of Anyam around the current folder, or in `~/.cache/anyam/tools`.
    pub fn of_machine() -> Self {
        if let Some(folder) = std::env::var_os("ANYAM_TOOLS").filter(|name| !name.is_empty()) {
            return Self::new(folder);
        }
        let current = std::env::current_dir().unwrap_or_default();
        if let Some(repository) = clone_around(&current) {
            return Self::of_repository(&repository);
        }
        let home = std::env::home_dir().unwrap_or_else(std::env::temp_dir);
        let cache = std::env::var_os("XDG_CACHE_HOME").filter(|name| !name.is_empty());
        let cache = cache.map_or_else(|| home.join(".cache"), PathBuf::from);
        Self::new(cache.join("anyam").join("tools"))
    }

    /// Builds a step's project, unless nothing has changed since it was built. Installs the tools
    /// that are missing.
    ///
    /// # Errors
    /// [`ToolchainError`] says which tool is missing or failed, and what to do.
    pub fn build(&self, project: &StepProject) -> Result<BuiltStep, ToolchainError> {
        let tools = tools::Tools::new(self.folder.join("tools"));
        let place = self.folder.join("projects");
        work::build(project, &place, &tools, &*self.report)
    }

    /// The folder with `node` and `npm` that belongs on the `PATH` of scripts, where the machine has
    /// none of its own; fetched where it is missing.
    ///
    /// # Errors
    /// [`ToolchainError`] says what could not be installed, and what to do.
    pub fn node_folder(&self) -> Result<Option<PathBuf>, ToolchainError> {
        let tools = tools::Tools::new(self.folder.join("tools"));
        Ok(tools.node(&*self.report)?.folder)
    }

    /// Builds every step of the cargo workspace or package in `source`; in order of their names.
    /// Installs the wasm target where it is missing.
    ///
    /// # Errors
    /// [`ToolchainError`] says which tool is missing or failed, and what to do.
    pub fn rust_steps(&self, source: &Path) -> Result<Vec<BuiltStep>, ToolchainError> {
        wasm_target::ensure(source, &*self.report)?;
        let target = self.folder.join("rust");
        cargo::build(source, &target, cargo::Scope::Workspace, &*self.report)
    }

    /// Builds the Python step in `source` against the WIT package in `wit`.
    ///
    /// # Errors
    /// [`ToolchainError`] says which tool is missing or failed, and what to do.
    pub fn python_step(&self, source: &Path, wit: &Path) -> Result<BuiltStep, ToolchainError> {
        python::build(source, wit, &self.folder.join("python"), &*self.report)
    }
}

impl fmt::Debug for Toolchain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Toolchain")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

/// The repository this program was built from, or the one around the current folder: the nearest
/// folder that has both `plugins/` and `wit/`.
///
/// # Errors
/// [`ToolchainError::NoRepository`] where there is none.
pub fn repository() -> Result<PathBuf, ToolchainError> {
    let built_from = Path::new(env!("CARGO_MANIFEST_DIR"));
    let current = std::env::current_dir().unwrap_or_default();
    clone_around(built_from)
        .or_else(|| clone_around(&current))
        .ok_or(ToolchainError::NoRepository { current })
}

/// The nearest folder around `folder`, or itself, that has both `plugins/` and `wit/`.
fn clone_around(folder: &Path) -> Option<PathBuf> {
    folder
        .ancestors()
        .find(|folder| folder.join("plugins").is_dir() && folder.join("wit").is_dir())
        .map(Path::to_owned)
}
