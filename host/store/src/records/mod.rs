//! The rows of the platform, one file a subject: plain structs, their keys and their indexes.
//!
//! Keys of things are 64 bits, times are milliseconds since 1970 UTC, JSON is text.

mod decision;
mod definition;
mod deployed_file;
mod element;
pub(crate) mod every;
mod history;
mod incident;
mod instance;
mod job;
mod message;
mod outgoing;
mod rollout;
mod signal;
mod space_usage;
mod start;
mod step;
mod step_signature;
mod stored_value;
mod system;
mod tenant_setting;
mod usage;
mod user_task;
mod variable;

pub use decision::{
    Decision, DecisionInstance, DecisionInstancesByProcess, DecisionRequirements, DecisionValue,
    DecisionsById, DecisionsByRequirements, MatchedDecisionRule, RequirementsById,
};
pub use definition::{
    DefinitionsByProcess, DeletedByProcess, DeletedDefinition, ProcessDefinition, Resource,
    StepBinding,
};
pub use deployed_file::{DeployedFile, FileKind, FilesById};
pub use element::ElementInstance;
pub use history::HistorySegment;
pub use incident::{Incident, OpenIncidents};
pub use instance::{
    ActiveInstances, InstanceBlob, InstanceState, InstancesByDefinition, InstancesByParent,
    InstancesWithIncident, ParentInstance, ProcessInstance,
};
pub use job::{
    ActivatableJobs, Job, JobKind, JobState, JobsByPriority, ListenerEvent, activatable,
};
pub use message::{
    CorrelatedMessage, Message, MessageClaim, MessageSubscription, MessagesByCorrelation,
    MessagesById, SubscriptionsByMessage,
};
pub use outgoing::{Caller, News, Outgoing, Sent, Started};
pub use rollout::{BindingRevision, Rollout, VersionCalls};
pub use signal::{SignalSubscription, SubscriptionsBySignal};
pub use space_usage::SpaceUsage;
pub use start::{
    PartialStart, StartKind, StartLock, StartPart, StartSubscription, StartTimer,
    StartTimersByDefinition, StartsByName,
};
pub use step::{Component, StepVersion};
pub use step_signature::StepSignature;
pub use stored_value::{INLINE_BYTES, StoredContent, StoredValue};
pub use system::{BlockOwner, MessageExpiry, PendingStep, Tenant, TenantsByName, Timer};
pub use tenant_setting::TenantSetting;
pub use usage::{InstanceUsage, StepUsage};
pub use user_task::{UserTask, UserTaskState, UserTasksByAssignee, UserTasksByState};
pub use variable::Variable;

/// Lets a state stand in an index key, by its position in the enum.
macro_rules! state_key {
    ($state:ident) => {
        impl crate::KeyBytes for $state {
            fn encode(&self, out: &mut Vec<u8>) {
                out.push(*self as u8);
            }
        }
    };
}
use state_key;
