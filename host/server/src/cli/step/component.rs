//! What a command works on: a step's project, which is built, or a component as it is.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyam_sandbox::Limits;

use super::warm_up;
use crate::cli::failure::Failure;
use crate::cli::progress::Progress;
use crate::toolchain::{StepProject, Toolchain};

/// A component, and the project it was built from where there is one.
#[derive(Debug)]
pub struct Component {
    /// Its file.
    pub file: PathBuf,
    /// Its bytes.
    pub bytes: Arc<[u8]>,
    /// The project.
    pub project: Option<StepProject>,
}

impl Component {
    /// Reads the component in a file, or builds the project in a folder.
    ///
    /// # Errors
    /// [`Failure::Usage`] where there is neither, [`Failure::Build`] where it does not build.
    pub fn at(path: &Path) -> Result<Self, Failure> {
        if path.is_dir() {
            return Self::build(path);
        }
        let cannot = |error: std::io::Error| {
            Failure::usage(format!("cannot read {}: {error}", path.display()))
        };
        let size = fs::metadata(path).map_err(cannot)?.len();
        let most = Limits::default().component_bytes;
        if size > most as u64 {
            return Err(Failure::usage(format!(
                "{} has {size} bytes; a component has at most {most} (limit component_bytes)",
                path.display()
            )));
        }
        let bytes = fs::read(path).map_err(cannot)?;
        Ok(Self {
            file: path.to_owned(),
            bytes: bytes.into(),
            project: None,
        })
    }

    /// Builds the project in a folder.
    ///
    /// # Errors
    /// [`Failure::Build`].
    pub fn build(folder: &Path) -> Result<Self, Failure> {
        let project = StepProject::open(folder)?;
        let progress = Arc::new(Progress::begin(format!("building {}", project.file.name)));
        let shown = Arc::clone(&progress);
        let toolchain = Toolchain::of_machine().reporting(move |what| shown.say(what));
        let built = toolchain.build(&project)?.file;
        drop(progress);
        let file = warm_up::apply(&project, built)?;
        let bytes = fs::read(&file).map_err(|error| {
            Failure::failed(format!(
                "cannot read what was built, {}: {error}",
                file.display()
            ))
        })?;
        Ok(Self {
            file,
            bytes: bytes.into(),
            project: Some(project),
        })
    }
}

/// A number of bytes for people.
pub fn size(bytes: usize) -> String {
    match bytes {
        0..=9_999 => format!("{bytes} bytes"),
        10_000..=9_999_999 => format!("{} kB", bytes / 1_000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_in_three_units() {
        assert_eq!(size(9_999), "9999 bytes");
        assert_eq!(size(10_000), "10 kB");
        assert_eq!(size(9_999_999), "9999 kB");
        assert_eq!(size(18_300_000), "18 MB");
    }

    #[test]
    fn what_is_not_there_is_wrong_usage() {
        let failure = Component::at(Path::new("/does/not/exist.wasm")).unwrap_err();
        assert_eq!(failure.exit_code(), 2);
    }
}
