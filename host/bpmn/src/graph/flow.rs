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
