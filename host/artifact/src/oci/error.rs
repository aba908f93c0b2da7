//! What can be wrong with a layout.

use std::io;
use std::path::{Path, PathBuf};

/// Why a layout cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum OciError {
    /// A file or folder could not be used.
    #[error("cannot use {}: {source}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file of the layout is not what it should be.
    #[error("{}: {message}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// No manifest, or several, fit what was asked for.
    #[error("{}: {message}", path.display())]
    Reference {
        /// The layout.
        path: PathBuf,
        /// What there is instead.
        message: String,
    },
}

impl OciError {
    pub(super) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }

    pub(super) fn invalid(path: &Path, message: impl Into<String>) -> Self {
        Self::Invalid {
            path: path.to_owned(),
            message: message.into(),
        }
    }
}
