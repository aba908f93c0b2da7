//! A step's project: a folder with a `step.toml`.

use std::fs;
use std::path::{Path, PathBuf};

use semver::Version;
use serde::Deserialize;

use crate::error::ToolchainError;
use crate::language::Language;

/// The file that makes a folder a step's project.
pub const PROJECT_FILE: &str = "step.toml";

/// The most bytes of a project file.
const MOST_BYTES: u64 = 64 << 10;

/// What `step.toml` says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct StepFile {
    /// The step's name, as service tasks name it.
    pub name: String,
    /// Its version.
    pub version: Version,
    /// What it is written in.
    pub language: Language,
    /// The interfaces beyond pure computation that it is built to import: `http`, `key-value`,
    /// `blob-store`, `config`, `logging`, `messaging`. In Rust the features of the SDK say it.
    #[serde(default)]
    pub imports: Vec<String>,
    /// The file that holds the step, relative to the folder, where the language has more than one
    /// usual place.
    #[serde(default)]
    pub source: Option<PathBuf>,
    /// The cases, by the names of their files in `cases/` without `.json`, that the component
    /// answers before it is uploaded: it begins every call with the memory that it has after them.
    /// The build of the component leaves it to the command line.
    #[serde(default)]
    pub warm_up: Vec<String>,
}

/// A step's project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepProject {
    /// Its folder.
    pub folder: PathBuf,
    /// Its `step.toml`.
    pub file: StepFile,
}

impl StepProject {
    /// Reads the project in `folder`.
    ///
    /// # Errors
    /// [`ToolchainError::File`] where there is no `step.toml`, [`ToolchainError::Project`] where
    /// it is not understood.
    pub fn open(folder: &Path) -> Result<Self, ToolchainError> {
        let path = folder.join(PROJECT_FILE);
        let wrong = |message: String| ToolchainError::Project {
            path: path.clone(),
            message,
        };
        let size = fs::metadata(&path)
            .map_err(ToolchainError::file(&path))?
            .len();
        if size > MOST_BYTES {
            return Err(wrong(format!("it has more than {MOST_BYTES} bytes")));
        }
        let text = fs::read_to_string(&path).map_err(ToolchainError::file(&path))?;
        let file = toml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        let folder = folder.to_owned();
        Ok(Self { folder, file })
    }
}
