//! Steps that do the jobs of listeners and of ad-hoc sub-processes: what they are given, and what
//! their answer means.
//!
//! | Job | Input | Output |
//! |---|---|---|
//! | execution listener | every visible variable | variables |
//! | task listener | `variables`, and the task with its change as `userTask` | `denied`, `deniedReason`, `corrections` |
//! | ad-hoc sub-process | as a service task | `variables`, `activateElements`, `isCompletionConditionFulfilled`, `isCancelRemainingInstances` |
//!
//! The output of a task listener or ad-hoc sub-process is what a worker gives as the `result` of its
//! job; members that are absent decide nothing.

use anyam_engine::JobResult;
use anyam_engine::key::JobKey;
use anyam_engine::transition::{JobKind, StepInvocation};
use anyam_engine::value::Variables;
use anyam_sandbox::Failure;

use super::instance::Live;
use crate::api::job_result;
use crate::api::limits::RequestLimits;
use crate::api::user_task::UserTaskProperties;

/// Gives the call of a task listener's step the task that it is about.
pub(super) fn complete(live: &Live, call: &mut StepInvocation) {
    if call.kind == JobKind::TaskListener {
        let task = serde_json::to_string(&properties(live, call.job));
        let task = task.expect("texts and numbers can be written as JSON");
        call.input = format!(r#"{{"userTask":{task},"variables":{}}}"#, call.input).into();
    }
}

/// The user task that a task listener's job is about.
pub(super) fn properties(live: &Live, job: JobKey) -> Option<UserTaskProperties> {
    let changing = live.engine.changing_task(job)?;
    Some(UserTaskProperties::new(&changing))
}

/// What a step's output means for the job it has done.
///
/// # Errors
/// A failure that says what is wrong with the output.
pub(super) fn decided(
    kind: JobKind,
    output: &str,
    limits: &RequestLimits,
) -> Result<(Variables, Option<JobResult>), Failure> {
    let decided = match kind {
        JobKind::BpmnElement | JobKind::ExecutionListener => {
            return super::step_calls::variables(output)
                .map(|variables| (variables, None))
                .map_err(|error| unreadable(&error.to_string()));
        }
        JobKind::TaskListener => job_result::task_decision(output).map(|task| (None, task)),
        JobKind::AdHocSubProcess => job_result::ad_hoc_decision(output, limits),
    };
    let (variables, result) = decided.map_err(|problem| unreadable(&problem.detail))?;
    Ok((variables.unwrap_or_default(), Some(result)))
}

fn unreadable(why: &str) -> Failure {
    Failure::Retryable {
        message: format!("the step's output cannot be read: {why}"),
        retry_after_ms: None,
    }
}
