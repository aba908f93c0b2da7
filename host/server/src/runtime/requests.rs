//! What the API asks of the runtime and what it gets back.

use std::sync::Arc;
use std::time::Duration;

use anyam_engine::transition::{Headers, JobRecord};
use anyam_engine::value::Variables;

use super::catalog::Deployed;
use super::decisions::DeployedDecisions;
use super::files::FileVersion;
use crate::api::user_task::UserTaskProperties;
use crate::findings::FileFinding;

/// One file of a deployment.
#[derive(Clone, Debug)]
pub struct ResourceFile {
    /// The file's name; decides its kind by its ending.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What a deployment made or found.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// Key of the deployment.
    pub key: u64,
    /// The tenant's name.
    pub tenant: String,
    /// One entry a process, in file and document order; an identical redeploy gives the existing
    /// versions.
    pub processes: Vec<Arc<Deployed>>,
    /// One entry a DMN file, as for processes.
    pub decisions: Vec<DeployedDecisions>,
    /// One entry a file that is no model, as for processes.
    pub files: Vec<FileVersion>,
    /// What is doubtful in the files.
    pub warnings: Vec<FileFinding>,
}

/// Which process to start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProcessSelector {
    /// The latest version of a process id.
    Latest(String),
    /// One version of a process id.
    Version(String, i32),
    /// A definition key.
    Key(u64),
}

/// Starts a process instance.
#[derive(Clone, Debug)]
pub struct CreateInstance {
    /// The tenant's name.
    pub tenant: String,
    /// Which process.
    pub process: ProcessSelector,
    /// Root variables.
    pub variables: Variables,
    /// Ids of the elements to begin at in place of the start event; none is the start event.
    pub start_at: Vec<Box<str>>,
    /// Tags to find the instance by; the caller has checked them.
    pub tags: Vec<String>,
    /// A business key to find the instance by; the caller has checked it.
    pub business_id: Option<String>,
    /// Wait this long for the instance to end; without it the answer comes after the first commit.
    pub await_completion: Option<Duration>,
    /// Wait no longer than to the first incident, which is then the error.
    pub until_incident: bool,
}

/// A created (or awaited) process instance.
#[derive(Clone, Debug)]
pub struct CreatedInstance {
    /// Its key.
    pub key: u64,
    /// The tenant's name.
    pub tenant: String,
    /// What it runs.
    pub definition: Arc<Deployed>,
    /// The root variables at the end, for an awaited instance.
    pub variables: Option<Variables>,
}

/// Hands out jobs to a worker.
#[derive(Clone, Debug)]
pub struct ActivateJobs {
    /// Names of tenants to take jobs from; empty means the default tenant.
    pub tenants: Vec<String>,
    /// The job type.
    pub job_type: String,
    /// The worker's name.
    pub worker: String,
    /// How long the worker has a job.
    pub timeout: Duration,
    /// How many jobs at most.
    pub max_jobs: usize,
    /// Names of the variables to hand over; empty means all.
    pub fetch_variables: Vec<String>,
    /// How long to wait for a first job; zero does not wait.
    pub long_poll: Duration,
}

/// A job handed to a worker.
#[derive(Clone, Debug)]
pub struct ActivatedJob {
    /// The job.
    pub record: JobRecord,
    /// Its process instance.
    pub instance: u64,
    /// What the instance runs.
    pub definition: Arc<Deployed>,
    /// The tenant's name.
    pub tenant: String,
    /// The headers that the worker sees.
    pub headers: Headers,
    /// The variables the task sees.
    pub variables: Variables,
    /// The user task that it is about, where it is a task listener's.
    pub user_task: Option<UserTaskProperties>,
}

/// Publishes a message.
#[derive(Clone, Debug)]
pub struct PublishMessage {
    /// The tenant's name.
    pub tenant: String,
    /// The message's name.
    pub name: String,
    /// The correlation key.
    pub correlation_key: String,
    /// Makes a second publication with the same id (and name and key) a conflict while the first
    /// is buffered.
    pub message_id: Option<String>,
    /// How long the message waits for a subscription; zero does not buffer it.
    pub time_to_live: Duration,
    /// Its payload.
    pub variables: Variables,
}

/// What a command to an instance gave back.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Done and committed.
    Done,
    /// A job was handed out.
    Job(Box<ActivatedJob>),
}

/// What is addressed by a key alone (a job, an incident, a user task ...).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// The tenant that owns it.
    pub tenant: anyam_store::TenantId,
    /// The process instance it belongs to.
    pub instance: u64,
}

/// What comes along with a step version.
#[derive(Clone, Debug, Default)]
pub struct PushTerms {
    /// Signatures.
    pub signatures: Vec<anyam_artifact::signature::Signature>,
    /// Whether it is taken although it breaks processes that would be bound to it.
    pub force: bool,
}

/// A step version as it was stored.
#[derive(Clone, Debug)]
pub struct PushedStep {
    /// The stored record.
    pub record: anyam_store::records::StepVersion,
    /// Whether these bytes were new under this version (201) or known (200).
    pub created: bool,
}
