//! What a command did: effects for the runtime to carry out, events for it to store.
//!
//! Both are plain data. The runtime stores the new instance state and every event in one
//! transaction and carries out the effects after it (a pure step may run before).

use std::sync::Arc;

use anyam_bpmn::graph::{Binding, ListenerEvent, Node, NodeIx};
use anyam_feel::dmn::{Evaluated, Failed};

use crate::job_slot::JobSlot;
use crate::key::{
    DecisionEvaluationKey, DecisionKey, ElementInstanceKey, IncidentKey, InstanceKey, JobKey,
    MessageKey, ResourceKey, SubscriptionKey, TimerKey, UserTaskKey, VariableKey,
};
use crate::value::{Json, Timestamp, Variables};

/// The outcome of one command.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Transition {
    /// What the runtime must do, in order.
    pub effects: Vec<Effect>,
    /// What happened, in order. Where one record appears more than once, the last is its state.
    pub events: Vec<Event>,
}

/// Something for the runtime to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Call the step that is bound to the task `element` and send [`crate::Command::CompleteJob`],
    /// [`crate::Command::StepFailed`] or [`crate::Command::ThrowJobError`] back.
    InvokeStep(StepInvocation),
    /// Send [`crate::Command::FireTimer`] at `due` or as soon after as possible, never before.
    ScheduleTimer {
        /// The timer.
        timer: TimerKey,
        /// When.
        due: Timestamp,
    },
    /// Forget a timer.
    CancelTimer {
        /// The timer.
        timer: TimerKey,
        /// What it was scheduled for.
        due: Timestamp,
    },
    /// From now on send matching messages.
    OpenSubscription(Subscription),
    /// Stop sending messages.
    CloseSubscription(Subscription),
    /// Start an instance of another process for a call activity and send
    /// [`crate::Command::ChildEnded`], [`crate::Command::ChildThrew`] or
    /// [`crate::Command::ChildNotStarted`] back.
    StartChild {
        /// What the called instance is to know of its caller.
        parent: Parent,
        /// The process.
        process_id: Box<str>,
        /// Which version of it.
        binding: Binding,
        /// What the instance begins with.
        variables: Variables,
    },
    /// Cancel the instance that the call activity `at` has started.
    CancelChild {
        /// The call activity's activation.
        at: ElementInstanceKey,
    },
    /// Send [`crate::Command::ChildThrew`] to the instance that called this one.
    ThrowToParent {
        /// An error or an escalation.
        thrown: Thrown,
        /// Its code.
        code: Box<str>,
        /// What it brings along.
        variables: Variables,
    },
    /// Publish a message inside the tenant.
    PublishMessage {
        /// Its name.
        name: Box<str>,
        /// Its correlation key; without one it can only start instances.
        correlation_key: Option<Box<str>>,
        /// How long it is kept for a subscription to come, in milliseconds.
        time_to_live_ms: u64,
        /// Its payload.
        variables: Variables,
    },
    /// Broadcast a signal inside the tenant; this instance gets it like any other.
    BroadcastSignal {
        /// Its name.
        name: Box<str>,
        /// Its payload.
        variables: Variables,
    },
    /// The instance is over; no command will be accepted.
    Ended {
        /// How.
        how: InstanceState,
        /// The root scope's variables at the end.
        variables: Variables,
    },
}

/// Names and texts that are handed to a worker or step.
pub type Headers = Vec<(Box<str>, Box<str>)>;

/// One call of a step.
#[derive(Clone, Debug, PartialEq)]
pub struct StepInvocation {
    /// The job the call works on.
    pub job: JobKey,
    /// The task.
    pub element: NodeIx,
    /// The task's activation.
    pub element_instance: ElementInstanceKey,
    /// Which of the element's jobs it is.
    pub slot: JobSlot,
    /// What it is for.
    pub kind: JobKind,
    /// The attempt, from 1.
    pub attempt: u32,
    /// Headers beside those of the task.
    pub headers: Headers,
    /// The JSON object handed to the step.
    pub input: Arc<str>,
}

/// What a called instance can throw into the one that called it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Thrown {
    /// An error: it ends what it passes on its way to its catcher.
    Error,
    /// An escalation: without a catcher nothing happens.
    Escalation,
}

/// A wait for one message or for a signal.
#[derive(Clone, Debug, PartialEq)]
pub struct Subscription {
    /// Its key.
    pub key: SubscriptionKey,
    /// The event or task that waits.
    pub element: NodeIx,
    /// The activation that owns the wait: the task's or event's own, that of the activity a boundary
    /// event sits on, of the scope of an event sub-process, of an event-based gateway.
    pub element_instance: ElementInstanceKey,
    /// For what.
    pub awaits: Awaited,
}

/// What a subscription is for.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Awaited {
    /// A message.
    Message {
        /// Its name.
        name: Box<str>,
        /// The value its correlation key must equal.
        correlation_key: Box<str>,
    },
    /// A signal.
    Signal {
        /// Its name.
        name: Box<str>,
    },
}

/// Something that happened, as the whole record that search and history show.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The process instance's own state.
    Instance(InstanceRecord),
    /// An element instance (other than the process itself) began, changed or ended.
    Element(ElementRecord),
    /// A variable got a value.
    Variable(VariableRecord),
    /// A job was created or changed. Completed, cancelled and error-thrown jobs are final.
    Job(JobRecord),
    /// A user task was created or changed.
    UserTask(UserTaskRecord),
    /// An incident was raised or resolved.
    Incident(IncidentRecord),
    /// A sequence flow was taken.
    FlowTaken {
        /// Position in the graph.
        flow: anyam_bpmn::graph::FlowIx,
    },
    /// A message was correlated.
    MessageCorrelated {
        /// The message.
        message: MessageKey,
        /// The subscription that it met.
        subscription: Box<Subscription>,
    },
    /// A signal reached a subscription.
    SignalReceived {
        /// The subscription.
        subscription: SubscriptionKey,
    },
    /// A decision was made, or could not be.
    DecisionEvaluated(Box<DecisionRecord>),
}

/// The call activity that a called instance runs for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Parent {
    /// The process instance that called.
    pub instance: InstanceKey,
    /// The call activity's activation in it.
    pub element_instance: ElementInstanceKey,
    /// The first instance of the chain of calls, which nobody called.
    pub root: InstanceKey,
    /// How many calls lie between that and the called instance: 1 for what the first one calls.
    pub depth: u32,
}

/// Life of a process instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum InstanceState {
    /// Not over.
    Active,
    /// Every token reached an end.
    Completed,
    /// Cancelled from outside.
    Terminated,
}

/// The process instance as search shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct InstanceRecord {
    /// Its state.
    pub state: InstanceState,
    /// Who called it.
    pub parent: Option<Parent>,
    /// Start.
    pub started_at: Timestamp,
    /// End, where it has ended.
    pub ended_at: Option<Timestamp>,
    /// Whether an incident is open anywhere in it.
    pub has_incident: bool,
}

/// Life of an element instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum ElementState {
    /// Not over.
    Active,
    /// Over, normally.
    Completed,
    /// Over because it was interrupted or cancelled.
    Terminated,
}

/// An element instance's part in a repeated activity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Role {
    /// None: the activity is not repeated.
    #[default]
    Plain,
    /// It stands for all iterations, which run inside it.
    Body,
    /// It is the iteration with this number, from 1.
    Iteration(u32),
    /// It is the scope of one element that runs in an ad-hoc sub-process.
    Inner,
}

/// An element instance as search shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct ElementRecord {
    /// Its key.
    pub key: ElementInstanceKey,
    /// The element.
    pub element: NodeIx,
    /// Its part in a repeated activity.
    pub role: Role,
    /// The scope it runs in.
    pub scope: ElementInstanceKey,
    /// Its state.
    pub state: ElementState,
    /// Start.
    pub started_at: Timestamp,
    /// End, where it has ended.
    pub ended_at: Option<Timestamp>,
    /// The open incident that stops it.
    pub incident: Option<IncidentKey>,
}

/// A variable as search shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct VariableRecord {
    /// Its key.
    pub key: VariableKey,
    /// The scope that holds it.
    pub scope: ElementInstanceKey,
    /// Its name.
    pub name: Box<str>,
    /// Its value.
    pub value: Json,
}

/// Life of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum JobState {
    /// Waits for a worker (or, bound to a step, for the runtime).
    Created,
    /// With a worker until its deadline.
    Activated,
    /// Failed with attempts left; waits for its back-off to pass.
    Backoff,
    /// Failed with no attempt left; an incident is open.
    Failed,
    /// A worker threw a BPMN error.
    ErrorThrown,
    /// Done.
    Completed,
    /// Its task was interrupted.
    Canceled,
}

/// What a job is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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

/// A job as activation and search show it.
#[derive(Clone, Debug, PartialEq)]
pub struct JobRecord {
    /// Its key.
    pub key: JobKey,
    /// The task.
    pub element: NodeIx,
    /// The task's activation.
    pub element_instance: ElementInstanceKey,
    /// What it is for.
    pub kind: JobKind,
    /// When it runs, where it is a listener's.
    pub listener: Option<ListenerEvent>,
    /// The higher, the sooner a worker gets it.
    pub priority: i32,
    /// The evaluated job type.
    pub job_type: Box<str>,
    /// Whether a step does it; such a job is never handed to a worker.
    pub step: bool,
    /// Attempts left.
    pub retries: u32,
    /// The running (or last) attempt, from 1.
    pub attempt: u32,
    /// Its state.
    pub state: JobState,
    /// The worker that has it.
    pub worker: Option<Box<str>>,
    /// When the worker must be done.
    pub deadline: Option<Timestamp>,
    /// What went wrong last.
    pub error_message: Option<Box<str>>,
    /// The error code a worker threw.
    pub error_code: Option<Box<str>>,
    /// Headers beside those of the task, in whose place they stand where they have the same name.
    pub headers: Headers,
    /// Whether it has denied the change of its user task; of the last record of a task listener's.
    pub denied: Option<bool>,
    /// Why.
    pub denied_reason: Option<Box<str>>,
    /// Start.
    pub created_at: Timestamp,
    /// End, where it has ended.
    pub ended_at: Option<Timestamp>,
}

impl JobRecord {
    /// Every header that a worker sees. `node` is the task.
    pub fn all_headers(&self, node: &Node) -> Headers {
        let is_own = |name: &str| self.headers.iter().any(|(own, _)| **own == *name);
        let task = node.headers.iter().filter(|(name, _)| !is_own(name));
        task.chain(&self.headers).cloned().collect()
    }
}

/// Life of a user task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum UserTaskState {
    /// Open.
    Created,
    /// Done.
    Completed,
    /// Its element was interrupted.
    Canceled,
    /// Its `creating` listeners run.
    Creating,
    /// Its `assigning` listeners run.
    Assigning,
    /// Its `updating` listeners run.
    Updating,
    /// Its `completing` listeners run.
    Completing,
    /// Its `canceling` listeners run.
    Canceling,
}

/// A user task as search shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct UserTaskRecord {
    /// Its key.
    pub key: UserTaskKey,
    /// The element.
    pub element: NodeIx,
    /// Its activation.
    pub element_instance: ElementInstanceKey,
    /// Its state.
    pub state: UserTaskState,
    /// Who works on it.
    pub assignee: Option<Box<str>>,
    /// Groups that may claim it.
    pub candidate_groups: Vec<Box<str>>,
    /// Users that may claim it.
    pub candidate_users: Vec<Box<str>>,
    /// When it is due.
    pub due_date: Option<Timestamp>,
    /// When to follow up.
    pub follow_up_date: Option<Timestamp>,
    /// 0 to 100.
    pub priority: u8,
    /// The form that is kept elsewhere.
    pub external_form: Option<Box<str>>,
    /// The deployed form.
    pub form: Option<ResourceKey>,
    /// Start.
    pub created_at: Timestamp,
    /// End, where it has ended.
    pub ended_at: Option<Timestamp>,
}

/// What kind of trouble stopped an element. Names follow Camunda 8's `errorType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum IncidentKind {
    /// An input or output mapping could not be evaluated.
    IoMappingError,
    /// A job has no attempts left.
    JobNoRetries,
    /// A condition could not be evaluated, or no flow of an exclusive gateway fits.
    ConditionError,
    /// Any other expression (script, timer, correlation key, job type) failed.
    ExtractValueError,
    /// A thrown BPMN error has no catcher.
    UnhandledErrorEvent,
    /// A limit of the tenant was reached; the message names it.
    ResourceLimit,
    /// The process of a call activity cannot be called.
    CalledElementError,
    /// A decision could not be evaluated.
    DecisionEvaluationError,
    /// The job of an execution listener has no attempts left.
    ExecutionListenerNoRetries,
    /// The job of a task listener has no attempts left.
    TaskListenerNoRetries,
    /// The job of an ad-hoc sub-process has no attempts left.
    AdHocSubProcessNoRetries,
    /// The decision that is called is not there.
    CalledDecisionError,
    /// The form of a user task is not there.
    FormNotFound,
    /// A linked resource is not there.
    ResourceNotFound,
    /// Inclusive joins wait for each other.
    JoinDeadlock,
}

/// What became of a decision, once.
#[derive(Clone, Debug, PartialEq)]
pub struct DecisionRecord {
    /// Its key.
    pub key: DecisionEvaluationKey,
    /// The decision that was asked for.
    pub decision: DecisionKey,
    /// The task.
    pub element: NodeIx,
    /// Its activation.
    pub element_instance: ElementInstanceKey,
    /// When.
    pub evaluated_at: Timestamp,
    /// The result with all decisions that led to it, or why there is none.
    pub result: Result<Evaluated, Box<Failed>>,
}

/// An incident as search shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct IncidentRecord {
    /// Its key.
    pub key: IncidentKey,
    /// What kind of trouble.
    pub kind: IncidentKind,
    /// What happened and what to mend.
    pub message: Box<str>,
    /// The element.
    pub element: NodeIx,
    /// Its activation.
    pub element_instance: ElementInstanceKey,
    /// The job, where one is concerned.
    pub job: Option<JobKey>,
    /// When it was raised.
    pub created_at: Timestamp,
    /// When it was resolved (or its element ended).
    pub resolved_at: Option<Timestamp>,
}
