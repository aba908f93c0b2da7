//! Secrets of a tenant: written, listed by name, removed, and never read.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::setting;
use crate::api::Api;
use crate::api::answer::{self, Answer};
use crate::api::body::JsonBody;
use crate::api::path::InPath;
use crate::api::problem::Problem;
use crate::api::tenancy;
use crate::runtime::settings::names::SECRETS;

/// A secret to keep.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SecretValue {
    value: String,
}

/// The name of a secret.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretResult<'a> {
    name: &'a str,
}

/// The secrets of a tenant.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecretListResult<'a> {
    /// In order of their names.
    items: Vec<SecretResult<'a>>,
}

/// List the names of a tenant's secrets.
#[utoipa::path(get, path = "/v2/tenants/{tenantId}/secrets", tag = "Tenants",
    params(("tenantId" = String, Path)),
    responses((status = 200, body = SecretListResult)))]
pub async fn list_secrets(State(api): State<Api>, InPath([tenant]): InPath<1>) -> Answer {
    let tenant = setting::tenant(&api, tenant)?;
    let settings = api.runtime.settings().of(tenant)?;
    let names = settings
        .under(SECRETS)
        .map(|(name, _)| SecretResult { name });
    answer::json(&SecretListResult {
        items: names.collect(),
    })
}

/// Keep a secret of a tenant. It is sealed before it is stored, goes into outgoing requests of the
/// tenant's steps where a grant names it, and is never shown again.
#[utoipa::path(put, path = "/v2/tenants/{tenantId}/secrets/{name}", tag = "Tenants",
    params(("tenantId" = String, Path),
        ("name" = String, Path, description = "1 to 128 letters, digits, `_`, `-` or `.`.")),
    request_body = SecretValue,
    responses((status = 204, description = "The secret is kept.")))]
pub async fn put_secret(
    State(api): State<Api>,
    InPath([tenant, name]): InPath<2>,
    JsonBody(body): JsonBody<Box<RawValue>>,
) -> Answer {
    let tenant = tenancy::named(Some(tenant))?;
    let limits = &api.runtime.limits().data;
    let allowed = |c: u8| c.is_ascii_alphanumeric() || b"_-.".contains(&c);
    if !(1..=limits.config_key_bytes).contains(&name.len()) || !name.bytes().all(allowed) {
        return Err(Problem::invalid(format!(
            "the name of a secret must be 1 to {} letters, digits or characters of _-.",
            limits.config_key_bytes
        )));
    }
    // What the parser would say may have a part of the secret in it.
    let SecretValue { value } = serde_json::from_str(body.get()).map_err(|_| {
        Problem::invalid("the body must be an object with the secret as its text: {\"value\": ...}")
    })?;
    setting::check_length(
        "value",
        value.len(),
        (limits.config_value_bytes, "config_value_bytes"),
    )?;
    api.runtime.put_secret(&tenant, &name, &value).await?;
    answer::done()
}

/// Remove a secret of a tenant.
#[utoipa::path(delete, path = "/v2/tenants/{tenantId}/secrets/{name}", tag = "Tenants",
    params(("tenantId" = String, Path), ("name" = String, Path)),
    responses((status = 204, description = "There is no such secret any more.")))]
pub async fn delete_secret(State(api): State<Api>, InPath([tenant, name]): InPath<2>) -> Answer {
    setting::delete(&api, tenant, &format!("{SECRETS}{name}")).await
}
