//! Deployed resources of any kind.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::answer::{self, Answer};
use super::body::OptionalJson;
use super::keys::{Key, PathKey};
use super::problem::Problem;

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(delete_resource))
}

/// How to delete a resource.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct DeleteResource {
    /// A number of the caller's; it changes nothing.
    #[expect(dead_code, reason = "it is checked and changes nothing")]
    operation_reference: Option<u64>,
    /// Must not be `true`: what became of decisions and process instances is kept.
    delete_history: Option<bool>,
}

/// A deleted resource.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct DeletedResource {
    resource_key: Key,
    /// Always `null`.
    #[schema(required, value_type = Option<Object>)]
    batch_operation: Option<()>,
}

/// Delete a version of a process, by its `processDefinitionKey`, that no process instance runs; or a
/// version of a DMN file, by its `decisionRequirementsKey`, with its decisions.
///
/// The version before it is the latest again, and what starts it counts again. Process instances
/// and decision instances are kept.
#[utoipa::path(post, path = "/v2/resources/{resourceKey}/deletion", tag = "Deployments",
    params(("resourceKey" = Key, Path)),
    request_body = Option<DeleteResource>,
    responses((status = 200, body = DeletedResource)))]
async fn delete_resource(
    State(api): State<Api>,
    PathKey(key): PathKey,
    OptionalJson(request): OptionalJson<DeleteResource>,
) -> Answer {
    if request.delete_history == Some(true) {
        return Err(Problem::invalid(
            "deleteHistory must not be true: decision and process instances are kept",
        ));
    }
    api.runtime.delete_resource(key).await?;
    answer::json(&DeletedResource {
        resource_key: Key(key),
        batch_operation: None,
    })
}
