//! What can be asked of a process instance.

use anyam_bpmn::graph::NodeIx;

use crate::key::{
    ElementInstanceKey, IncidentKey, JobKey, MessageKey, SubscriptionKey, TimerKey, UserTaskKey,
};
use crate::transition::{Parent, Thrown};
use crate::value::{Timestamp, Variables};

/// One command to one process instance.
///
/// The engine checks a command against the instance's state before it changes anything; one that
/// does not fit is a [`crate::Rejection`] and leaves the instance as it was.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Starts the instance. Only for an instance just made by [`crate::Instance::new`].
    Start {
        /// Becomes the root scope's variables.
        variables: Variables,
        /// Where it begins.
        from: StartFrom,
        /// The call activity it runs for.
        parent: Option<Parent>,
    },
    /// Hands a job to an external worker until `deadline`.
    ActivateJob {
        /// The job.
        job: JobKey,
        /// The worker's name, for people.
        worker: Box<str>,
        /// When the job is handed out again.
        deadline: Timestamp,
    },
    /// A worker or step finished a job.
    CompleteJob {
        /// The job.
        job: JobKey,
        /// The result.
        variables: Variables,
    },
    /// A worker or step could not do a job.
    FailJob {
        /// The job.
        job: JobKey,
        /// How many attempts are left; 0 raises an incident.
        retries: u32,
        /// Time until the next attempt, in milliseconds.
        retry_backoff_ms: u64,
        /// What went wrong.
        message: Box<str>,
        /// Set in the task's own scope.
        variables: Variables,
    },
    /// A step attempt failed; the engine counts the retries itself. `permanent` skips them.
    StepFailed {
        /// The job.
        job: JobKey,
        /// The attempt (from 1) that failed; an answer of an earlier attempt is rejected.
        attempt: u32,
        /// Whether another attempt is useless.
        permanent: bool,
        /// Time until the next attempt where the step named one, in milliseconds.
        retry_after_ms: Option<u64>,
        /// What went wrong.
        message: Box<str>,
    },
    /// A worker or step throws a BPMN error at its task.
    ThrowJobError {
        /// The job.
        job: JobKey,
        /// The error code.
        code: Box<str>,
        /// What happened.
        message: Box<str>,
        /// Set in the scope of the catching event.
        variables: Variables,
    },
    /// Changes a job's retries or deadline.
    UpdateJob {
        /// The job.
        job: JobKey,
        /// New number of attempts left, at least 1.
        retries: Option<u32>,
        /// New deadline of an activated job.
        deadline: Option<Timestamp>,
    },
    /// A timer's time has come.
    FireTimer {
        /// The timer.
        timer: TimerKey,
    },
    /// A message matches a subscription.
    CorrelateMessage {
        /// The subscription.
        subscription: SubscriptionKey,
        /// The message.
        message: MessageKey,
        /// The message's payload.
        variables: Variables,
    },
    /// A signal that a subscription waits for was broadcast.
    ReceiveSignal {
        /// The subscription.
        subscription: SubscriptionKey,
        /// The signal's payload.
        variables: Variables,
    },
    /// The instance that [`crate::transition::Effect::StartChild`] asked for has completed.
    ChildEnded {
        /// The call activity's activation.
        at: ElementInstanceKey,
        /// The called instance's variables at its end.
        variables: Variables,
    },
    /// The instance that [`crate::transition::Effect::StartChild`] asked for throws something that
    /// it does not catch itself.
    ChildThrew {
        /// The call activity's activation.
        at: ElementInstanceKey,
        /// An error or an escalation.
        thrown: Thrown,
        /// Its code.
        code: Box<str>,
        /// What it brings along.
        variables: Variables,
    },
    /// The instance that [`crate::transition::Effect::StartChild`] asked for cannot be started.
    ChildNotStarted {
        /// The call activity's activation.
        at: ElementInstanceKey,
        /// Why, for an operator.
        message: Box<str>,
    },
    /// Sets or removes a user task's assignee.
    AssignUserTask {
        /// The task.
        task: UserTaskKey,
        /// The new assignee; `None` removes it.
        assignee: Option<Box<str>>,
        /// Whether another assignee may be replaced.
        allow_override: bool,
    },
    /// Completes a user task.
    CompleteUserTask {
        /// The task.
        task: UserTaskKey,
        /// The form's result.
        variables: Variables,
    },
    /// Sets variables in a scope, or where they are already held above it.
    SetVariables {
        /// The scope.
        scope: ElementInstanceKey,
        /// The variables.
        variables: Variables,
        /// Whether to set them in `scope` itself whatever is held above.
        local: bool,
    },
    /// Tries again what an incident stopped.
    ResolveIncident {
        /// The incident.
        incident: IncidentKey,
    },
    /// Ends the instance at once.
    Cancel,
}

/// Where an instance begins.
#[derive(Clone, Debug, PartialEq)]
pub enum StartFrom {
    /// At the only start event without a trigger (10.5.2).
    NoneStart,
    /// At this start event of the process, instantiating receive task or event behind an
    /// instantiating event-based gateway, whose trigger has occurred.
    Event {
        /// The element; one of [`anyam_bpmn::graph::ProcessGraph::start_triggers`].
        node: NodeIx,
        /// What the trigger brought.
        variables: Variables,
    },
}

impl Command {
    /// A plain start with these variables.
    pub fn start(variables: Variables) -> Self {
        Self::Start {
            variables,
            from: StartFrom::NoneStart,
            parent: None,
        }
    }
}
