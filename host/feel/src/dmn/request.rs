//! One evaluation of a decision, self-contained.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::Model;
use super::evaluate::Decisions;
use super::explanation::{Evaluated, Failed};
use super::program::Target;
use crate::evaluate::{Eval, Run};
use crate::{Cost, Data, EvaluationError, Now, Seed, json};

/// Everything another thread needs to evaluate a decision.
#[derive(Clone, Debug)]
pub struct Request {
    model: Arc<Model>,
    id: Box<str>,
    target: Target,
    variables: Vec<(Box<str>, Box<str>)>,
    now: Now,
    seed: Option<Seed>,
}

impl Request {
    /// Asks for a decision, or a decision service, of a model. Of `data` the variables it may read
    /// are kept. `None` where the model has none of this id.
    #[must_use]
    pub fn new(model: Arc<Model>, id: &str, data: &Data<'_>, now: Now) -> Option<Self> {
        let target = model.target(id)?;
        let names = model.program.names_of(target).into_iter();
        let variables = names.filter_map(|name| {
            let value = data.get(&name)?.into();
            Some((name, value))
        });
        Some(Self {
            id: id.into(),
            target,
            variables: variables.collect(),
            now,
            seed: data.given_seed(),
            model,
        })
    }

    /// The decision or decision service it asks for.
    #[must_use]
    pub fn decision_id(&self) -> &str {
        &self.id
    }

    /// Where it may be evaluated.
    #[must_use]
    pub fn cost(&self) -> Cost {
        self.model.cost_of(self.target)
    }
}

/// Evaluates a decision within the budget of its cost. One of [`Cost::Isolated`] may take about a
/// second. The thread must have [`STACK_BYTES`](crate::isolated::STACK_BYTES) of stack left.
///
/// # Errors
/// [`Failed`], with the decision that has no result and those that were made before.
pub fn evaluate(request: &Request) -> Result<Evaluated, Box<Failed>> {
    // The budget leaves nothing to catch; a panic here is a fault of this crate and must not take
    // the host down.
    let result = catch_unwind(AssertUnwindSafe(|| evaluate_unguarded(request)));
    result.unwrap_or_else(|_| {
        Err(Box::new(Failed {
            decision_id: request.id.clone(),
            decision_name: request.id.clone(),
            error: EvaluationError::Internal("the evaluator panicked".into()),
            decisions: Vec::new(),
        }))
    })
}

fn evaluate_unguarded(request: &Request) -> Result<Evaluated, Box<Failed>> {
    let model = &*request.model;
    let program = &model.program;
    let names = program.variables.names();
    let budget = match request.cost() {
        Cost::Inline => model.limits.inline,
        Cost::Isolated => model.limits.isolated,
    };
    let mut texts = vec![None; names.len()];
    for (name, value) in &request.variables {
        if let Some(number) = program.variables.find(name) {
            texts[number] = Some(&**value);
        }
    }
    let actual = texts.iter().flatten().map(|text| text.len()).sum();
    let limit = model.limits.max_data_bytes;
    let mut run = Run::new(names, texts, &model.limits, budget, request.now);
    run.seed(request.seed);
    run.decisions = Some(Decisions::new(program));
    let result = if actual > limit {
        Err(EvaluationError::DataTooLarge { actual, limit })
    } else {
        asked(&mut run, request.target, model.limits.max_result_bytes)
    };
    let (decisions, current) = run
        .decisions
        .take()
        .map(Decisions::into_records)
        .unwrap_or_default();
    match result {
        Ok(output) => Ok(Evaluated { output, decisions }),
        Err(error) => {
            let current = match request.target {
                Target::Decision(number) => Some(current.unwrap_or(number)),
                Target::Service(_) => current,
            };
            let failed = current.map(|number| &program.decisions[number]);
            let (id, name) = failed.map_or((&*request.id, &*request.id), |decision| {
                (&*decision.id, &*decision.name)
            });
            Err(Box::new(Failed {
                decision_id: id.into(),
                decision_name: name.into(),
                error,
                decisions,
            }))
        }
    }
}

fn asked(run: &mut Run<'_>, target: Target, max_bytes: usize) -> Eval<Box<str>> {
    let value = run.target(target)?;
    Ok(json::write(&value, max_bytes)?.into())
}
