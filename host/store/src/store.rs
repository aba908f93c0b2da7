//! The byte-level boundary a storage backend implements.

use std::ops::Bound;

use crate::{Batch, Refused, Result};

macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident = $disk:literal,)*) => {
        /// Every table there is. A table maps byte keys to byte values, ordered by key.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Table { $($(#[$doc])* $name,)* }

        impl Table {
            /// All tables, in declaration order.
            pub const ALL: &'static [Table] = &[$(Table::$name,)*];

            /// The table's name on disk; never changes once released.
            pub const fn name(self) -> &'static str {
                match self { $(Table::$name => $disk,)* }
            }
        }
    };
}

tables! {
    /// Format version and key high-water mark.
    Meta = "meta",
    /// [`crate::records::Tenant`].
    Tenants = "tenants",
    /// [`crate::records::TenantsByName`].
    TenantsByName = "tenants.name",
    /// [`crate::records::Timer`].
    Timers = "timers",
    /// [`crate::records::PendingStep`].
    PendingSteps = "pending_steps",
    /// [`crate::records::MessageExpiry`].
    MessageExpiries = "message_expiries",
    /// [`crate::records::BlockOwner`].
    BlockOwners = "block_owners",
    /// [`crate::records::ProcessDefinition`].
    Definitions = "definitions",
    /// [`crate::records::DefinitionsByProcess`].
    DefinitionsByProcess = "definitions.process",
    /// [`crate::records::DeletedDefinition`].
    DeletedDefinitions = "deleted_definitions",
    /// [`crate::records::DeletedByProcess`].
    DeletedByProcess = "deleted_definitions.process",
    /// [`crate::records::Resource`].
    Resources = "resources",
    /// [`crate::records::StepVersion`].
    StepVersions = "step_versions",
    /// [`crate::records::StepSignature`].
    StepSignatures = "step_signatures",
    /// [`crate::records::Component`].
    Components = "components",
    /// [`crate::records::InstanceBlob`].
    InstanceBlobs = "instance_blobs",
    /// [`crate::records::ProcessInstance`].
    Instances = "instances",
    /// [`crate::records::InstancesByDefinition`].
    InstancesByDefinition = "instances.definition",
    /// [`crate::records::ActiveInstances`].
    ActiveInstances = "instances.active",
    /// [`crate::records::InstancesWithIncident`].
    InstancesWithIncident = "instances.incident",
    /// [`crate::records::InstancesByParent`].
    InstancesByParent = "instances.parent",
    /// [`crate::records::ElementInstance`].
    ElementInstances = "element_instances",
    /// [`crate::records::Variable`].
    Variables = "variables",
    /// [`crate::records::Job`].
    Jobs = "jobs",
    /// [`crate::records::ActivatableJobs`].
    ActivatableJobs = "jobs.activatable",
    /// [`crate::records::JobsByPriority`].
    JobsByPriority = "jobs.priority",
    /// [`crate::records::UserTask`].
    UserTasks = "user_tasks",
    /// [`crate::records::UserTasksByState`].
    UserTasksByState = "user_tasks.state",
    /// [`crate::records::UserTasksByAssignee`].
    UserTasksByAssignee = "user_tasks.assignee",
    /// [`crate::records::Incident`].
    Incidents = "incidents",
    /// [`crate::records::OpenIncidents`].
    OpenIncidents = "incidents.open",
    /// [`crate::records::MessageSubscription`].
    MessageSubscriptions = "message_subscriptions",
    /// [`crate::records::SubscriptionsByMessage`].
    SubscriptionsByMessage = "message_subscriptions.message",
    /// [`crate::records::Message`].
    Messages = "messages",
    /// [`crate::records::MessagesByCorrelation`].
    MessagesByCorrelation = "messages.correlation",
    /// [`crate::records::MessagesById`].
    MessagesById = "messages.id",
    /// [`crate::records::MessageClaim`].
    MessageClaims = "message_claims",
    /// [`crate::records::CorrelatedMessage`].
    CorrelatedMessages = "correlated_messages",
    /// [`crate::records::SignalSubscription`].
    SignalSubscriptions = "signal_subscriptions",
    /// [`crate::records::SubscriptionsBySignal`].
    SubscriptionsBySignal = "signal_subscriptions.name",
    /// [`crate::records::StartSubscription`].
    StartSubscriptions = "start_subscriptions",
    /// [`crate::records::StartsByName`].
    StartsByName = "start_subscriptions.name",
    /// [`crate::records::StartLock`].
    StartLocks = "start_locks",
    /// [`crate::records::StartTimer`].
    StartTimers = "start_timers",
    /// [`crate::records::StartTimersByDefinition`].
    StartTimersByDefinition = "start_timers.definition",
    /// [`crate::records::PartialStart`].
    PartialStarts = "partial_starts",
    /// [`crate::records::Outgoing`].
    Outgoing = "outgoing",
    /// [`crate::records::HistorySegment`].
    HistorySegments = "history_segments",
    /// [`crate::records::TenantSetting`].
    TenantSettings = "tenant_settings",
    /// [`crate::records::SpaceUsage`].
    SpaceUsage = "space_usage",
    /// [`crate::records::StoredValue`].
    StoredValues = "stored_values",
    /// [`crate::records::StoredContent`].
    StoredContents = "stored_contents",
    /// [`crate::records::StepUsage`].
    StepUsage = "step_usage",
    /// [`crate::records::InstanceUsage`].
    InstanceUsage = "instance_usage",
    /// [`crate::records::Rollout`].
    Rollouts = "rollouts",
    /// [`crate::records::BindingRevision`].
    BindingRevisions = "binding_revisions",
    /// [`crate::records::DecisionRequirements`].
    DecisionRequirements = "decision_requirements",
    /// [`crate::records::RequirementsById`].
    RequirementsById = "decision_requirements.id",
    /// [`crate::records::Decision`].
    Decisions = "decisions",
    /// [`crate::records::DecisionsById`].
    DecisionsById = "decisions.id",
    /// [`crate::records::DecisionsByRequirements`].
    DecisionsByRequirements = "decisions.requirements",
    /// [`crate::records::DecisionInstance`].
    DecisionInstances = "decision_instances",
    /// [`crate::records::DecisionInstancesByProcess`].
    DecisionInstancesByProcess = "decision_instances.instance",
    /// [`crate::records::DeployedFile`].
    DeployedFiles = "deployed_files",
    /// [`crate::records::FilesById`].
    FilesById = "deployed_files.id",
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Which way a scan runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the smallest key upwards.
    Forward,
    /// From the largest key downwards.
    Reverse,
}

/// A storage backend: ordered byte tables, atomic durable commits, consistent reads.
pub trait Store: Send + Sync + 'static {
    /// A view of everything committed so far, unmoved by later commits.
    fn read(&self) -> Result<Box<dyn ReadView>>;

    /// Whether there is room for a commit of batches of so many bytes.
    ///
    /// # Errors
    /// [`DiskFull`](crate::StoreError::DiskFull).
    fn room(&self, bytes: u64) -> Result<()> {
        let _ = bytes;
        Ok(())
    }

    /// Applies the operations of all batches, in order, atomically and durably: when it returns
    /// `Ok`, they survive a power cut, at the price of one disk sync for all batches together; when
    /// it returns an error or the power is cut before, either all or none of them are there.
    ///
    /// A batch is left out, as if it had not been among them, where a row is not as it expects or a
    /// counter would leave its bounds, with what the batches before it do already counted in:
    /// [`resolve`](crate::resolve) says which those are. Gives them back in order.
    ///
    /// Called by one thread at a time.
    ///
    /// # Errors
    /// With [`DiskFull`](crate::StoreError::DiskFull) the store goes on to be read; either the same
    /// batches are committed next, or none any more. With any other error nothing more may be
    /// committed.
    fn commit(&self, batches: &[Batch]) -> Result<Vec<Refused>>;
}

/// A consistent view of a [`Store`]. Values are lent to a visitor instead of copied out.
pub trait ReadView: Send + Sync {
    /// Calls `found` with the value under `key`; `false` if there is none.
    fn get(&self, table: Table, key: &[u8], found: &mut dyn FnMut(&[u8])) -> Result<bool>;

    /// The rows between two keys, in key order or its reverse.
    fn scan<'a>(
        &'a self,
        table: Table,
        start: Bound<&[u8]>,
        end: Bound<&[u8]>,
        direction: Direction,
    ) -> Result<Box<dyn Rows + 'a>>;
}

/// The rows of a scan.
pub trait Rows {
    /// Calls `row` with the next key and value; `false` at the end.
    fn next(&mut self, row: &mut dyn FnMut(&[u8], &[u8])) -> Result<bool>;
}
