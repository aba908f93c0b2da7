//! A compiled expression.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::evaluate::{Eval, Run};
use crate::isolated::Request;
use crate::limits::Budget;
use crate::names::{Meaning, Names};
use crate::parser::{self, Parsed};
use crate::{CompileError, Data, EvaluationError, Limits, Now, json};

/// Where an expression may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cost {
    /// Costs about its text times its data: runs where it is needed.
    Inline,
    /// May loop, recurse or multiply data up to [`Limits::isolated`]: runs away from the threads
    /// that others wait for.
    Isolated,
}

/// A FEEL expression, compiled once and evaluated many times, from any thread.
#[derive(Debug)]
pub struct Expression {
    source: Box<str>,
    limits: Limits,
    known: Box<[Box<str>]>,
    names: Box<[Box<str>]>,
    pub(crate) parsed: Parsed,
}

impl Expression {
    /// Compiles a source text (without the leading `=` of a BPMN attribute).
    ///
    /// # Errors
    /// What is wrong and where in the text.
    pub fn compile(source: &str, limits: &Limits) -> Result<Self, CompileError> {
        Self::compile_knowing::<&str>(source, &[], limits)
    }

    /// Compiles a source text in which variables have names of several words or with operators in
    /// them, such as `Applicant Age` or `top-10 rate`. FEEL takes the longest of these names that
    /// fits, so `a-b` is a difference unless it is among them.
    ///
    /// # Errors
    /// What is wrong and where in the text.
    pub fn compile_knowing<N: AsRef<str>>(
        source: &str,
        known: &[N],
        limits: &Limits,
    ) -> Result<Self, CompileError> {
        let names = (!known.is_empty()).then(|| {
            let mut names = Names::default();
            for name in known {
                names.add(name.as_ref(), Meaning::Value);
            }
            names
        });
        let parsed = parser::parse(source, names.as_ref(), limits)?;
        let mut names: Vec<Box<str>> = parsed
            .variables
            .names()
            .iter()
            .map(|name| (&**name).into())
            .collect();
        names.sort_unstable();
        Ok(Self {
            source: source.into(),
            limits: limits.clone(),
            known: known.iter().map(|name| name.as_ref().into()).collect(),
            names: names.into(),
            parsed,
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
        if self.parsed.inline {
            Cost::Inline
        } else {
            Cost::Isolated
        }
    }

    /// Evaluates an [`Cost::Inline`] expression to JSON text. A variable that is absent is `null`,
    /// and so is every operation on values it is not made for.
    ///
    /// # Errors
    /// Limits passed, invalid JSON in `data`, a result without JSON form, or
    /// [`EvaluationError::NeedsIsolation`].
    pub fn evaluate(&self, data: &Data<'_>, now: Now) -> Result<Box<str>, EvaluationError> {
        if !self.parsed.inline {
            return Err(EvaluationError::NeedsIsolation);
        }
        self.run(data, now, self.limits.inline)
    }

    /// Everything another thread or process needs to evaluate this expression.
    #[must_use]
    pub fn request(&self, data: &Data<'_>, now: Now) -> Request {
        let variables = self
            .names
            .iter()
            .filter_map(|name| Some((name.clone(), data.get(name)?.into())))
            .collect();
        Request {
            source: self.source.clone(),
            known: self.known.to_vec(),
            variables,
            now,
            seed: data.given_seed(),
            limits: self.limits.clone(),
        }
    }

    /// Evaluates within a budget, whatever the cost.
    pub(crate) fn run(
        &self,
        data: &Data<'_>,
        now: Now,
        budget: Budget,
    ) -> Result<Box<str>, EvaluationError> {
        // The budget leaves nothing to catch; a panic here is a fault of this crate and must not
        // take the host down.
        let work = || self.run_unguarded(data, now, budget, &mut Vec::new());
        let result = catch_unwind(AssertUnwindSafe(work));
        result.unwrap_or_else(|_| Err(EvaluationError::Internal("the evaluator panicked".into())))
    }

    /// Evaluates within the budget of its cost, and tells which variables it read in vain.
    pub(crate) fn run_telling(&self, data: &Data<'_>, now: Now) -> (Eval<Box<str>>, Vec<Box<str>>) {
        let budget = match self.cost() {
            Cost::Inline => self.limits.inline,
            Cost::Isolated => self.limits.isolated,
        };
        let mut missing = Vec::new();
        let work = || self.run_unguarded(data, now, budget, &mut missing);
        let result = catch_unwind(AssertUnwindSafe(work));
        let failed = || Err(EvaluationError::Internal("the evaluator panicked".into()));
        (result.unwrap_or_else(|_| failed()), missing)
    }

    fn run_unguarded(
        &self,
        data: &Data<'_>,
        now: Now,
        budget: Budget,
        missing: &mut Vec<Box<str>>,
    ) -> Eval<Box<str>> {
        let names: &[Arc<str>] = self.parsed.variables.names();
        let texts: Vec<_> = names.iter().map(|name| data.get(name)).collect();
        let (actual, limit) = (
            texts.iter().flatten().map(|text| text.len()).sum(),
            self.limits.max_data_bytes,
        );
        if actual > limit {
            return Err(EvaluationError::DataTooLarge { actual, limit });
        }
        let mut run = Run::new(names, texts, &self.limits, budget, now);
        run.seed(data.given_seed());
        let value = run.evaluate(&self.parsed.root, &None);
        *missing = run.missing();
        let value = value?;
        Ok(json::write(&value, self.limits.max_result_bytes)?.into())
    }
}
