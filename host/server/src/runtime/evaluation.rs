//! Costly expressions and decisions, away from the threads that serve requests.

use std::sync::Arc;

use anyam_engine::value::Variables;
use anyam_engine::{Request, Response};
use anyam_feel::{Data, Expression, Now, isolated};
use anyam_store::TenantId;
use tokio::sync::Semaphore;

use super::Inner;
use super::off_thread;
use super::turns::Turns;
use crate::error::{Error, Result};

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

    /// The value of an expression, or the result of a decision.
    pub(super) async fn evaluate(&self, tenant: TenantId, request: Request) -> Response {
        let asked = request.clone();
        let work = move || request.evaluate();
        let answer = self.on_a_thread(tenant, work).await;
        answer.unwrap_or_else(|error| asked.unavailable(&error.to_string()))
    }

    /// Does some work where it may take its time.
    pub(super) async fn on_a_thread<R: Send + 'static>(
        &self,
        tenant: TenantId,
        work: impl FnOnce() -> R + Send + 'static,
    ) -> Result<R, tokio::task::JoinError> {
        let _turn = self.tenants.wait(tenant).await;
        let _thread = self
            .threads
            .acquire()
            .await
            .expect("the semaphore is never closed");
        off_thread(work).await
    }
}

/// What an expression outside any process came to.
pub struct Evaluated {
    /// The value, as JSON text.
    pub value: Box<str>,
    /// Variables it read that are not there.
    pub missing: Vec<Box<str>>,
}

/// Evaluates an expression that somebody wants to try, within the tenant's bounds and where costly
/// expressions of processes are evaluated.
///
/// # Errors
/// [`Error::Invalid`] where it does not compile, with the place, or has no value;
/// [`Error::Unavailable`] where too many requests wait.
pub(super) async fn try_out(
    inner: &Arc<Inner>,
    tenant: TenantId,
    source: &str,
    variables: &Variables,
) -> Result<Evaluated> {
    let _waiting = inner.start_waiting()?;
    let limits = &inner.limits_of(tenant).expression;
    let expression = Expression::compile(source, limits)
        .map_err(|error| Error::Invalid(format!("the expression does not compile: {error}")))?;
    let mut data = Data::new();
    for (name, value) in variables {
        data.insert(name, value.as_str());
    }
    data.seed(inner.seed());
    let request = expression.request(&data, Now(inner.now().0));
    let work = move || isolated::evaluate_telling(&request);
    let evaluated = inner.evaluation.on_a_thread(tenant, work).await;
    let (response, missing) =
        evaluated.map_err(|error| Error::Internal(format!("an evaluation failed: {error}")))?;
    let value = response
        .map_err(|error| Error::Invalid(format!("the expression has no value: {error}")))?;
    Ok(Evaluated { value, missing })
}
