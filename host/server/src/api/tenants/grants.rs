//! What a tenant lets its steps reach.

use axum::extract::State;
use serde_json::value::RawValue;

use super::setting;
use crate::api::Api;
use crate::api::answer::Answer;
use crate::api::body::JsonBody;
use crate::api::path::InPath;
use crate::runtime::grants;
use crate::runtime::settings::names::GRANTS;

/// Get what a tenant lets its steps reach.
#[utoipa::path(get, path = "/v2/tenants/{tenantId}/grants", tag = "Tenants",
    params(("tenantId" = String, Path)),
    responses((status = 200, body = Object, description = "The grants; `{}` where there are none.")))]
pub async fn get_grants(State(api): State<Api>, InPath([tenant]): InPath<1>) -> Answer {
    let stored = setting::get(&api, tenant, GRANTS)?;
    Ok(setting::answer(stored.as_deref().unwrap_or("{}")))
}

/// Set what a tenant lets its steps reach; what is absent is denied. In force for every call of a
/// step that starts from now on.
#[utoipa::path(put, path = "/v2/tenants/{tenantId}/grants", tag = "Tenants",
    params(("tenantId" = String, Path)),
    request_body(content = Object, description = "`http` rules (`host`, `scheme`, `port`, \
        `methods`, `paths`, `secrets`, `privateAddresses`) and lists of patterns of `keyValue` \
        stores, `blobStore` containers, `config` keys and `messaging` names."),
    responses((status = 200, body = Object, description = "The grants as they are stored.")))]
pub async fn put_grants(
    State(api): State<Api>,
    InPath([tenant]): InPath<1>,
    JsonBody(body): JsonBody<Box<RawValue>>,
) -> Answer {
    let limits = &api.runtime.limits().data;
    let checked =
        grants::parse(body.get(), limits).map_err(|fault| setting::refused("grants", fault))?;
    let text = serde_json::to_string(&checked).map_err(crate::api::problem::Problem::internal)?;
    setting::put(&api, tenant, GRANTS, text).await
}

/// Deny a tenant's steps everything.
#[utoipa::path(delete, path = "/v2/tenants/{tenantId}/grants", tag = "Tenants",
    params(("tenantId" = String, Path)),
    responses((status = 204, description = "Nothing is granted any more.")))]
pub async fn delete_grants(State(api): State<Api>, InPath([tenant]): InPath<1>) -> Answer {
    setting::delete(&api, tenant, GRANTS).await
}
