//! Jobs: hand out, finish, read.

mod activation;
mod outcome;
pub mod result;
mod search;
pub mod user_task;

use anyam_store::records::{Job, JobKind, JobState, ListenerEvent};
use serde::Serialize;
use serde::ser::SerializeMap;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::keys::Key;
use super::time::Time;

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(activation::activate_jobs))
        .routes(routes!(search::search_jobs))
        .routes(routes!(outcome::update_job))
        .routes(routes!(outcome::complete_job))
        .routes(routes!(outcome::fail_job))
        .routes(routes!(outcome::throw_job_error))
}

/// What a job is for, as clients know it.
fn kind(kind: JobKind) -> &'static str {
    match kind {
        JobKind::BpmnElement => "BPMN_ELEMENT",
        JobKind::ExecutionListener => "EXECUTION_LISTENER",
        JobKind::TaskListener => "TASK_LISTENER",
        JobKind::AdHocSubProcess => "AD_HOC_SUB_PROCESS",
    }
}

/// When a listener runs, as clients know it.
fn listener(event: Option<ListenerEvent>) -> &'static str {
    match event {
        None => "UNSPECIFIED",
        Some(ListenerEvent::Start) => "START",
        Some(ListenerEvent::End) => "END",
        Some(ListenerEvent::Creating) => "CREATING",
        Some(ListenerEvent::Assigning) => "ASSIGNING",
        Some(ListenerEvent::Updating) => "UPDATING",
        Some(ListenerEvent::Completing) => "COMPLETING",
        Some(ListenerEvent::Canceling) => "CANCELING",
    }
}

/// Task headers, as an object.
#[derive(Clone, Copy, Debug)]
pub struct Headers<'a, T>(pub &'a [(T, T)]);

impl<T: AsRef<str>> Serialize for Headers<'_, T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0 {
            map.serialize_entry(name.as_ref(), value.as_ref())?;
        }
        map.end()
    }
}

/// A job as a search shows it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JobSearchResult<'a> {
    job_key: Key,
    r#type: &'a str,
    /// The worker that has or had it; empty where none did.
    worker: &'a str,
    state: JobLife,
    /// What it is for.
    kind: &'static str,
    /// When it runs, where it is a listener's.
    listener_event_type: &'static str,
    /// The higher, the more urgent.
    priority: i32,
    /// Attempts left.
    retries: u32,
    /// Whether it waits for its next attempt.
    has_failed_with_retries_left: bool,
    #[schema(required)]
    error_message: Option<&'a str>,
    /// The BPMN error it ended with.
    #[schema(required)]
    error_code: Option<&'a str>,
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    custom_headers: Headers<'a, String>,
    /// Until when the worker has it, or until when it waits.
    #[schema(required)]
    deadline: Option<Time>,
    /// Whether it has denied the change of its user task, where it is a task listener's that is done.
    #[schema(required)]
    is_denied: Option<bool>,
    /// Why.
    #[schema(required)]
    denied_reason: Option<&'a str>,
    element_id: &'a str,
    element_instance_key: Key,
    process_definition_id: &'a str,
    process_definition_key: Key,
    process_instance_key: Key,
    #[schema(required)]
    root_process_instance_key: Option<Key>,
    creation_time: Time,
    #[schema(required)]
    end_time: Option<Time>,
    /// Always null.
    #[schema(required)]
    last_update_time: Option<Time>,
    tenant_id: &'a str,
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schema(as = JobState)]
enum JobLife {
    /// Waits for a worker or a step, or is with one.
    Created,
    /// Waits for its next attempt, or is out of attempts.
    Failed,
    /// Ended with a BPMN error.
    ErrorThrown,
    /// Done.
    Completed,
    /// Its element was left without it.
    Canceled,
}

impl JobLife {
    /// Every name that clients know.
    const NAMES: &'static [&'static str] = &[
        "CREATED",
        "FAILED",
        "ERROR_THROWN",
        "COMPLETED",
        "CANCELED",
        "MIGRATED",
        "RETRIES_UPDATED",
        "TIMED_OUT",
    ];

    fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }
}

impl From<JobState> for JobLife {
    fn from(state: JobState) -> Self {
        match state {
            JobState::Created | JobState::Activated => Self::Created,
            JobState::Backoff | JobState::Failed => Self::Failed,
            JobState::ErrorThrown => Self::ErrorThrown,
            JobState::Completed => Self::Completed,
            JobState::Canceled => Self::Canceled,
        }
    }
}

impl<'a> JobSearchResult<'a> {
    fn new(tenant: &'a str, root: Key, record: &'a Job) -> Self {
        Self {
            job_key: Key(record.key),
            r#type: &record.job_type,
            worker: record.worker.as_deref().unwrap_or_default(),
            state: record.state.into(),
            kind: kind(record.kind),
            listener_event_type: listener(record.listener),
            priority: record.priority,
            retries: record.retries,
            has_failed_with_retries_left: record.state == JobState::Backoff,
            error_message: record.error_message.as_deref(),
            error_code: record.error_code.as_deref(),
            custom_headers: Headers(&record.headers),
            deadline: record.deadline.map(Time),
            is_denied: record.denied,
            denied_reason: record.denied_reason.as_deref(),
            element_id: &record.element_id,
            element_instance_key: Key(record.element_instance),
            process_definition_id: &record.process_id,
            process_definition_key: Key(record.definition_key),
            process_instance_key: Key(record.instance),
            root_process_instance_key: Some(root),
            creation_time: Time(record.created_at),
            end_time: record.ended_at.map(Time),
            last_update_time: None,
            tenant_id: tenant,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_is_written_by_its_name() {
        use JobLife::*;
        for state in [Created, Failed, ErrorThrown, Completed, Canceled] {
            assert_eq!(
                serde_json::to_string(&state).unwrap(),
                format!("\"{}\"", state.name())
            );
        }
    }
}
