//! Conditions that start processes.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::answer::{self, Answer};
use super::body::JsonBody;
use super::keys::Key;
use super::tenancy;
use super::variables_json::{self, VariablesIn};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(evaluate_conditionals))
}

/// Variables to evaluate conditions with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ConditionalEvaluation {
    variables: Option<VariablesIn>,
    /// Only the conditions of this definition; all of the tenant's where absent.
    process_definition_key: Option<Key>,
    tenant_id: Option<String>,
}

/// What an evaluation has started.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConditionalEvaluationResult {
    conditional_evaluation_key: Key,
    tenant_id: String,
    process_instances: Vec<ConditionalStart>,
}

/// An instance that a condition has started.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConditionalStart {
    process_definition_key: Key,
    process_instance_key: Key,
}

/// Evaluate the conditions of start events: each that holds starts an instance with the variables.
#[utoipa::path(post, path = "/v2/conditionals/evaluation", tag = "Conditionals",
    request_body = ConditionalEvaluation,
    responses((status = 200, body = ConditionalEvaluationResult)))]
async fn evaluate_conditionals(
    State(api): State<Api>,
    JsonBody(request): JsonBody<ConditionalEvaluation>,
) -> Answer {
    let tenant = tenancy::named(request.tenant_id)?;
    let variables = variables_json::checked(request.variables, api.limits())?;
    let definition = request.process_definition_key.map(|key| key.0);
    let evaluated = api
        .runtime
        .evaluate_conditionals(&tenant, definition, &variables);
    let (key, started) = evaluated.await?;
    let started = started.into_iter();
    answer::json(&ConditionalEvaluationResult {
        conditional_evaluation_key: Key(key),
        tenant_id: tenant,
        process_instances: started
            .map(|(definition, instance)| ConditionalStart {
                process_definition_key: Key(definition),
                process_instance_key: Key(instance),
            })
            .collect(),
    })
}
