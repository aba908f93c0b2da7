//! Calls through the sandbox.

use anyam_sandbox::{Access, CallContext, CallRequest, Limits, Sandbox};

use super::steps::Measured;

/// A step, ready to be called.
pub struct Step {
    step: anyam_sandbox::Step,
    context: CallContext,
    input: String,
    access: Access,
    limits: Limits,
    reuse: u32,
}

impl Step {
    pub async fn new(sandbox: &Sandbox, measured: &Measured, component: &[u8], reuse: u32) -> Self {
        let limits = Limits::default();
        let step = sandbox.prepare(component.into(), &limits).await;
        Self {
            step: step.expect("the component is a step"),
            context: CallContext {
                tenant_id: "<default>".into(),
                process_id: "parcel".into(),
                process_version: 1,
                process_instance_key: 1,
                element_id: "check".into(),
                element_instance_key: 2,
                job_key: 3,
                idempotency_key: "3".into(),
                attempt: 1,
                deadline_unix_ms: 0,
                headers: measured.headers.clone().into(),
            },
            input: measured.input.clone(),
            access: Access::nothing(),
            limits,
            reuse,
        }
    }

    pub async fn call(&self) {
        let request = CallRequest {
            context: &self.context,
            function: None,
            input: &self.input,
            access: &self.access,
            limits: &self.limits,
            reuse: self.reuse,
        };
        let call = self.step.call(request).await;
        assert!(call.outcome.is_ok(), "{call:?}");
    }
}
