//! Builds steps from their sources, with the tools that are on this machine.
//!
//! Everything that is built or installed lies in one folder of its own below `target/`; source
//! folders stay as they are. What has not changed is not built again: cargo decides for Rust, a
//! digest of all sources for Python.

mod cargo;
mod child;
mod error;
mod folder;
mod language;
mod project;
mod python;
mod venv;
mod wasm_target;

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
    /// Its name: that of its package or folder, with `-` between words.
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

    /// Builds every step of the cargo workspace or package in `source`; in order of their names.
    /// Installs the wasm target where it is missing.
    ///
    /// # Errors
    /// [`ToolchainError`] says which tool is missing or failed, and what to do.
    pub fn rust_steps(&self, source: &Path) -> Result<Vec<BuiltStep>, ToolchainError> {
        wasm_target::ensure(source, &*self.report)?;
        cargo::build(source, &self.folder.join("rust"), &*self.report)
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
    let built_from = Path::new(env!("CARGO_MANIFEST_DIR")).to_owned();
    let current = std::env::current_dir().unwrap_or_default();
    let found = [&built_from, &current]
        .into_iter()
        .flat_map(|folder| folder.ancestors())
        .find(|folder| folder.join("plugins").is_dir() && folder.join("wit").is_dir())
        .map(Path::to_owned);
    found.ok_or(ToolchainError::NoRepository { current })
}
