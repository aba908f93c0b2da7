//! Decisions made at a request.

use anyam_store::records::DecisionInstance;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::Api;
use super::super::answer::{self, Answer};
use super::super::body::JsonBody;
use super::super::keys::Key;
use super::super::problem::Problem;
use super::super::tenancy;
use super::super::variables_json::{self, VariablesIn};
use super::instances::instance_key;
use super::{EvaluatedDecisionInput, MatchedRule};
use crate::runtime::decisions::DecisionSelector;

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(evaluate_decision))
}

/// A decision to make: exactly one of its id and its key.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct EvaluateDecision {
    /// The id; the latest version is made.
    decision_definition_id: Option<String>,
    /// The key of one version.
    decision_definition_key: Option<Key>,
    /// What the decision sees.
    variables: Option<VariablesIn>,
    tenant_id: Option<String>,
}

/// What a decision came to.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EvaluateDecisionResult<'a> {
    decision_definition_id: &'a str,
    decision_definition_key: Key,
    decision_definition_name: &'a str,
    decision_definition_version: i32,
    decision_requirements_id: &'a str,
    decision_requirements_key: Key,
    decision_evaluation_key: Key,
    /// The same as `decisionEvaluationKey`.
    decision_instance_key: Key,
    /// The decisions that were made, each before those that require it.
    evaluated_decisions: Vec<EvaluatedDecisionResult<'a>>,
    /// The decision that has no result, where one has none.
    #[schema(required)]
    failed_decision_definition_id: Option<&'a str>,
    /// Why it has none.
    #[schema(required)]
    failure_message: Option<&'a str>,
    /// The result as JSON text; empty where there is none.
    output: &'a str,
    tenant_id: &'a str,
}

/// A decision that was made.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EvaluatedDecisionResult<'a> {
    decision_definition_id: &'a str,
    decision_definition_key: Key,
    decision_definition_name: &'a str,
    decision_definition_type: &'static str,
    decision_definition_version: i32,
    decision_evaluation_instance_key: String,
    evaluated_inputs: Vec<EvaluatedDecisionInput<'a>>,
    matched_rules: Vec<MatchedRule<'a>>,
    /// The result as JSON text.
    output: &'a str,
    tenant_id: &'a str,
}

/// Make a decision.
///
/// It is bounded as expressions of processes are. What became of it, and of every decision that it
/// requires, is stored as decision instances. Where it has no result the answer says why.
#[utoipa::path(post, path = "/v2/decision-definitions/evaluation", tag = "Decisions",
    request_body = EvaluateDecision,
    responses((status = 200, body = EvaluateDecisionResult)))]
async fn evaluate_decision(
    State(api): State<Api>,
    JsonBody(request): JsonBody<EvaluateDecision>,
) -> Answer {
    let selector = match (
        request.decision_definition_id,
        request.decision_definition_key,
    ) {
        (Some(id), None) => DecisionSelector::Latest(id),
        (None, Some(Key(key))) => DecisionSelector::Key(key),
        _ => {
            return Err(Problem::invalid(
                "exactly one of decisionDefinitionId and decisionDefinitionKey is needed",
            ));
        }
    };
    let variables = variables_json::checked(request.variables, api.limits())?;
    let (name, tenant) = tenancy::known(&api.runtime, request.tenant_id)?;
    let evaluated = api
        .runtime
        .evaluate_decision(tenant, &selector, &variables)
        .await?;
    let failed = evaluated.made.iter().find(|made| made.failure.is_some());
    let decision = &evaluated.decision;
    let made = evaluated.made.iter().filter(|made| made.failure.is_none());
    answer::json(&EvaluateDecisionResult {
        decision_definition_id: &decision.decision_id,
        decision_definition_key: Key(decision.key),
        decision_definition_name: &decision.name,
        decision_definition_version: decision.version,
        decision_requirements_id: &decision.requirements_id,
        decision_requirements_key: Key(decision.requirements_key),
        decision_evaluation_key: Key(evaluated.key),
        decision_instance_key: Key(evaluated.key),
        evaluated_decisions: made.map(|made| shown(made, &name)).collect(),
        failed_decision_definition_id: failed.map(|failed| &*failed.decision_id),
        failure_message: failed.and_then(|failed| failed.failure.as_deref()),
        output: evaluated.output.as_deref().unwrap_or_default(),
        tenant_id: &name,
    })
}

fn shown<'a>(made: &'a DecisionInstance, tenant: &'a str) -> EvaluatedDecisionResult<'a> {
    EvaluatedDecisionResult {
        decision_definition_id: &made.decision_id,
        decision_definition_key: Key(made.decision),
        decision_definition_name: &made.decision_name,
        decision_definition_type: super::kind(made),
        decision_definition_version: made.decision_version,
        decision_evaluation_instance_key: instance_key(made),
        evaluated_inputs: super::inputs(&made.inputs),
        matched_rules: super::rules(&made.rules),
        output: &made.output,
        tenant_id: tenant,
    }
}
