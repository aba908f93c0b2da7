//! What elements refer to.

use super::{ExprIx, Location};

/// A FEEL expression as written in the model.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpressionSource {
    /// The text after the `=`.
    pub text: Box<str>,
    /// The element it (first) stands in.
    pub element_id: Box<str>,
    /// Where it (first) stands in the file.
    pub location: Location,
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

/// A signal (8.4.12).
#[derive(Clone, Debug, PartialEq)]
pub struct SignalDefinition {
    /// The `id` of the `bpmn:signal`.
    pub id: Box<str>,
    /// Its `name`, which broadcasts are matched by.
    pub name: Value,
}

/// An error (8.4.3).
#[derive(Clone, Debug, PartialEq)]
pub struct ErrorDefinition {
    /// The `id` of the `bpmn:error`.
    pub id: Box<str>,
    /// Its `errorCode`; literal or FEEL for a throw, literal for a catch.
    pub code: Value,
}

/// An escalation (8.4.4).
#[derive(Clone, Debug, PartialEq)]
pub struct EscalationDefinition {
    /// The `id` of the `bpmn:escalation`.
    pub id: Box<str>,
    /// Its `escalationCode`; literal or FEEL for a throw, literal for a catch.
    pub code: Value,
}
