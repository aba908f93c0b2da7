//! Why the runtime refused or failed, in the terms the API answers with.

use anyam_engine::Rejection;
use anyam_store::StoreError;

use crate::findings::FileFinding;

/// A refusal or failure; every variant maps to one HTTP status.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// 400: the request cannot be right, whatever the state.
    #[error("{0}")]
    Invalid(String),
    /// 400, with everything that is wrong.
    #[error("{detail}{}", listed(findings))]
    Refused {
        /// What was refused.
        detail: String,
        /// Each finding.
        findings: Vec<FileFinding>,
    },
    /// 403: what is set for the tenant forbids it; the text says what to ask for.
    #[error("{0}")]
    Forbidden(String),
    /// 404: no such thing for this tenant.
    #[error("{0}")]
    NotFound(String),
    /// 409: it exists, and its state forbids the request.
    #[error("{0}")]
    Conflict(String),
    /// 413: over a size limit; the text names it.
    #[error("{0}")]
    TooLarge(String),
    /// 429: this tenant asks too much at once.
    #[error("{0}")]
    TenantBusy(String),
    /// 503: the server is overloaded, shutting down or its store failed.
    #[error("{0}")]
    Unavailable(String),
    /// 504: the result did not come in the time asked for.
    #[error("{0}")]
    TimedOut(String),
    /// 500: a broken promise inside the server.
    #[error("{0}")]
    Internal(String),
}

/// The server's result type.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One finding stands behind the sentence, more stand below it.
fn listed(findings: &[FileFinding]) -> String {
    if let [only] = findings {
        return format!(": {only}");
    }
    let line = |finding: &FileFinding| format!("\n  - {finding}");
    findings.iter().map(line).collect()
}

impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Self {
        let text = rejection.to_string();
        match rejection {
            Rejection::NotFound { .. } | Rejection::Ended => Self::NotFound(text),
            Rejection::WrongState(_) => Self::Conflict(text),
            Rejection::Invalid(_) => Self::Invalid(text),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        let text = error.to_string();
        match error {
            StoreError::Overloaded { .. }
            | StoreError::Closed
            | StoreError::Failed { .. }
            | StoreError::DiskFull { .. } => Self::Unavailable(text),
            StoreError::TooLarge { .. } | StoreError::Full { .. } => Self::TooLarge(text),
            StoreError::Conflict { .. } => Self::Conflict(text),
            _ => Self::Internal(text),
        }
    }
}
