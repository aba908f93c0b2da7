//! Evaluation away from the caller: on another thread, or in another process.
//!
//! A frame is the length of its body in bytes (four bytes, big-endian), then the body as JSON.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{Data, EvaluationError, Expression, Limits, Now, Seed};

/// Longest frame, in bytes. JSON inside JSON may double in length.
const MAX_FRAME: usize = 64 * 1024 * 1024;

/// Stack a thread must have to compile or evaluate anything within [`Limits::default`], in bytes,
/// in a build without optimisation; an optimised build takes a fraction.
pub const STACK_BYTES: usize = 1024 * 1024;

/// One evaluation, self-contained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    pub(crate) source: Box<str>,
    /// Names of several words the source was compiled with.
    pub(crate) known: Vec<Box<str>>,
    pub(crate) variables: Vec<(Box<str>, Box<str>)>,
    pub(crate) now: Now,
    pub(crate) seed: Option<Seed>,
    pub(crate) limits: Limits,
}

/// The result as JSON text, or why there is none.
pub type Response = Result<Box<str>, EvaluationError>;

/// Evaluates a request, whatever its cost, within [`Limits::isolated`]. Time, memory and stack are
/// bounded by that budget, but it may take seconds: call it where nobody waits for the thread, which
/// must have [`STACK_BYTES`] of stack left.
///
/// # Errors
/// As [`Expression::evaluate`], and [`EvaluationError::DoesNotCompile`].
pub fn evaluate(request: &Request) -> Response {
    let expression = compiled(request)?;
    expression.run(&data(request), request.now, request.limits.isolated)
}

/// As [`evaluate`], for someone who looks at the expression itself: within the budget that the
/// expression has in a process, and with the names of variables that it read and that are absent.
pub fn evaluate_telling(request: &Request) -> (Response, Vec<Box<str>>) {
    match compiled(request) {
        Ok(expression) => expression.run_telling(&data(request), request.now),
        Err(error) => (Err(error), Vec::new()),
    }
}

fn compiled(request: &Request) -> Result<Expression, EvaluationError> {
    let expression = Expression::compile_knowing(&request.source, &request.known, &request.limits);
    expression.map_err(|error| EvaluationError::DoesNotCompile(error.to_string().into()))
}

fn data(request: &Request) -> Data<'_> {
    let mut data: Data<'_> = request
        .variables
        .iter()
        .map(|(name, json)| (&**name, &**json))
        .collect();
    if let Some(seed) = request.seed {
        data.seed(seed);
    }
    data
}

/// Answers requests until the input ends. The body of a child process.
///
/// # Errors
/// A broken stream or frame.
pub fn serve(mut input: impl Read, mut output: impl Write) -> io::Result<()> {
    while let Some(request) = read_frame::<Request>(&mut input)? {
        write_frame(&mut output, &evaluate(&request))?;
    }
    Ok(())
}

/// Writes a request as a frame; the parent's side.
///
/// # Errors
/// A broken stream, or a request longer than a frame may be.
pub fn write_request(mut output: impl Write, request: &Request) -> io::Result<()> {
    write_frame(&mut output, request)
}

/// Reads a response frame; the parent's side. `None` when the stream ends before it.
///
/// # Errors
/// A broken stream or frame.
pub fn read_response(mut input: impl Read) -> io::Result<Option<Response>> {
    read_frame(&mut input)
}

fn write_frame(output: &mut impl Write, body: &impl Serialize) -> io::Result<()> {
    let body = serde_json::to_vec(body)?;
    let length = u32::try_from(body.len())
        .ok()
        .filter(|_| body.len() <= MAX_FRAME);
    let length = length
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the frame is too long"))?;
    output.write_all(&length.to_be_bytes())?;
    output.write_all(&body)?;
    output.flush()
}

fn read_frame<T: DeserializeOwned>(input: &mut impl Read) -> io::Result<Option<T>> {
    let mut first = Vec::with_capacity(1);
    if input.by_ref().take(1).read_to_end(&mut first)? == 0 {
        return Ok(None);
    }
    let mut length = [first[0], 0, 0, 0];
    input.read_exact(&mut length[1..])?;
    let length = u32::from_be_bytes(length) as usize;
    if length > MAX_FRAME {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "the frame is too long",
        ));
    }
    let mut body = vec![0; length];
    input.read_exact(&mut body)?;
    Ok(Some(serde_json::from_slice(&body)?))
}
