//! What an evaluation came to, and how.

use serde::{Deserialize, Serialize};

use crate::EvaluationError;

/// The result of a decision and of everything it required.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evaluated {
    /// The result, as JSON text.
    pub output: Box<str>,
    /// Every decision that was made, in the order in which it was; the one asked for is the last.
    /// Decisions behind the call of a decision service are not among them.
    pub decisions: Vec<EvaluatedDecision>,
}

/// One decision that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvaluatedDecision {
    /// The `id`.
    pub id: Box<str>,
    /// The name.
    pub name: Box<str>,
    /// How it is made, such as `DECISION_TABLE`.
    pub kind: Box<str>,
    /// The result, as JSON text; a function, which has no such form, is `null`.
    pub output: Box<str>,
    /// What was tested, where it is a decision table.
    pub inputs: Vec<EvaluatedInput>,
    /// The rules that matched and count, where it is a decision table.
    pub rules: Vec<MatchedRule>,
}

/// A column of conditions and the value that was tested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvaluatedInput {
    /// The `id` of the column.
    pub id: Box<str>,
    /// Its label, or its expression where it has none.
    pub name: Box<str>,
    /// The value, as JSON text.
    pub value: Box<str>,
}

/// A rule that matched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchedRule {
    /// The `id`.
    pub id: Box<str>,
    /// Its number, from 1.
    pub index: usize,
    /// Its results.
    pub outputs: Vec<EvaluatedOutput>,
}

/// A result of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvaluatedOutput {
    /// The `id` of the column.
    pub id: Box<str>,
    /// Its label, or its name where it has none.
    pub name: Box<str>,
    /// The value, as JSON text.
    pub value: Box<str>,
}

/// An evaluation without a result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("the decision '{decision_id}' cannot be made: {error}")]
pub struct Failed {
    /// The decision that failed: the one asked for, or one it requires.
    pub decision_id: Box<str>,
    /// Its name.
    pub decision_name: Box<str>,
    /// Why.
    pub error: EvaluationError,
    /// The decisions that were made before.
    pub decisions: Vec<EvaluatedDecision>,
}
