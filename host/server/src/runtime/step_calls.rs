//! Calls of steps: what a call is given, and what its answer means.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyam_engine::Command;
use anyam_engine::key::JobKey;
use anyam_engine::transition::{JobKind, StepInvocation};
use anyam_engine::value::{Json, Variables};
use anyam_sandbox::{Call, CallContext, CallRequest, Changes, Failure, Location};
use anyam_store::TenantId;
use serde_json::value::RawValue;

use super::catalog::{BoundStep, Deployed, StepId};
use super::contention::Head;
use super::step_runner::StepRequest;
use super::{Inner, listener_steps, outside};
use crate::api::limits::RequestLimits;
use crate::error::Result;
use crate::limits::Limits;

/// The answer of one step call.
pub(super) struct Answer {
    pub(super) invocation: StepInvocation,
    /// What was called; `None` where the task is bound to nothing.
    pub(super) step: Option<Arc<StepId>>,
    pub(super) call: Call,
    /// How it came to be called again.
    pub(super) again: Again,
}

/// What a call brings along that is made again because its result could not be stored on what was
/// changed meanwhile.
#[derive(Default)]
pub(super) struct Again {
    /// How often that was so.
    pub(super) conflicts: u32,
    /// Kept until the result is stored.
    pub(super) _head: Option<Head>,
}

/// Calls the step that a task is bound to. Never fails itself: what went wrong is in the answer.
pub(super) async fn call(
    inner: Arc<Inner>,
    deployed: Arc<Deployed>,
    instance: u64,
    invocation: StepInvocation,
) -> Answer {
    let _turn = inner.step_turns.wait(deployed.tenant).await;
    let limits = inner.limits_of(deployed.tenant);
    let call = match deployed.step(invocation.element, invocation.slot) {
        Some(bound) => call_bound(&inner, &limits, (&deployed, bound), instance, &invocation)
            .await
            .unwrap_or_else(|error| unavailable(&error.to_string())),
        None => unavailable("the task is bound to none"),
    };
    let step = deployed.step(invocation.element, invocation.slot);
    Answer {
        step: step.map(|bound| bound.step.clone()),
        invocation,
        call,
        again: Again::default(),
    }
}

/// As [`call`], for a call whose result could not be stored `conflicts` times, the last time
/// because of what lies at `place`. Calls that are too late there queue up, so that many of them
/// cost each its turn and not all of them all the time.
pub(super) async fn call_again(
    inner: Arc<Inner>,
    deployed: Arc<Deployed>,
    (instance, invocation): (u64, StepInvocation),
    (place, conflicts): (Location, u32),
) -> Answer {
    let head = inner.contended.wait(deployed.tenant, &place).await;
    // Calls that did not queue may be faster still.
    let patience = Duration::from_millis(u64::from(conflicts - 1)).min(LONGEST_PATIENCE);
    inner.clock.sleep(patience).await;
    let again = Again {
        conflicts,
        _head: Some(head),
    };
    let answer = call(inner, deployed, instance, invocation).await;
    Answer { again, ..answer }
}

/// Longest wait before a call that conflicted is made again.
const LONGEST_PATIENCE: Duration = Duration::from_millis(20);

async fn call_bound(
    inner: &Arc<Inner>,
    limits: &Limits,
    (deployed, bound): (&Deployed, &BoundStep),
    instance: u64,
    invocation: &StepInvocation,
) -> Result<Call> {
    if let Some(runner) = &inner.step_runner {
        let request = StepRequest {
            step: bound.step.clone(),
            context: context(inner, limits, (deployed, bound), instance, invocation),
            input: invocation.input.clone(),
            outside: outside::access(inner, deployed.tenant, bound.grants.clone())?.outside,
        };
        return Ok(runner.call(request).await);
    }
    let step = inner
        .steps
        .component(deployed.tenant, bound.digest, limits)
        .await?;
    let context = context(inner, limits, (deployed, bound), instance, invocation);
    let access = outside::access(inner, deployed.tenant, bound.grants.clone())?;
    let request = CallRequest {
        context: &context,
        function: bound.function.as_deref(),
        input: &invocation.input,
        access: &access,
        limits: &limits.step,
        reuse: bound.reuse,
    };
    Ok(step.call(request).await)
}

fn unavailable(why: &str) -> Call {
    let message = format!("the step could not be made ready: {why}");
    let outcome = Err(Failure::Retryable {
        message,
        retry_after_ms: None,
    });
    Call {
        outcome,
        log: Vec::new(),
        changes: Changes::default(),
        usage: anyam_sandbox::Usage::default(),
    }
}

fn context(
    inner: &Inner,
    limits: &Limits,
    (deployed, bound): (&Deployed, &BoundStep),
    instance: u64,
    invocation: &StepInvocation,
) -> CallContext {
    CallContext {
        tenant_id: deployed.tenant_name.clone(),
        process_id: deployed.process_id.clone(),
        process_version: u32::try_from(deployed.record.version).unwrap_or_default(),
        process_instance_key: instance,
        element_id: bound.element_id.clone(),
        element_instance_key: invocation.element_instance.0,
        job_key: invocation.job.0,
        idempotency_key: invocation.job.to_string().into(),
        attempt: invocation.attempt,
        deadline_unix_ms: deadline(inner, limits),
        headers: headers(bound, invocation),
    }
}

/// The task's headers, and what its job has besides.
fn headers(bound: &BoundStep, invocation: &StepInvocation) -> Arc<[(Box<str>, Box<str>)]> {
    if invocation.headers.is_empty() {
        return bound.headers.clone();
    }
    let own = &invocation.headers;
    let task = bound.headers.iter();
    let task = task.filter(|(name, _)| own.iter().all(|(other, _)| other != name));
    task.chain(own).cloned().collect()
}

fn deadline(inner: &Inner, limits: &Limits) -> u64 {
    let time = limits
        .step
        .call_time
        .min(Duration::from_secs(u64::from(u32::MAX)));
    let time = u64::try_from(time.as_millis()).unwrap_or_default();
    u64::try_from(inner.now().plus_ms(time).0).unwrap_or_default()
}

/// Calls a step outside any process; see [`super::Runtime::invoke_step`].
pub(super) async fn try_out(
    inner: &Arc<Inner>,
    tenant: TenantId,
    (name, version, function): (&str, &str, Option<&str>),
    input: String,
    headers: Vec<(Box<str>, Box<str>)>,
) -> Result<Call> {
    let limits = inner.limits_of(tenant);
    let step = inner.steps.version(tenant, name, version, &limits).await?;
    let _turn = inner.step_turns.wait(tenant).await;
    let context = CallContext {
        tenant_id: inner.tenants.name(tenant),
        process_id: "".into(),
        process_version: 0,
        process_instance_key: 0,
        element_id: "".into(),
        element_instance_key: 0,
        job_key: 0,
        idempotency_key: format!("invocation-{}", inner.database.next_block()).into(),
        attempt: 1,
        deadline_unix_ms: deadline(inner, &limits),
        headers: headers.into(),
    };
    let request = CallRequest {
        context: &context,
        function,
        input: &input,
        access: &outside::access(inner, tenant, None)?,
        limits: &limits.step,
        reuse: 1,
    };
    Ok(step.call(request).await)
}

/// The command that a step's answer stands for.
pub(super) fn command(
    (job, attempt): (JobKey, u32),
    kind: JobKind,
    outcome: Result<String, Failure>,
    limits: &RequestLimits,
) -> Command {
    let failed = |message: String, permanent, retry_after_ms| Command::StepFailed {
        job,
        attempt,
        permanent,
        retry_after_ms,
        message: message.into(),
    };
    let odd = |what: &str, error| {
        failed(
            format!("the step's {what} cannot be read: {error}"),
            false,
            None,
        )
    };
    let decided = outcome.and_then(|output| listener_steps::decided(kind, &output, limits));
    match decided {
        Ok((variables, result)) => Command::CompleteJob {
            job,
            variables,
            result: result.map(Box::new),
        },
        Err(Failure::BpmnError { code, .. }) if kind.is_listener() => {
            let message = format!("a listener cannot throw a BPMN error, it threw '{code}'");
            failed(message, true, None)
        }
        Err(Failure::BpmnError {
            code,
            message,
            variables: text,
        }) => match variables(&text) {
            Ok(variables) => Command::ThrowJobError {
                job,
                code: code.into(),
                message: message.into(),
                variables,
            },
            Err(error) => odd("error variables", error),
        },
        Err(Failure::Retryable {
            message,
            retry_after_ms,
        }) => failed(message, false, retry_after_ms),
        Err(Failure::Permanent { message }) => failed(message, true, None),
    }
}

/// The members of a JSON object, each as it was written.
pub(super) fn variables(object: &str) -> Result<Variables, serde_json::Error> {
    let members: BTreeMap<Box<str>, Box<RawValue>> = serde_json::from_str(object)?;
    let json = |value: Box<RawValue>| Json::from_valid(Box::<str>::from(value));
    Ok(members
        .into_iter()
        .map(|(name, value)| (name, json(value)))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_digits() {
        let read = variables(r#" { "a" : 1.10000000000000000000001, "b": [ 1e400 ] } "#).unwrap();
        assert_eq!(read["a"].as_str(), "1.10000000000000000000001");
        assert_eq!(read["b"].as_str(), "[ 1e400 ]");
        assert!(variables("[]").is_err());
    }
}
