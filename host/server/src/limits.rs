//! Every bound of the server in one place.

use std::time::Duration;

use crate::api::limits::RequestLimits;
use crate::runtime::data_limits::DataLimits;
use crate::runtime::tenant_limits::Ceilings;
use crate::runtime::uploads::UploadLimits;

/// What tenants may make the server do. Defaults suit one machine of a few cores.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// BPMN models.
    pub model: anyam_bpmn::Limits,
    /// FEEL expressions.
    pub expression: anyam_feel::Limits,
    /// Process instances.
    pub engine: anyam_engine::Limits,
    /// Components of steps and their calls.
    pub step: anyam_sandbox::Limits,
    /// Requests.
    pub request: RequestLimits,
    /// Work in progress.
    pub runtime: RuntimeLimits,
    /// The most that a tenant may be given where its bounds differ from these.
    pub ceilings: Ceilings,
    /// What a tenant has set and stored.
    pub data: DataLimits,
}

/// Bounds on work in progress and on what is kept.
#[derive(Clone, Debug)]
pub struct RuntimeLimits {
    /// Tenants of the server; one more is refused with 413.
    pub tenants: usize,
    /// Commands that may wait in one shard; one more is refused with 503.
    pub queued: usize,
    /// Commands of one tenant that may wait in one shard; one more is refused with 429.
    pub queued_per_tenant: usize,
    /// Commands that may wait for one process instance; one more is refused with 429.
    pub queued_per_instance: usize,
    /// Commands one shard works on at once, the wait for their commit not counted.
    pub running: usize,
    /// As `running`, of one tenant.
    pub running_per_tenant: usize,
    /// Calls that a service task may let one instance of its step serve.
    pub calls_per_instance: u32,
    /// Step calls of one tenant that run at once; more wait their turn.
    pub steps_per_tenant: usize,
    /// How long a command waits for pure steps before what is done so far is committed without
    /// them.
    pub run_ahead: Duration,
    /// Costly expressions evaluated at once, each on a thread of its own; more wait their turn.
    pub isolated_expressions: usize,
    /// Bytes of parked process instances kept in memory, by all shards together.
    pub parked_bytes: usize,
    /// Compiled process definitions kept in memory.
    pub definitions: usize,
    /// Different bindings that rollouts may give one process definition.
    pub binding_revisions: usize,
    /// Components kept ready to call.
    pub components: usize,
    /// Timers sent to their instances at once.
    pub timers_in_flight: usize,
    /// Longest time a published message may be buffered.
    pub message_time_to_live: Duration,
    /// Bytes of a message's name, correlation key or id.
    pub message_text_bytes: usize,
    /// Subscriptions that one message looks at, and messages that one subscription looks at; those
    /// behind them in age are not reached.
    pub correlation_candidates: usize,
    /// Findings that the refusal of a deployment tells.
    pub deployment_findings: usize,
    /// Processes in one deployment.
    pub deployed_processes: usize,
    /// Decisions in one deployment.
    pub deployed_decisions: usize,
    /// Requests that may wait at once for jobs or for the end of an instance.
    pub waiting_requests: usize,
    /// Bytes of variables in one answer to a worker, after which no further jobs are added.
    pub activated_bytes: usize,
    /// How long a process instance that is over is kept, and a decision that a request asked for;
    /// after that it is removed with its history.
    pub retention: Duration,
    /// How often what is old is looked for.
    pub retention_interval: Duration,
    /// How long the removal of old instances rests between two commits.
    pub retention_pause: Duration,
    /// Rows that the removal of old instances reads, and removes, at once.
    pub retention_rows: usize,
    /// Bytes of the disk that the store leaves free: where a commit would leave less, nothing is
    /// stored until there is space again, and requests that store get 503.
    pub free_disk_bytes: u64,
    /// Components that are uploaded in pieces.
    pub uploads: UploadLimits,
}

impl Default for RuntimeLimits {
    fn default() -> Self {
        Self {
            tenants: 10_000,
            queued: 20_000,
            queued_per_tenant: 5_000,
            queued_per_instance: 1_000,
            running: 64,
            running_per_tenant: 16,
            calls_per_instance: 10_000,
            steps_per_tenant: 16,
            run_ahead: Duration::from_millis(50),
            isolated_expressions: 2,
            parked_bytes: 256 << 20,
            definitions: 1_000,
            binding_revisions: 1_000,
            components: 200,
            timers_in_flight: 1_000,
            message_time_to_live: Duration::from_secs(30 * 24 * 60 * 60),
            message_text_bytes: 1_024,
            correlation_candidates: 10_000,
            deployment_findings: 1_000,
            deployed_processes: 100,
            deployed_decisions: 1_000,
            waiting_requests: 10_000,
            activated_bytes: 16 << 20,
            retention: Duration::from_secs(100 * 365 * 24 * 60 * 60),
            retention_interval: Duration::from_secs(60),
            retention_pause: Duration::from_millis(20),
            retention_rows: 1_000,
            free_disk_bytes: 64 << 20,
            uploads: UploadLimits::default(),
        }
    }
}
