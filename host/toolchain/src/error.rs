//! Why a step could not be built.

use std::io;
use std::path::{Path, PathBuf};

use crate::language::Language;

/// Why a step could not be built; each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ToolchainError {
    /// There are no sources to build.
    #[error(
        "the folders `plugins/` and `wit/` are neither where this program was built nor in or \
         above {}; run it in a clone of the repository of Anyam", current.display()
    )]
    NoRepository {
        /// Where the search began.
        current: PathBuf,
    },
    /// A program is not there or cannot be started.
    #[error("cannot run `{program}`: {source}. {mend}")]
    NotRunnable {
        /// What was called.
        program: String,
        /// What the system said.
        source: io::Error,
        /// What to do.
        mend: &'static str,
    },
    /// The Rust target of steps is missing and could not be installed.
    #[error(
        "the Rust target wasm32-wasip2 is missing and could not be installed; run \
         `rustup target add wasm32-wasip2` and try again. It said:\n{output}"
    )]
    NoWasmTarget {
        /// The end of what the installation said.
        output: String,
    },
    /// The sources do not build.
    #[error("`{program}` failed in {}:\n{output}", folder.display())]
    BuildFailed {
        /// What was called.
        program: String,
        /// Where.
        folder: PathBuf,
        /// The end of what it said.
        output: String,
    },
    /// A build gave no component.
    #[error(
        "{} has no package that builds a step; give one a [lib] with crate-type = [\"cdylib\"]",
        folder.display()
    )]
    NoSteps {
        /// The workspace.
        folder: PathBuf,
    },
    /// There is no Python that can build a step.
    #[error("no usable Python: {0}")]
    NoPython(String),
    /// The Python packages that a step needs could not be installed.
    #[error(
        "pip could not install what {} asks for; it needs PyPI or a mirror of it. It said:\n\
         {output}", requirements.display()
    )]
    NoPythonPackages {
        /// The list of packages.
        requirements: PathBuf,
        /// The end of what it said.
        output: String,
    },
    /// A tool is missing and could not be installed.
    #[error("{tool} is missing and could not be installed; {mend}. It said:\n{output}")]
    NoTool {
        /// The tool.
        tool: String,
        /// What to do.
        mend: String,
        /// The end of what the installation said.
        output: String,
    },
    /// Nothing here builds steps of a language.
    #[error("steps in {language} cannot be built")]
    NoBuilder {
        /// The language.
        language: Language,
    },
    /// A new project cannot be made.
    #[error("cannot make a step named '{name}' in {}: {message}", folder.display())]
    Create {
        /// The step's name.
        name: String,
        /// Where.
        folder: PathBuf,
        /// What is wrong and what to do.
        message: String,
    },
    /// A `step.toml` that is not understood.
    #[error("{}: {message}", path.display())]
    Project {
        /// The file.
        path: PathBuf,
        /// What is wrong and where.
        message: String,
    },
    /// A file or folder could not be read or written.
    #[error("cannot use {}: {source}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl ToolchainError {
    /// Whether the machine lacks Python or its packages: nothing is wrong with the step.
    pub fn lacks_python(&self) -> bool {
        matches!(self, Self::NoPython(_) | Self::NoPythonPackages { .. })
    }

    /// For `map_err`: a file or folder that could not be used.
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }
}
