//! The bounds of a tenant.

use anyam_store::TenantId;
use axum::extract::State;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::setting;
use crate::api::Api;
use crate::api::answer::{self, Answer};
use crate::api::body::JsonBody;
use crate::api::path::InPath;
use crate::api::tenancy;

/// The bounds of a tenant, each a whole number: bytes, a count, or milliseconds where the name ends
/// in `Ms`. They stand in groups: `step`, `model`, `expression`, `engine`, `runtime`.
#[derive(Serialize, ToSchema)]
struct TenantLimitsResult {
    /// What differs from the bounds of every tenant.
    #[schema(value_type = Object)]
    overrides: Map<String, Value>,
    /// What is in force.
    #[schema(value_type = Object)]
    effective: Map<String, Value>,
    /// The most that may be set.
    #[schema(value_type = Object)]
    ceilings: Map<String, Value>,
}

fn shown(api: &Api, tenant: TenantId) -> Answer {
    let shown = api.runtime.shown_limits(tenant)?;
    answer::json(&TenantLimitsResult {
        overrides: shown.overrides,
        effective: shown.effective,
        ceilings: shown.ceilings,
    })
}

/// Get the bounds of a tenant.
#[utoipa::path(get, path = "/v2/tenants/{tenantId}/limits", tag = "Tenants",
    params(("tenantId" = String, Path)),
    responses((status = 200, body = TenantLimitsResult)))]
pub async fn get_limits(State(api): State<Api>, InPath([tenant]): InPath<1>) -> Answer {
    shown(&api, setting::tenant(&api, tenant)?)
}

/// Set the bounds of a tenant that differ from those of every tenant. In force for all that starts
/// from now on.
#[utoipa::path(put, path = "/v2/tenants/{tenantId}/limits", tag = "Tenants",
    params(("tenantId" = String, Path)),
    request_body(content = Object, description = "Groups of bounds, such as \
        `{\"step\": {\"callTimeMs\": 60000}}`; what is absent is as for every tenant."),
    responses((status = 200, body = TenantLimitsResult)))]
pub async fn put_limits(
    State(api): State<Api>,
    InPath([tenant]): InPath<1>,
    JsonBody(body): JsonBody<Box<RawValue>>,
) -> Answer {
    let tenant = tenancy::named(Some(tenant))?;
    let tenant = api.runtime.put_limits(&tenant, body.get()).await?;
    shown(&api, tenant)
}

/// Give a tenant the bounds of every tenant again.
#[utoipa::path(delete, path = "/v2/tenants/{tenantId}/limits", tag = "Tenants",
    params(("tenantId" = String, Path)),
    responses((status = 204, description = "The bounds are those of every tenant.")))]
pub async fn delete_limits(State(api): State<Api>, InPath([tenant]): InPath<1>) -> Answer {
    let tenant = setting::tenant(&api, tenant)?;
    api.runtime.delete_limits(tenant).await?;
    answer::done()
}
