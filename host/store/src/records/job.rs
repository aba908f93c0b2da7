//! Jobs: the work of service tasks.

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::reader::TenantReader;
use crate::record::{Index, IndexSink, Record, TenantOwned, decode_since_version_1};
use crate::store::{Direction, Table};

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum JobState {
    /// Waits for a worker or a step.
    Created,
    /// A worker holds it until its deadline.
    Activated,
    /// Waits for its next attempt.
    Backoff,
    /// Out of attempts; an incident is open.
    Failed,
    /// Ended with a BPMN error.
    ErrorThrown,
    /// Done.
    Completed,
    /// Its element was left without it.
    Canceled,
}

/// What a job is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum JobKind {
    /// The work of an element.
    BpmnElement,
    /// An execution listener.
    ExecutionListener,
    /// A task listener.
    TaskListener,
    /// Deciding what runs in an ad-hoc sub-process.
    AdHocSubProcess,
}

/// When a listener runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ListenerEvent {
    /// Before an element.
    Start,
    /// After an element.
    End,
    /// Before a user task is created.
    Creating,
    /// Before an assignee is set.
    Assigning,
    /// Before a user task is changed.
    Updating,
    /// Before a user task is completed.
    Completing,
    /// Before a user task is cancelled.
    Canceling,
}

/// The work of one activation of a service task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Key.
    pub key: u64,
    /// The process instance.
    pub instance: u64,
    /// The process definition.
    pub definition_key: u64,
    /// Id of the process.
    pub process_id: String,
    /// Version of the process.
    pub process_version: i32,
    /// The service task.
    pub element_id: String,
    /// The activation of it.
    pub element_instance: u64,
    /// Type, by which workers ask for it.
    pub job_type: String,
    /// True if a step of the tenant does it, so that no worker may have it.
    pub step: bool,
    /// Attempts left.
    pub retries: u32,
    /// Attempts begun.
    pub attempt: u32,
    /// Where it stands.
    pub state: JobState,
    /// The worker that holds or held it.
    pub worker: Option<String>,
    /// Until when the worker holds it, or until when it waits. Milliseconds since 1970, UTC.
    pub deadline: Option<i64>,
    /// What the last attempt failed of.
    pub error_message: Option<String>,
    /// The BPMN error it ended with.
    pub error_code: Option<String>,
    /// Task headers of the model.
    pub headers: Vec<(String, String)>,
    /// Milliseconds since 1970, UTC.
    pub created_at: i64,
    /// Milliseconds since 1970, UTC.
    pub ended_at: Option<i64>,
    /// What it is for.
    pub kind: JobKind,
    /// When it runs, where it is a listener's.
    pub listener: Option<ListenerEvent>,
    /// The higher, the more urgent.
    pub priority: i32,
    /// Whether it has denied the change of its user task, where it is a task listener's that is done.
    pub denied: Option<bool>,
    /// Why.
    pub denied_reason: Option<String>,
}

impl Record for Job {
    type Owner = TenantOwned;
    type Key<'a> = (u64, u64);
    const TABLE: Table = Table::Jobs;
    const VERSION: u8 = 2;

    fn key(&self) -> (u64, u64) {
        (self.instance, self.key)
    }

    fn decode(version: u8, bytes: &[u8]) -> Result<Self> {
        decode_since_version_1::<JobV1, Self>(version, bytes)
    }

    fn indexes(&self, sink: &mut IndexSink) {
        if self.state != JobState::Created || self.step {
            return;
        }
        match self.priority {
            0 => sink.entry::<ActivatableJobs>(&(&*self.job_type, self.key)),
            priority => {
                let key = (&*self.job_type, descending(priority), self.key);
                sink.entry::<JobsByPriority>(&key);
            }
        }
    }
}

/// A job as version 1 wrote it: the work of an element, without a priority.
#[derive(Deserialize)]
struct JobV1 {
    key: u64,
    instance: u64,
    definition_key: u64,
    process_id: String,
    process_version: i32,
    element_id: String,
    element_instance: u64,
    job_type: String,
    step: bool,
    retries: u32,
    attempt: u32,
    state: JobState,
    worker: Option<String>,
    deadline: Option<i64>,
    error_message: Option<String>,
    error_code: Option<String>,
    headers: Vec<(String, String)>,
    created_at: i64,
    ended_at: Option<i64>,
}

impl From<JobV1> for Job {
    fn from(old: JobV1) -> Self {
        Self {
            key: old.key,
            instance: old.instance,
            definition_key: old.definition_key,
            process_id: old.process_id,
            process_version: old.process_version,
            element_id: old.element_id,
            element_instance: old.element_instance,
            job_type: old.job_type,
            step: old.step,
            retries: old.retries,
            attempt: old.attempt,
            state: old.state,
            worker: old.worker,
            deadline: old.deadline,
            error_message: old.error_message,
            error_code: old.error_code,
            headers: old.headers,
            created_at: old.created_at,
            ended_at: old.ended_at,
            kind: JobKind::BpmnElement,
            listener: None,
            priority: 0,
            denied: None,
            denied_reason: None,
        }
    }
}

/// The higher the priority, the lower this number.
fn descending(priority: i32) -> i64 {
    -i64::from(priority)
}

/// Jobs of priority 0 that a worker may have, by (type, key): the oldest first.
///
/// Those of another priority are in [`JobsByPriority`]; [`activatable`] reads both in order.
pub enum ActivatableJobs {}

impl Index for ActivatableJobs {
    type Record = Job;
    type Key<'a> = (&'a str, u64);
    const TABLE: Table = Table::ActivatableJobs;
}

/// Jobs of another priority than 0 that a worker may have, by (type, negated priority, key).
pub enum JobsByPriority {}

impl Index for JobsByPriority {
    type Record = Job;
    type Key<'a> = (&'a str, i64, u64);
    const TABLE: Table = Table::JobsByPriority;
}

/// The jobs of a type that a worker may have: the most urgent first, of those the oldest.
pub fn activatable<'r>(
    rows: TenantReader<'r>,
    job_type: &str,
) -> impl Iterator<Item = Result<Job>> + use<'r> {
    let others = || rows.index::<JobsByPriority>((job_type,), Direction::Forward);
    let zero = (job_type, descending(0));
    let usual = rows.index::<ActivatableJobs>((job_type,), Direction::Forward);
    others()
        .until(&zero)
        .chain(usual)
        .chain(others().from(&zero))
}
