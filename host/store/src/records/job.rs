//! Jobs: the work of service tasks.

use serde::{Deserialize, Serialize};

use crate::Table;
use crate::record::{Index, IndexSink, Record, TenantOwned};

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
}

impl Record for Job {
    type Owner = TenantOwned;
    type Key<'a> = (u64, u64);
    const TABLE: Table = Table::Jobs;

    fn key(&self) -> (u64, u64) {
        (self.instance, self.key)
    }

    fn indexes(&self, sink: &mut IndexSink) {
        if self.state == JobState::Created && !self.step {
            sink.entry::<ActivatableJobs>(&(&*self.job_type, self.key));
        }
    }
}

/// Jobs a worker may have, by (type, key): the oldest first.
pub enum ActivatableJobs {}

impl Index for ActivatableJobs {
    type Record = Job;
    type Key<'a> = (&'a str, u64);
    const TABLE: Table = Table::ActivatableJobs;
}
