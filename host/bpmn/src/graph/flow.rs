//! Sequence flows and variable mappings.

use super::{ExprIx, NodeIx, Value};

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

/// A gateway that joins tokens as long as more of them can come (13.4.3, 13.4.5), and from where they
/// can.
#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    /// The gateway.
    pub node: NodeIx,
    /// For each incoming flow the nodes from which it can be reached, as bits.
    reach: Vec<Box<[u64]>>,
}

impl Join {
    pub(crate) fn new(node: NodeIx, reach: Vec<Box<[u64]>>) -> Self {
        Self { node, reach }
    }

    /// Whether a token at `from` can reach the incoming flow at this position among the gateway's,
    /// without passing the gateway.
    pub fn can_reach(&self, incoming: usize, from: NodeIx) -> bool {
        let word = self
            .reach
            .get(incoming)
            .and_then(|bits| bits.get(from.at() / 64));
        word.is_some_and(|word| word & (1 << (from.at() % 64)) != 0)
    }
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
