//! What can be asked of a process instance.

use std::sync::Arc;

use anyam_bpmn::graph::NodeIx;

use crate::key::{
    ElementInstanceKey, IncidentKey, JobKey, MessageKey, SubscriptionKey, TimerKey, UserTaskKey,
};
use crate::process::Process;
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
        /// What it brings.
        variables: Variables,
        /// What a worker decides beside that, where the job is a task listener's or an ad-hoc
        /// sub-process's.
        result: Option<Box<JobResult>>,
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
    /// Changes attributes of a user task.
    UpdateUserTask {
        /// The task.
        task: UserTaskKey,
        /// What changes. The assignee is set by [`Command::AssignUserTask`].
        attributes: Box<TaskAttributes>,
    },
    /// Begins elements of an ad-hoc sub-process from outside.
    ActivateAdHoc {
        /// The activation of the ad-hoc sub-process.
        at: ElementInstanceKey,
        /// What begins; none of them more than once.
        elements: Vec<AdHocElement>,
        /// Whether what runs in it is terminated first.
        cancel_remaining: bool,
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
    /// Activates, terminates and moves elements by hand.
    Modify(Box<Modification>),
    /// Goes on in another process, in most cases another version of the same.
    Migrate(Box<Migration>),
    /// Ends the instance at once.
    Cancel,
}

/// Where a [`Command::Migrate`] leads. From its acceptance on the instance belongs to the target:
/// further commands need that in their [`crate::Environment`], and the elements of events and
/// effects are the target's, those of the migration's own included.
#[derive(Clone, Debug, PartialEq)]
pub struct Migration {
    /// The process to go on in.
    pub target: Target,
    /// Source and target `id` of every element that is alive, or at which tokens wait, and of the
    /// events that are to be waited for as before.
    pub mapping: Vec<(Box<str>, Box<str>)>,
}

/// A process; equal to itself alone.
#[derive(Clone, Debug)]
pub struct Target(pub Arc<Process>);

impl PartialEq for Target {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// What a [`Command::Modify`] changes: all of it or nothing. New elements begin before others are
/// terminated, so a scope that gets one lives on; a scope that is left without a token is terminated,
/// and so in the end the process instance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Modification {
    /// Elements that begin.
    pub activate: Vec<Activate>,
    /// Elements whose tokens begin elsewhere.
    pub moves: Vec<Move>,
    /// Element instances that end.
    pub terminate: Vec<Source>,
}

/// An element that begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Activate {
    /// Its `id`; no start event, boundary event, event sub-process or compensation handler.
    pub element: Box<str>,
    /// The live scope in which it and the scopes between are to begin. Without it these are the live
    /// ones around it, which must be the only ones, and new ones where there are none.
    pub ancestor: Option<ElementInstanceKey>,
    /// Variables that are set first.
    pub variables: Vec<ScopedVariables>,
}

/// Variables of a scope.
#[derive(Clone, Debug, PartialEq)]
pub struct ScopedVariables {
    /// The `id` of the element that begins or of a scope around it; without it the process.
    pub scope: Option<Box<str>>,
    /// The variables.
    pub variables: Variables,
}

/// Live element instances.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// This one.
    Instance(ElementInstanceKey),
    /// Every one of the element with this `id`.
    Element(Box<str>),
}

/// A token that is taken from one element and begins another.
#[derive(Clone, Debug, PartialEq)]
pub struct Move {
    /// What ends; each instance of it begins `to` once.
    pub from: Source,
    /// The `id` of what begins.
    pub to: Box<str>,
    /// In which scope.
    pub ancestor: Ancestor,
    /// Variables that are set first.
    pub variables: Vec<ScopedVariables>,
}

/// The scope in which a moved token goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ancestor {
    /// The nearest one around the source that is around the target, too.
    #[default]
    Inferred,
    /// This one.
    Direct(ElementInstanceKey),
    /// The one that the source runs in.
    SourceParent,
}

/// Where an instance begins.
#[derive(Clone, Debug, PartialEq)]
pub enum StartFrom {
    /// At the only start event without a trigger (10.5.2).
    NoneStart,
    /// At these elements, in place of a start event; the `ancestor` of each is absent.
    Elements(Vec<Activate>),
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

/// What a worker decides when it completes a job.
#[derive(Clone, Debug, PartialEq)]
pub enum JobResult {
    /// Of a task listener.
    UserTask(TaskResult),
    /// Of an ad-hoc sub-process.
    AdHoc(AdHocResult),
}

/// What a task listener decides about the change of its user task.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TaskResult {
    /// Whether the change is forgotten.
    pub denied: bool,
    /// Why, where it is.
    pub denied_reason: Option<Box<str>>,
    /// What it sets in the task; nothing may be set where it denies.
    pub corrections: TaskAttributes,
}

/// Attributes of a user task to set; what is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct TaskAttributes {
    /// The assignee; `Some(None)` removes it.
    pub assignee: Option<Option<Box<str>>>,
    /// The candidate groups.
    pub candidate_groups: Option<Vec<Box<str>>>,
    /// The candidate users.
    pub candidate_users: Option<Vec<Box<str>>>,
    /// The due date; `Some(None)` removes it.
    pub due_date: Option<Option<Timestamp>>,
    /// The follow-up date; `Some(None)` removes it.
    pub follow_up_date: Option<Option<Timestamp>>,
    /// The priority, from 0 to 100.
    pub priority: Option<u8>,
}

impl TaskAttributes {
    /// Takes over what another one sets.
    pub(crate) fn extend(&mut self, other: Self) {
        let Self {
            assignee,
            candidate_groups,
            candidate_users,
            due_date,
            follow_up_date,
            priority,
        } = other;
        self.assignee = assignee.or_else(|| self.assignee.take());
        self.candidate_groups = candidate_groups.or_else(|| self.candidate_groups.take());
        self.candidate_users = candidate_users.or_else(|| self.candidate_users.take());
        self.due_date = due_date.or(self.due_date);
        self.follow_up_date = follow_up_date.or(self.follow_up_date);
        self.priority = priority.or(self.priority);
    }
}

/// What the worker of an ad-hoc sub-process decides.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AdHocResult {
    /// What begins.
    pub activate: Vec<AdHocElement>,
    /// Whether the sub-process is complete: at once with `cancel_remaining`, else once nothing runs
    /// in it any more.
    pub completes: bool,
    /// Whether what runs in it is terminated when it completes.
    pub cancel_remaining: bool,
}

/// An element of an ad-hoc sub-process that is to begin.
#[derive(Clone, Debug, PartialEq)]
pub struct AdHocElement {
    /// Its BPMN id.
    pub element: Box<str>,
    /// Variables of its own.
    pub variables: Variables,
}
