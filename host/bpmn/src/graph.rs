//! The executable graph: what the engine runs.
//!
//! One [`ProcessGraph`] is one `bpmn:process`. Elements, flows and definitions are held in vectors
//! and refer to each other by index, so that a running instance needs no text look-ups.

use serde::{Deserialize, Serialize};

macro_rules! index {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub u32);

        impl $name {
            /// The index as a position in its vector.
            pub fn at(self) -> usize {
                self.0 as usize
            }
        }
    };
}

index!(
    /// Position of a [`Node`] in [`ProcessGraph::nodes`].
    NodeIx
);
index!(
    /// Position of a [`Flow`] in [`ProcessGraph::flows`].
    FlowIx
);
index!(
    /// Position of a [`MessageDefinition`] in [`ProcessGraph::messages`].
    MessageIx
);
index!(
    /// Position of an [`ErrorDefinition`] in [`ProcessGraph::errors`].
    ErrorIx
);
index!(
    /// Position of a FEEL source text in [`ProcessGraph::expressions`].
    ExprIx
);

/// The node of the process itself, the outermost scope.
pub const ROOT: NodeIx = NodeIx(0);

/// One executable process.
#[derive(Clone, Debug, PartialEq)]
pub struct ProcessGraph {
    /// The `id` of the `bpmn:process`.
    pub id: Box<str>,
    /// Its `name`, where it has one.
    pub name: Option<Box<str>>,
    /// `zeebe:versionTag`, where it has one.
    pub version_tag: Option<Box<str>>,
    /// Every flow node and scope; [`ROOT`] is the process itself. Parents stand before children.
    pub nodes: Vec<Node>,
    /// Every sequence flow.
    pub flows: Vec<Flow>,
    /// The messages that the process's events and tasks refer to.
    pub messages: Vec<MessageDefinition>,
    /// The errors that the process's events refer to.
    pub errors: Vec<ErrorDefinition>,
    /// Every FEEL expression, without the leading `=`. Equal texts are held once.
    pub expressions: Vec<ExpressionSource>,
}

/// A FEEL expression as written in the model.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpressionSource {
    /// The text after the `=`.
    pub text: Box<str>,
    /// The element it (first) stands in.
    pub element_id: Box<str>,
    /// Where that element stands in the file.
    pub location: Location,
}

/// A place in the source file, both counted from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Location {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// A flow node or scope.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The BPMN `id`.
    pub id: Box<str>,
    /// The BPMN `name`.
    pub name: Option<Box<str>>,
    /// What it is and what only that kind carries.
    pub kind: NodeKind,
    /// The scope it stands in; of [`ROOT`], itself.
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
}

/// What a [`Node`] is.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// The process itself, always and only at [`ROOT`].
    Process(Scope),
    /// Embedded sub-process (10.3.5).
    SubProcess(Scope),
    /// Start event without trigger (10.5.2).
    NoneStartEvent,
    /// Intermediate throw event without trigger (10.5.4): passes the token on.
    NoneThrowEvent,
    /// End event (10.5.3).
    EndEvent(EndTrigger),
    /// Intermediate catch event (10.5.4).
    IntermediateCatchEvent(CatchTrigger),
    /// Boundary event (10.5.4) on the activity `attached_to`.
    BoundaryEvent {
        /// The activity it sits on.
        attached_to: NodeIx,
        /// `cancelActivity`; always true of an error event.
        interrupting: bool,
        /// What sets it off.
        trigger: BoundaryTrigger,
    },
    /// Service task (10.3.3).
    ServiceTask(JobDefinition),
    /// Script task with `zeebe:script`.
    ScriptTask {
        /// The FEEL script.
        expression: ExprIx,
        /// The variable that gets its value.
        result_variable: Box<str>,
    },
    /// User task (10.3.4), `zeebe:userTask`.
    UserTask(UserTaskDefinition),
    /// Receive task (10.3.3).
    ReceiveTask(MessageIx),
    /// Task or manual task: completed at once.
    UndefinedTask,
    /// Exclusive gateway (10.6.2).
    ExclusiveGateway,
    /// Parallel gateway (10.6.4).
    ParallelGateway,
}

/// What a scope (process or sub-process) holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scope {
    /// The none start event a plain start begins at. A process may have none (then it cannot be
    /// started by key or id).
    pub none_start: Option<NodeIx>,
    /// Every direct child node, in document order.
    pub children: Vec<NodeIx>,
}

/// The trigger of an end event.
#[derive(Clone, Debug, PartialEq)]
pub enum EndTrigger {
    /// Ends its token.
    None,
    /// Throws an error (10.5.6).
    Error(ErrorIx),
    /// Ends its whole scope (10.5.6).
    Terminate,
}

/// The trigger of an intermediate catch event.
#[derive(Clone, Debug, PartialEq)]
pub enum CatchTrigger {
    /// Waits for a message.
    Message(MessageIx),
    /// Waits for a time.
    Timer(TimerDefinition),
}

/// The trigger of a boundary event.
#[derive(Clone, Debug, PartialEq)]
pub enum BoundaryTrigger {
    /// A message arrives.
    Message(MessageIx),
    /// A time comes.
    Timer(TimerDefinition),
    /// The activity throws an error; `None` catches every code.
    Error(Option<ErrorIx>),
}

/// A timer (10.5.5, table 10.101). FEEL texts are evaluated when the timer is scheduled.
#[derive(Clone, Debug, PartialEq)]
pub enum TimerDefinition {
    /// `timeDate`: an ISO 8601 instant.
    Date(Value),
    /// `timeDuration`: an ISO 8601 duration.
    Duration(Value),
    /// `timeCycle`: an ISO 8601 repeating interval (`R5/PT10S`, `R/P1D`).
    Cycle(Value),
}

/// A text of the model: a literal, or FEEL where it began with `=`.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// The text itself.
    Literal(Box<str>),
    /// The value of an expression.
    Expression(ExprIx),
}

/// A message (8.4.11) with its `zeebe:subscription`.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageDefinition {
    /// The `id` of the `bpmn:message`.
    pub id: Box<str>,
    /// Its `name`, which publications are matched by.
    pub name: Value,
    /// `correlationKey`; required wherever a running instance waits for the message.
    pub correlation_key: Option<ExprIx>,
}

/// An error (8.4.3).
#[derive(Clone, Debug, PartialEq)]
pub struct ErrorDefinition {
    /// The `id` of the `bpmn:error`.
    pub id: Box<str>,
    /// Its `errorCode`; literal or FEEL for a throw, literal for a catch.
    pub code: Value,
}

/// `zeebe:taskDefinition`.
#[derive(Clone, Debug, PartialEq)]
pub struct JobDefinition {
    /// `type`: a job type, or the name of a step (`credit-check`, `credit-check@1.2`).
    pub job_type: Value,
    /// `retries`; 3 where absent.
    pub retries: Value,
}

/// `zeebe:userTask`, `zeebe:assignmentDefinition` and their like.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UserTaskDefinition {
    /// `assignee`.
    pub assignee: Option<Value>,
    /// `candidateGroups`: FEEL list of texts, or a comma-separated literal.
    pub candidate_groups: Option<Value>,
    /// `candidateUsers`: FEEL list of texts, or a comma-separated literal.
    pub candidate_users: Option<Value>,
    /// `zeebe:taskSchedule dueDate`: ISO 8601 instant.
    pub due_date: Option<Value>,
    /// `zeebe:taskSchedule followUpDate`: ISO 8601 instant.
    pub follow_up_date: Option<Value>,
    /// `zeebe:priorityDefinition`, 0 to 100; 50 where absent.
    pub priority: Option<Value>,
    /// `zeebe:formDefinition externalReference` or `formId`.
    pub form: Option<Box<str>>,
}

/// A sequence flow (8.4.13).
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// The BPMN `id`.
    pub id: Box<str>,
    /// Where it begins.
    pub source: NodeIx,
    /// Where it ends.
    pub target: NodeIx,
    /// Its condition.
    pub condition: Option<ExprIx>,
}

/// `zeebe:ioMapping`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mappings {
    /// Applied in order when the element is entered; they make its local variables.
    pub inputs: Vec<Mapping>,
    /// Applied in order when the element completes; their results go to its scope.
    pub outputs: Vec<Mapping>,
}

/// `zeebe:input` or `zeebe:output`.
#[derive(Clone, Debug, PartialEq)]
pub struct Mapping {
    /// FEEL or literal text.
    pub source: Value,
    /// Variable name; `a.b` sets the member `b` of the variable `a`.
    pub target: Vec<Box<str>>,
}

impl ProcessGraph {
    /// The node at `ix`.
    pub fn node(&self, ix: NodeIx) -> &Node {
        &self.nodes[ix.at()]
    }

    /// The flow at `ix`.
    pub fn flow(&self, ix: FlowIx) -> &Flow {
        &self.flows[ix.at()]
    }

    /// The node whose BPMN `id` is `id`.
    pub fn find(&self, id: &str) -> Option<NodeIx> {
        let at = self.nodes.iter().position(|node| &*node.id == id)?;
        Some(NodeIx(
            u32::try_from(at).expect("a graph has fewer than 2^32 nodes"),
        ))
    }
}
