//! What became of decisions, as rows.

use anyam_feel::dmn::{Evaluated, EvaluatedDecision, EvaluatedInput, Failed, MatchedRule};
use anyam_store::records::{Decision, DecisionInstance, DecisionValue, MatchedDecisionRule};

use super::DecisionModel;

/// Who asked for a decision, and when.
pub(in crate::runtime) struct Origin {
    /// Key of the evaluation.
    pub evaluation: u64,
    /// The process instance; 0 where a request asked.
    pub instance: u64,
    /// The activation of the task; 0 where a request asked.
    pub element_instance: u64,
    /// What the process instance runs; 0 where a request asked.
    pub definition: u64,
    /// Milliseconds since 1970, UTC.
    pub now: i64,
}

impl Origin {
    /// A request.
    pub(in crate::runtime) fn of_request(evaluation: u64, now: i64) -> Self {
        Self {
            evaluation,
            instance: 0,
            element_instance: 0,
            definition: 0,
            now,
        }
    }
}

/// One row for every decision that was made, and one for the decision that failed.
pub(in crate::runtime) fn rows(
    origin: &Origin,
    model: &DecisionModel,
    asked: &Decision,
    result: &Result<Evaluated, Box<Failed>>,
) -> Vec<DecisionInstance> {
    let made: &[EvaluatedDecision] = match result {
        Ok(evaluated) => &evaluated.decisions,
        Err(failed) => &failed.decisions,
    };
    let row = |at: usize, id: &str, name: &str| {
        let known = model.decision(id);
        DecisionInstance {
            evaluation: origin.evaluation,
            number: u32::try_from(at + 1).unwrap_or(u32::MAX),
            instance: origin.instance,
            element_instance: origin.element_instance,
            definition: origin.definition,
            decision: known.map_or(0, |decision| decision.key),
            decision_id: id.to_owned(),
            decision_name: name.to_owned(),
            decision_version: known.map_or(0, |decision| decision.version),
            kind: String::new(),
            requirements: known.map_or(asked.requirements_key, |known| known.requirements_key),
            requirements_id: known
                .map_or(&asked.requirements_id, |known| &known.requirements_id)
                .clone(),
            root_decision: asked.key,
            evaluated_at: origin.now,
            failure: None,
            output: String::new(),
            inputs: Vec::new(),
            rules: Vec::new(),
        }
    };
    let mut rows: Vec<_> = made
        .iter()
        .enumerate()
        .map(|(at, decision)| DecisionInstance {
            kind: decision.kind.to_string(),
            output: decision.output.to_string(),
            inputs: decision.inputs.iter().map(input).collect(),
            rules: decision.rules.iter().map(rule).collect(),
            ..row(at, &decision.id, &decision.name)
        })
        .collect();
    if let Err(failed) = result {
        rows.push(DecisionInstance {
            kind: model.kind(&failed.decision_id).to_owned(),
            failure: Some(failed.error.to_string()),
            ..row(made.len(), &failed.decision_id, &failed.decision_name)
        });
    }
    rows
}

fn input(input: &EvaluatedInput) -> DecisionValue {
    DecisionValue {
        id: input.id.to_string(),
        name: input.name.to_string(),
        value: input.value.to_string(),
    }
}

fn rule(rule: &MatchedRule) -> MatchedDecisionRule {
    let outputs = rule.outputs.iter().map(|output| DecisionValue {
        id: output.id.to_string(),
        name: output.name.to_string(),
        value: output.value.to_string(),
    });
    MatchedDecisionRule {
        id: rule.id.to_string(),
        index: rule.index as u64,
        outputs: outputs.collect(),
    }
}
