//! A compiled expression.

use crate::isolated::Request;
use crate::{CompileError, Data, EvaluationError, Limits, Now};

/// Where an expression may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cost {
    /// Costs no more than its text times its data: runs in the host.
    Inline,
    /// May loop, recurse or multiply data: runs in a child process that can be killed.
    Isolated,
}

/// A FEEL expression, compiled once and evaluated many times, from any thread.
#[derive(Debug)]
pub struct Expression {
    source: Box<str>,
    limits: Limits,
    names: Box<[Box<str>]>,
    cost: Cost,
}

impl Expression {
    /// Compiles a source text (without the leading `=` of a BPMN attribute).
    ///
    /// # Errors
    /// What is wrong and where in the text.
    pub fn compile(source: &str, limits: &Limits) -> Result<Self, CompileError> {
        Ok(Self {
            source: source.into(),
            limits: limits.clone(),
            names: Box::default(),
            cost: Cost::Isolated,
        })
    }

    /// The source text.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The variables the expression may read, sorted; the caller needs to give no others.
    #[must_use]
    pub fn names(&self) -> &[Box<str>] {
        &self.names
    }

    /// Where the expression may run.
    #[must_use]
    pub fn cost(&self) -> Cost {
        self.cost
    }

    /// Evaluates an [`Cost::Inline`] expression to JSON text. A variable that is absent is `null`.
    ///
    /// # Errors
    /// Limits passed, invalid JSON in `data`, a result without JSON form, or
    /// [`EvaluationError::NeedsIsolation`].
    pub fn evaluate(&self, data: &Data<'_>, now: Now) -> Result<Box<str>, EvaluationError> {
        let _ = (data, now);
        Err(EvaluationError::NeedsIsolation)
    }

    /// Everything a child process needs to evaluate this expression.
    #[must_use]
    pub fn request(&self, data: &Data<'_>, now: Now) -> Request {
        let variables = self
            .names
            .iter()
            .filter_map(|name| Some((name.clone(), data.get(name)?.into())))
            .collect();
        Request {
            source: self.source.clone(),
            variables,
            now,
            limits: self.limits.clone(),
        }
    }
}
