//! The WebAssembly side: WIT bindings, and the exports of a step in their terms.

use std::time::{Duration, UNIX_EPOCH};

use crate::context::Context;
use crate::description::Description;
use crate::error::{StepError, StepErrorKind};

/// Generated from the WIT package `anyam:step`.
#[allow(missing_docs, unused_qualifications, clippy::all)]
pub mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "step",
        pub_export_macro: true,
        default_bindings_module: "anyam_sdk::__private::bindings",
        runtime_path: "anyam_sdk::__private::wit_bindgen::rt",
    });
}

use bindings::anyam::step::types::{BpmnError, Failure, Fault};
use bindings::exports::anyam::step::{handler, manifest};

/// A step as the `#[step]` attribute implements it for a type of its own making.
pub trait Step {
    /// JSON in, JSON out.
    fn invoke(context: &Context, input: &str) -> Result<String, StepError>;
    /// The manifest.
    fn describe() -> Description;
}

impl<S: Step> handler::Guest for S {
    fn handle(context: handler::StepContext, input: String) -> Result<String, Failure> {
        S::invoke(&context.into(), &input).map_err(Failure::from)
    }
}

impl<S: Step> manifest::Guest for S {
    fn describe() -> manifest::Description {
        let description = S::describe();
        manifest::Description {
            name: description.name,
            version: description.version,
            docs: description.docs,
            input_schema: Some(description.input_schema),
            output_schema: Some(description.output_schema),
            error_codes: description
                .errors
                .into_iter()
                .map(|(code, docs)| manifest::ErrorCode { code, docs })
                .collect(),
        }
    }
}

impl From<handler::StepContext> for Context {
    fn from(context: handler::StepContext) -> Self {
        Self {
            tenant: context.tenant_id,
            process: context.process_id,
            version: context.process_version,
            instance_key: context.process_instance_key,
            element_id: context.element_id,
            element_instance_key: context.element_instance_key,
            job_key: context.job_key,
            idempotency_key: context.idempotency_key,
            attempt: context.attempt,
            // Past the end of the clock's range is as good as no deadline, which the host never
            // sends; the epoch is the side on which a step would rather give up.
            deadline: UNIX_EPOCH
                .checked_add(Duration::from_millis(context.deadline_unix_ms))
                .unwrap_or(UNIX_EPOCH),
            headers: context
                .headers
                .into_iter()
                .map(|header| (header.key, header.value))
                .collect(),
        }
    }
}

impl From<StepError> for Failure {
    fn from(error: StepError) -> Self {
        let message = error.message().to_owned();
        match error.kind() {
            StepErrorKind::Bpmn => Failure::BpmnError(BpmnError {
                code: error.code().unwrap_or_default().to_owned(),
                message,
                variables: error
                    .variables()
                    .and_then(|variables| serde_json::to_string(variables).ok())
                    .unwrap_or_else(|| "{}".to_owned()),
            }),
            StepErrorKind::Retry => Failure::Retryable(Fault {
                message,
                retry_after_ms: error
                    .retry_after()
                    .map(|after| u64::try_from(after.as_millis()).unwrap_or(u64::MAX)),
            }),
            StepErrorKind::Permanent => Failure::Permanent(message),
        }
    }
}
