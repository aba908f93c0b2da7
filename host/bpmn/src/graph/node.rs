//! Flow nodes and scopes.

use super::{
    CalledDecision, CalledElement, DataAssociation, DataItem, EventTrigger, ExprIx, FlowIx,
    InputOutput, JobDefinition, LinkedResource, Listener, Location, Mappings, MessageIx, NodeIx,
    Repetition, SubProcess, UserTaskDefinition, Value,
};

/// A flow node or scope.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The BPMN `id`.
    pub id: Box<str>,
    /// The BPMN `name`.
    pub name: Option<Box<str>>,
    /// What it is and what only that kind carries.
    pub kind: NodeKind,
    /// The scope it stands in; of [`super::ROOT`], itself.
    pub scope: NodeIx,
    /// Sequence flows that end here, in document order.
    pub incoming: Vec<FlowIx>,
    /// Sequence flows that begin here, in document order.
    pub outgoing: Vec<FlowIx>,
    /// The default flow among `outgoing`.
    pub default_flow: Option<FlowIx>,
    /// Boundary events attached to this activity, in document order.
    pub boundaries: Vec<NodeIx>,
    /// `zeebe:ioMapping`.
    pub mappings: Mappings,
    /// `zeebe:taskHeaders`, in document order.
    pub headers: Vec<(Box<str>, Box<str>)>,
    /// `zeebe:properties`, in document order.
    pub properties: Vec<(Box<str>, Box<str>)>,
    /// Where it stands in the file.
    pub location: Location,
    /// What few elements have; see [`Node::extras`].
    pub(crate) extras: Option<Box<Extras>>,
    /// See [`Node::element_type`].
    pub(crate) element_type: &'static str,
}

impl Node {
    /// The type of the BPMN element as the Camunda 8 API names it: `SERVICE_TASK`,
    /// `EXCLUSIVE_GATEWAY`, `START_EVENT`. It is finer than [`NodeKind`]: a manual task is a
    /// `MANUAL_TASK`, a task without a type a `TASK`.
    pub fn element_type(&self) -> &'static str {
        self.element_type
    }

    /// What few elements have: markers, listeners, data.
    pub fn extras(&self) -> &Extras {
        static NONE: Extras = Extras::NONE;
        self.extras.as_deref().unwrap_or(&NONE)
    }

    /// The job that a worker or step does for it, where it is one: that of a task, an event or an
    /// ad-hoc sub-process.
    pub fn job(&self) -> Option<&JobDefinition> {
        match &self.kind {
            NodeKind::Job(job) => Some(job),
            NodeKind::ThrowEvent { job, .. } | NodeKind::EndEvent { job, .. } => job.as_ref(),
            NodeKind::SubProcess(sub_process) => sub_process.ad_hoc()?.job.as_ref(),
            _ => None,
        }
    }
}

/// What a [`Node`] is.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// The process itself, always and only at [`super::ROOT`].
    Process(Box<Scope>),
    /// Any sub-process (10.3.5).
    SubProcess(Box<SubProcess>),
    /// Start event (10.5.2).
    StartEvent {
        /// What starts it.
        trigger: EventTrigger,
        /// `isInterrupting`; says something only at the start of an event sub-process.
        interrupting: bool,
    },
    /// Intermediate throw event (10.5.4).
    ThrowEvent {
        /// What it throws.
        trigger: EventTrigger,
        /// The job that throws it in its place.
        job: Option<JobDefinition>,
    },
    /// End event (10.5.3).
    EndEvent {
        /// What it throws.
        trigger: EventTrigger,
        /// The job that throws it in its place.
        job: Option<JobDefinition>,
    },
    /// Intermediate catch event (10.5.4). A link ([`EventTrigger::Link`]) has no incoming flow.
    CatchEvent(EventTrigger),
    /// Boundary event (10.5.4) on the activity `attached_to`.
    BoundaryEvent {
        /// The activity it sits on.
        attached_to: NodeIx,
        /// `cancelActivity`; always true of an error, and of a cancel event.
        interrupting: bool,
        /// What sets it off.
        trigger: EventTrigger,
    },
    /// Service task, or a send, business rule or script task that a worker or step does (10.3.3);
    /// which of them is [`Node::element_type`].
    Job(JobDefinition),
    /// Script task with `zeebe:script`.
    ScriptTask {
        /// The FEEL script.
        expression: ExprIx,
        /// The variable that gets its value.
        result_variable: Box<str>,
    },
    /// Business rule task with `zeebe:calledDecision` (10.3.3).
    BusinessRuleTask(Box<CalledDecision>),
    /// User task (10.3.4), `zeebe:userTask`.
    UserTask(Box<UserTaskDefinition>),
    /// Send task that publishes its message (10.3.3).
    SendTask(MessageIx),
    /// Receive task (10.3.3).
    ReceiveTask {
        /// The message it waits for.
        message: MessageIx,
        /// `instantiate`: the message starts a new instance at this task.
        instantiate: bool,
    },
    /// Call activity (10.3.6).
    CallActivity(Box<CalledElement>),
    /// Task or manual task: completed at once.
    UndefinedTask,
    /// Exclusive gateway (10.6.2).
    ExclusiveGateway,
    /// Parallel gateway (10.6.4).
    ParallelGateway,
    /// Inclusive gateway (10.6.3).
    InclusiveGateway,
    /// Complex gateway (10.6.5).
    ComplexGateway {
        /// `activationCondition`: FEEL, or the literal `true` or `false`.
        activation: Option<Value>,
    },
    /// Event-based gateway (10.6.6).
    EventBasedGateway(Instantiation),
}

impl NodeKind {
    /// What a process or sub-process holds.
    pub fn scope(&self) -> Option<&Scope> {
        match self {
            Self::Process(scope) => Some(scope),
            Self::SubProcess(sub_process) => Some(&sub_process.scope),
            _ => None,
        }
    }

    /// Whether it is a boundary event.
    pub fn is_boundary(&self) -> bool {
        matches!(self, Self::BoundaryEvent { .. })
    }

    /// The trigger of an event.
    pub fn trigger(&self) -> Option<&EventTrigger> {
        match self {
            Self::StartEvent { trigger, .. }
            | Self::ThrowEvent { trigger, .. }
            | Self::EndEvent { trigger, .. }
            | Self::CatchEvent(trigger)
            | Self::BoundaryEvent { trigger, .. } => Some(trigger),
            _ => None,
        }
    }
}

/// Whether an event-based gateway starts instances (`instantiate`, `eventGatewayType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instantiation {
    /// It stands inside a process and waits for the first of its events.
    No,
    /// The first of its events starts an instance, which the others then cannot.
    Exclusive,
    /// Its first event starts an instance, which ends the waiting only after all others.
    Parallel,
}

/// What a scope (process or sub-process) holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scope {
    /// Start events without a trigger, in document order. A plain start begins at the only one.
    pub none_starts: Vec<NodeIx>,
    /// Start events with a trigger: of a process, or the one of an event sub-process.
    pub event_starts: Vec<NodeIx>,
    /// Where a scope without any start event begins: its nodes without incoming flow that nothing
    /// else sets off (13.2).
    pub implicit_starts: Vec<NodeIx>,
    /// Event sub-processes directly inside.
    pub event_sub_processes: Vec<NodeIx>,
    /// Every direct child node, in document order.
    pub children: Vec<NodeIx>,
    /// Data objects (10.4.1) and properties directly inside, in document order.
    pub data: Vec<DataItem>,
}

impl Scope {
    /// The start event without a trigger, where there is exactly one.
    pub fn none_start(&self) -> Option<NodeIx> {
        match self.none_starts[..] {
            [only] => Some(only),
            _ => None,
        }
    }
}

/// What few elements have.
#[derive(Clone, Debug, PartialEq)]
pub struct Extras {
    /// Standard loop or multi-instance (10.3.7, 10.3.8).
    pub repetition: Option<Repetition>,
    /// The handler that compensates this activity: the activity that its compensation boundary
    /// event is associated with (10.7).
    pub compensation: Option<NodeIx>,
    /// `isForCompensation`: it runs only as a handler.
    pub for_compensation: bool,
    /// `startQuantity`: tokens that must arrive; 1 where absent.
    pub start_quantity: u32,
    /// `completionQuantity`: tokens that leave; 1 where absent.
    pub completion_quantity: u32,
    /// `zeebe:executionListeners` and `zeebe:taskListeners`, in document order.
    pub listeners: Vec<Listener>,
    /// `zeebe:jobPriorityDefinition`.
    pub job_priority: Option<Value>,
    /// `documentation`, of what may begin in an ad-hoc sub-process.
    pub documentation: Option<Box<str>>,
    /// `zeebe:linkedResources`.
    pub linked_resources: Vec<LinkedResource>,
    /// `ioSpecification`, where there is one.
    pub input_output: Option<InputOutput>,
    /// `dataInputAssociation`, in document order.
    pub data_inputs: Vec<DataAssociation>,
    /// `dataOutputAssociation`, in document order.
    pub data_outputs: Vec<DataAssociation>,
    /// Properties of an activity or event that is no scope (10.4.1).
    pub data_properties: Vec<DataItem>,
}

impl Extras {
    /// What an element without any of it has.
    pub(crate) const NONE: Self = Self {
        repetition: None,
        compensation: None,
        for_compensation: false,
        start_quantity: 1,
        completion_quantity: 1,
        listeners: Vec::new(),
        job_priority: None,
        documentation: None,
        linked_resources: Vec::new(),
        input_output: None,
        data_inputs: Vec::new(),
        data_outputs: Vec::new(),
        data_properties: Vec::new(),
    };
}
