//! Costly expressions, away from the threads that serve requests.

use anyam_feel::EvaluationError;
use anyam_feel::isolated::{self, Request, Response};
use tokio::sync::Semaphore;

/// Evaluates costly expressions on threads of their own, a bounded number at once. Their steps,
/// memory and stack are bounded by the evaluator itself, their number in one command by the engine.
pub(super) struct Evaluation {
    turns: Semaphore,
}

impl Evaluation {
    pub(super) fn new(at_once: usize) -> Self {
        Self {
            turns: Semaphore::new(at_once),
        }
    }

    /// The value of an expression.
    pub(super) async fn evaluate(&self, request: Request) -> Response {
        let _turn = self
            .turns
            .acquire()
            .await
            .expect("the semaphore is never closed");
        tokio::task::spawn_blocking(move || isolated::evaluate(&request))
            .await
            .unwrap_or_else(|error| Err(EvaluationError::Unavailable(error.to_string().into())))
    }
}
