//! Who carries out calls of steps.

use std::sync::Arc;

use anyam_sandbox::{Call, CallContext, Outside};
use futures_util::future::BoxFuture;

use super::catalog::StepId;

/// Carries out calls of steps in place of the sandbox, so that a server runs without any component.
pub trait StepRunner: Send + Sync + 'static {
    /// Calls a step with a JSON object. What the call wants to change outside is in its answer.
    /// Dropping the future ends the call.
    fn call(&self, call: StepRequest) -> BoxFuture<'static, Call>;
}

/// A call to be made.
#[derive(Clone)]
pub struct StepRequest {
    /// What is called.
    pub step: Arc<StepId>,
    /// Where in which process it happens.
    pub context: CallContext,
    /// A JSON object.
    pub input: Arc<str>,
    /// What lies outside of it.
    pub outside: Arc<dyn Outside>,
}
