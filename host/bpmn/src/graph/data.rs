//! Data objects, properties and data associations (10.4).

use super::Value;

/// A data object or a property: a variable of its scope.
#[derive(Clone, Debug, PartialEq)]
pub struct DataItem {
    /// The BPMN `id`.
    pub id: Box<str>,
    /// Its `name`.
    pub name: Option<Box<str>>,
    /// `isCollection`.
    pub is_collection: bool,
    /// Ids of the data object references that share a data object.
    pub references: Vec<Box<str>>,
}

/// `ioSpecification`: ids of the data inputs and outputs of an activity, process or event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InputOutput {
    /// Data inputs, in document order.
    pub inputs: Vec<DataItem>,
    /// Data outputs, in document order.
    pub outputs: Vec<DataItem>,
    /// Ids of the data inputs that may be absent (`optionalInputRefs`).
    pub optional: Vec<Box<str>>,
}

/// `dataInputAssociation` or `dataOutputAssociation`.
#[derive(Clone, Debug, PartialEq)]
pub struct DataAssociation {
    /// `sourceRef`: ids of data objects, references, properties, data inputs or outputs.
    pub sources: Vec<Box<str>>,
    /// `targetRef`: the id of one.
    pub target: Option<Box<str>>,
    /// `transformation`: what becomes of the source.
    pub transformation: Option<Value>,
    /// `assignment`, in document order.
    pub assignments: Vec<Assignment>,
}

/// `assignment` of a data association.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    /// `from`: an expression or text.
    pub from: Value,
    /// `to`: a path into the target, as it is written.
    pub to: Box<str>,
}
