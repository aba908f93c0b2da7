//! What only few element instances hold: the state of loops, compensation, listeners and calls.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use anyam_bpmn::graph::{FlowIx, ListenerEvent, NodeIx};
use serde::{Deserialize, Serialize};

use crate::key::{ConditionKey, ElementInstanceKey};
use crate::modification::Begin;
use crate::transition::Role;
use crate::value::{Json, Variables};

/// The state that plain element instances do without.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rare {
    /// Its part in a repeated activity.
    pub(crate) role: Role,
    /// How far the loop of a body has come.
    pub(crate) repetition: Option<Box<Rounds>>,
    /// What an ad-hoc sub-process has still to begin, and what it has collected.
    pub(crate) ad_hoc: Option<Box<AdHocState>>,
    /// Conditions of the element and of the events it owns, as timers and subscriptions are noted.
    pub(crate) conditions: Vec<ConditionKey>,
    /// Which triggers of a parallel multiple event have occurred, by the event's node.
    pub(crate) occurred: BTreeMap<NodeIx, Came>,
    /// What has completed in this scope and can be compensated, in the order of completion; what
    /// completed inside an activity stands before it.
    pub(crate) compensable: Vec<Compensable>,
    /// Compensation under way in this scope.
    pub(crate) compensations: Vec<Compensation>,
    /// Whether it is a compensation handler at work, or a completed scope that lives again to be
    /// compensated: what is done when it ends is nothing of the flow.
    pub(crate) compensates: bool,
    /// Whether it is such a scope.
    pub(crate) revived: bool,
    /// Complex gateways in this scope that have fired and wait for the rest of their tokens, each
    /// with the incoming flows that had a token then (13.4.5).
    pub(crate) activated: BTreeMap<NodeIx, BTreeSet<FlowIx>>,
    /// What begins in it in place of what it does by itself.
    pub(crate) begins: Vec<Begin>,
    /// Whether it stands for tokens at a complex join whose activation condition failed.
    pub(crate) trial: bool,
    /// Whether it is a complex gateway's token for those that came after it had fired.
    pub(crate) late: bool,
    /// Whether an instance that it has called is running.
    pub(crate) calls: bool,
    /// The listener that runs now.
    pub(crate) listener: Option<ListenerAt>,
    /// What follows once listeners or compensation handlers are done with its end.
    pub(crate) ending: Option<Box<Ending>>,
}

impl Rare {
    /// Everything that is kept to be compensated.
    pub(crate) fn kept(&self) -> impl Iterator<Item = &Compensable> {
        let left = self.compensations.iter().flat_map(|run| &run.left);
        self.compensable.iter().chain(left)
    }
}

/// What has come of a parallel multiple event.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Came {
    /// The triggers that have occurred.
    pub(crate) triggers: BTreeSet<u8>,
    /// What they brought.
    pub(crate) variables: Variables,
}

/// How far an ad-hoc sub-process has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct AdHocState {
    /// What waits for its turn, where one element runs at a time.
    pub(crate) queue: VecDeque<Queued>,
    /// The output elements in the order of completion.
    pub(crate) outputs: Vec<Json>,
    /// Whether something has ended in it since it was last decided how it goes on.
    pub(crate) look: bool,
    /// Whether it completes with what runs in it, and nothing more may begin.
    pub(crate) closed: bool,
}

impl AdHocState {
    /// Bytes of the variables and results that it holds. They count as variables do.
    pub(crate) fn bytes(&self) -> usize {
        let outputs: usize = self.outputs.iter().map(|value| value.as_str().len()).sum();
        self.queue.iter().map(Queued::bytes).sum::<usize>() + outputs
    }
}

/// An element of an ad-hoc sub-process that is to begin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Queued {
    /// The element.
    pub(crate) node: NodeIx,
    /// Variables of its own.
    pub(crate) variables: Variables,
}

impl Queued {
    /// Bytes of its variables.
    pub(crate) fn bytes(&self) -> usize {
        let variables = self.variables.iter();
        variables.map(|(n, v)| n.len() + v.as_str().len()).sum()
    }
}

/// How far a loop or multi-instance has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rounds {
    /// Items for which no iteration has begun yet, the next one last.
    pub(crate) items: Vec<Json>,
    /// How many iterations there are in all; of a standard loop, at most.
    pub(crate) total: u32,
    /// How many have begun.
    pub(crate) begun: u32,
    /// How many have completed.
    pub(crate) completed: u32,
    /// How many were terminated.
    pub(crate) terminated: u32,
    /// The output elements by iteration; `null` where there is none yet.
    pub(crate) outputs: Vec<Json>,
}

/// A completed activity that can be compensated (10.7).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Compensable {
    /// The activity.
    pub(crate) node: NodeIx,
    /// Its own variables as they were when it completed: what its handler sees.
    pub(crate) variables: Variables,
    /// How many of the entries before it completed inside it, at any depth.
    pub(crate) inside: u32,
    /// Whether its handler has run; what completed inside it comes next.
    pub(crate) handled: bool,
}

/// Compensation under way: one handler after the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Compensation {
    /// What is to be compensated, the next one last.
    pub(crate) left: Vec<Compensable>,
    /// The handler, or the scope that lives again, which is at work.
    pub(crate) running: Option<ElementInstanceKey>,
    /// The throwing event or the cancelled transaction that waits for the end.
    pub(crate) waiter: Option<ElementInstanceKey>,
}

/// Which of an element's listeners runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ListenerAt {
    /// When it runs.
    pub(crate) event: ListenerEvent,
    /// Its position among the listeners of that event.
    pub(crate) index: u32,
}

/// How an element instance ends once nothing delays it any more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Ending {
    /// It is gone; whoever ended it goes on elsewhere.
    Terminated,
    /// An event takes over.
    Interrupted {
        /// The boundary event or the start event of an event sub-process.
        node: NodeIx,
        /// What the event brought.
        variables: Variables,
    },
    /// The process instance was cancelled.
    Cancelled,
    /// A terminate end event was reached in it.
    Ended,
}
