//! Costly expressions, away from the threads that serve requests.

use anyam_feel::EvaluationError;
use anyam_feel::isolated::{self, Request, Response};
use anyam_store::TenantId;
use tokio::sync::Semaphore;

use super::turns::Turns;

/// Costly expressions of one tenant at once.
const PER_TENANT: usize = 1;

/// Evaluates costly expressions on threads of their own, a bounded number at once. Their steps,
/// memory and stack are bounded by the evaluator itself, their number in one command by the engine.
///
/// Of each tenant at most one stands in line for a thread, so the line is as long as there are
/// tenants in it, whatever one of them asks for.
pub(super) struct Evaluation {
    tenants: Turns,
    threads: Semaphore,
}

impl Evaluation {
    pub(super) fn new(at_once: usize) -> Self {
        Self {
            tenants: Turns::new(PER_TENANT),
            threads: Semaphore::new(at_once),
        }
    }

    /// The value of an expression.
    pub(super) async fn evaluate(&self, tenant: TenantId, request: Request) -> Response {
        let _turn = self.tenants.wait(tenant).await;
        let _thread = self
            .threads
            .acquire()
            .await
            .expect("the semaphore is never closed");
        tokio::task::spawn_blocking(move || isolated::evaluate(&request))
            .await
            .unwrap_or_else(|error| Err(EvaluationError::Unavailable(error.to_string().into())))
    }
}
