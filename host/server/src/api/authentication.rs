//! Who asks. The server does not tell its callers apart: whoever reaches it may do everything.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::answer::{self, Answer};
use super::tenancy;

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(get_authentication))
}

/// The caller.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AuthenticationResult {
    username: &'static str,
    #[schema(required)]
    display_name: Option<String>,
    #[schema(required)]
    email: Option<String>,
    authorized_components: Vec<&'static str>,
    tenants: Vec<TenantResult>,
    groups: Vec<String>,
    roles: Vec<String>,
    #[schema(required)]
    sales_plan_type: Option<String>,
    #[serde(rename = "c8Links")]
    c8_links: BTreeMap<String, String>,
    can_logout: bool,
}

/// A tenant of the caller.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TenantResult {
    tenant_id: &'static str,
    name: &'static str,
    #[schema(required)]
    description: Option<String>,
}

/// Get the caller.
#[utoipa::path(get, path = "/v2/authentication/me", tag = "Authentication",
    responses((status = 200, body = AuthenticationResult)))]
async fn get_authentication() -> Answer {
    answer::json(&AuthenticationResult {
        username: "anonymous",
        display_name: None,
        email: None,
        authorized_components: vec!["*"],
        tenants: vec![TenantResult {
            tenant_id: tenancy::DEFAULT,
            name: "Default",
            description: None,
        }],
        groups: Vec::new(),
        roles: Vec::new(),
        sales_plan_type: None,
        c8_links: BTreeMap::new(),
        can_logout: false,
    })
}
