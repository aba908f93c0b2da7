//! Why a request has no response.

use std::fmt;

/// Why a request has no response, or none that is of use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    message: String,
}

/// What has to change for a request to succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The step: this is not a request. Permanent as a [`StepError`](crate::StepError).
    Invalid,
    /// The grants, a limit or the data: the host or the service does not take the request.
    /// Permanent as a [`StepError`](crate::StepError).
    Refused,
    /// Nothing, perhaps: the service could not be reached or did not answer. Retryable as a
    /// [`StepError`](crate::StepError).
    Failed,
}

impl Error {
    pub(super) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    /// What has to change.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

/// A sentence for people.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
