//! DMN: deployed decisions, their files, and what became of their evaluations.

mod definitions;
mod evaluation;
mod instances;
mod requirements;

use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

use super::Api;
use anyam_store::records::{DecisionInstance, DecisionValue, MatchedDecisionRule};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .merge(definitions::routes())
        .merge(evaluation::routes())
        .merge(instances::routes())
        .merge(requirements::routes())
}

/// How a decision is made, in the words that clients know.
const KINDS: &[&str] = &[
    "DECISION_TABLE",
    "LITERAL_EXPRESSION",
    "UNKNOWN",
    "UNSPECIFIED",
];

fn kind(row: &DecisionInstance) -> &'static str {
    let known = KINDS.iter().find(|kind| **kind == row.kind);
    known.copied().unwrap_or("UNKNOWN")
}

/// A column of conditions and the value that was tested.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct EvaluatedDecisionInput<'a> {
    input_id: &'a str,
    input_name: &'a str,
    /// The value as JSON text.
    input_value: &'a str,
}

/// A rule that matched.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct MatchedRule<'a> {
    rule_id: &'a str,
    /// From 1.
    rule_index: u64,
    evaluated_outputs: Vec<EvaluatedDecisionOutput<'a>>,
}

/// A result of a rule.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct EvaluatedDecisionOutput<'a> {
    output_id: &'a str,
    output_name: &'a str,
    /// The value as JSON text.
    output_value: &'a str,
    rule_id: &'a str,
    rule_index: u64,
}

fn inputs(values: &[DecisionValue]) -> Vec<EvaluatedDecisionInput<'_>> {
    let inputs = values.iter().map(|input| EvaluatedDecisionInput {
        input_id: &input.id,
        input_name: &input.name,
        input_value: &input.value,
    });
    inputs.collect()
}

fn rules(rules: &[MatchedDecisionRule]) -> Vec<MatchedRule<'_>> {
    let matched = rules.iter().map(|rule| MatchedRule {
        rule_id: &rule.id,
        rule_index: rule.index,
        evaluated_outputs: rule
            .outputs
            .iter()
            .map(|output| EvaluatedDecisionOutput {
                output_id: &output.id,
                output_name: &output.name,
                output_value: &output.value,
                rule_id: &rule.id,
                rule_index: rule.index,
            })
            .collect(),
    });
    matched.collect()
}
