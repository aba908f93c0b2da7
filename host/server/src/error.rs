//! Why the runtime refused or failed, in the terms the API answers with.

/// A refusal or failure; every variant maps to one HTTP status.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// 400: the request cannot be right, whatever the state.
    #[error("{0}")]
    Invalid(String),
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
