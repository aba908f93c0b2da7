//! Evaluation in another process.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};

use crate::{EvaluationError, Limits, Now};

/// One evaluation, self-contained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    pub(crate) source: Box<str>,
    pub(crate) variables: Vec<(Box<str>, Box<str>)>,
    pub(crate) now: Now,
    pub(crate) limits: Limits,
}

/// The result as JSON text, or why there is none.
pub type Response = Result<Box<str>, EvaluationError>;

/// Evaluates a request with no bound on time, memory or stack: only for a process that may die.
///
/// # Errors
/// As [`Expression::evaluate`](crate::Expression::evaluate), whatever the cost.
pub fn evaluate(request: &Request) -> Response {
    let _ = request;
    Err(EvaluationError::NeedsIsolation)
}

/// Answers requests until the input ends. The body of a child process.
///
/// # Errors
/// A broken stream or frame.
pub fn serve(input: impl Read, output: impl Write) -> io::Result<()> {
    let _ = (input, output);
    Ok(())
}

/// Writes a request as a frame; the parent's side.
///
/// # Errors
/// A broken stream.
pub fn write_request(output: impl Write, request: &Request) -> io::Result<()> {
    let _ = (output, request);
    Ok(())
}

/// Reads a response frame; the parent's side. `None` when the stream ends before it.
///
/// # Errors
/// A broken stream or frame.
pub fn read_response(input: impl Read) -> io::Result<Option<Response>> {
    let _ = input;
    Ok(None)
}
