//! Deployed resources of any kind.

use anyam_store::TenantReader;
use anyam_store::records::{DeployedFile, Resource};
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
use super::tenancy;

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(delete_resource))
        .routes(routes!(get_resource))
        .routes(routes!(get_resource_content))
}

/// A version of a deployed file that is no model.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ResourceResult {
    resource_key: Key,
    /// What the file calls itself, else its name.
    resource_id: String,
    resource_name: String,
    version: i32,
    #[schema(required)]
    version_tag: Option<String>,
    tenant_id: String,
}

fn find_file(api: &Api, key: u64) -> Result<(String, DeployedFile), Problem> {
    let (tenant, file) = tenancy::find(&api.runtime, ("deployed file", key), |rows, _| {
        let file = rows.get::<DeployedFile>(&key)?;
        Ok(file.filter(|file| !file.deleted))
    })?;
    Ok((api.runtime.tenants().name(tenant).to_string(), file))
}

/// Get a version of a deployed file that is no model: a form, or what jobs are linked to.
#[utoipa::path(get, path = "/v2/resources/{resourceKey}", tag = "Deployments",
    params(("resourceKey" = Key, Path)),
    responses((status = 200, body = ResourceResult)))]
async fn get_resource(State(api): State<Api>, PathKey(key): PathKey) -> Answer {
    let (tenant_id, file) = find_file(&api, key)?;
    answer::json(&ResourceResult {
        resource_key: Key(file.key),
        resource_id: file.file_id,
        resource_name: file.resource_name,
        version: file.version,
        version_tag: file.version_tag,
        tenant_id,
    })
}

/// Get the bytes of a deployed file that is no model, as they were uploaded.
#[utoipa::path(get, path = "/v2/resources/{resourceKey}/content", tag = "Deployments",
    params(("resourceKey" = Key, Path)),
    responses((status = 200, body = String, content_type = "application/octet-stream")))]
async fn get_resource_content(State(api): State<Api>, PathKey(key): PathKey) -> Answer {
    let (_, resource) = tenancy::find(&api.runtime, ("deployed file", key), |rows, _| {
        content(rows, key)
    })?;
    Ok(answer::typed("application/octet-stream", resource.bytes))
}

/// The bytes of a deployed file.
pub fn content(rows: TenantReader<'_>, key: u64) -> anyam_store::Result<Option<Resource>> {
    match rows.get::<DeployedFile>(&key)? {
        Some(file) if !file.deleted => {
            rows.get::<Resource>(&(file.deployment_key, &file.resource_name))
        }
        _ => Ok(None),
    }
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
