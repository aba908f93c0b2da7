//! The executable graph: what the engine runs.
//!
//! One [`ProcessGraph`] is one `bpmn:process`. Elements, flows and definitions are held in vectors
//! and refer to each other by index, so that a running instance needs no text look-ups.

mod activity;
mod data;
mod definitions;
mod event;
mod flow;
mod node;
mod repetition;
mod starts;

pub use activity::{
    AdHoc, Binding, CalledDecision, CalledElement, FormDefinition, JobDefinition, LinkedResource,
    Listener, ListenerEvent, SubProcess, SubProcessFlavour, UserTaskDefinition,
};
pub use data::{Assignment, DataAssociation, DataItem, InputOutput};
pub use definitions::{
    ErrorDefinition, EscalationDefinition, ExpressionSource, MessageDefinition, SignalDefinition,
    Value,
};
pub use event::{ConditionDefinition, EventTrigger, TimerDefinition, VariableChange};
pub use flow::{Flow, Join, Mapping, Mappings};
pub use node::{Extras, Instantiation, Node, NodeKind, Scope};
pub use repetition::{
    Behavior, ComplexBehavior, LoopInput, LoopOutput, MultiInstance, Repetition, StandardLoop,
};
pub use starts::StartTrigger;

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
    /// Position of a [`SignalDefinition`] in [`ProcessGraph::signals`].
    SignalIx
);
index!(
    /// Position of an [`ErrorDefinition`] in [`ProcessGraph::errors`].
    ErrorIx
);
index!(
    /// Position of an [`EscalationDefinition`] in [`ProcessGraph::escalations`].
    EscalationIx
);
index!(
    /// Position of a FEEL source text in [`ProcessGraph::expressions`].
    ExprIx
);

/// The node of the process itself, the outermost scope.
pub const ROOT: NodeIx = NodeIx(0);

/// A place in the source file, both counted from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Location {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

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
    /// The signals that the process's events refer to.
    pub signals: Vec<SignalDefinition>,
    /// The errors that the process's events refer to.
    pub errors: Vec<ErrorDefinition>,
    /// The escalations that the process's events refer to.
    pub escalations: Vec<EscalationDefinition>,
    /// Every FEEL expression, without the leading `=`. Equal texts are held once.
    pub expressions: Vec<ExpressionSource>,
    /// The inclusive and complex gateways with several incoming flows, in the order of their nodes.
    pub joins: Vec<Join>,
    /// The nodes in the order of their ids.
    pub(crate) by_id: Vec<NodeIx>,
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
        let at = self
            .by_id
            .binary_search_by(|ix| (*self.node(*ix).id).cmp(id))
            .ok()?;
        Some(self.by_id[at])
    }

    /// Where an instance begins that no event starts: at the none start event or, in a process
    /// without any start event, at every element that no flow leads to (13.2). None where there is
    /// no such place, or more than one.
    pub fn plain_starts(&self) -> Option<Vec<NodeIx>> {
        let root = self.root();
        match root.none_starts[..] {
            [only] => Some(vec![only]),
            [] if !root.implicit_starts.is_empty() => Some(root.implicit_starts.clone()),
            _ => None,
        }
    }

    /// What is known of the gateway `ix` as a join, where it is an inclusive or complex one with
    /// several incoming flows.
    pub fn join(&self, ix: NodeIx) -> Option<&Join> {
        let at = self
            .joins
            .binary_search_by_key(&ix, |join| join.node)
            .ok()?;
        Some(&self.joins[at])
    }

    /// The catch event that a link's throw event in `scope` leads to.
    pub fn link_target(&self, scope: NodeIx, name: &str) -> Option<NodeIx> {
        let inside = &self.node(scope).kind.scope()?.children;
        let is_target = |ix: &&NodeIx| matches!(&self.node(**ix).kind, NodeKind::CatchEvent(EventTrigger::Link(n)) if **n == *name);
        inside.iter().find(is_target).copied()
    }

    /// What the process itself holds.
    ///
    /// # Panics
    /// Never: the compiler puts the process at [`ROOT`].
    pub fn root(&self) -> &Scope {
        self.node(ROOT)
            .kind
            .scope()
            .expect("the process is at the root")
    }
}
