//! Why a request has no response.

/// Why a request has no response, or none that is of use.
pub type Error = crate::Refusal<ErrorKind>;

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
