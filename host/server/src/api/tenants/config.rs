//! Configuration values of a tenant, which its steps read.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::setting;
use crate::api::Api;
use crate::api::answer::{self, Answer};
use crate::api::body::JsonBody;
use crate::api::path::InPath;
use crate::api::problem::Problem;
use crate::runtime::settings::names::CONFIG;

/// A configuration value to set.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ConfigValue {
    value: String,
}

/// A configuration value.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigResult {
    key: String,
    value: String,
}

/// All configuration values of a tenant.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigListResult {
    /// In order of their keys.
    items: Vec<ConfigResult>,
}

/// List the configuration values of a tenant.
#[utoipa::path(get, path = "/v2/tenants/{tenantId}/config", tag = "Tenants",
    params(("tenantId" = String, Path)),
    responses((status = 200, body = ConfigListResult)))]
pub async fn list_config(State(api): State<Api>, InPath([tenant]): InPath<1>) -> Answer {
    let tenant = setting::tenant(&api, tenant)?;
    let settings = api.runtime.settings().of(tenant)?;
    let item = |(key, text): (&str, &std::sync::Arc<str>)| {
        let key = key.to_owned();
        let value = serde_json::from_str(text).map_err(Problem::internal)?;
        Ok::<_, Problem>(ConfigResult { key, value })
    };
    let items = settings.under(CONFIG).map(item).collect::<Result<_, _>>()?;
    answer::json(&ConfigListResult { items })
}

/// Get a configuration value of a tenant.
#[utoipa::path(get, path = "/v2/tenants/{tenantId}/config/{key}", tag = "Tenants",
    params(("tenantId" = String, Path), ("key" = String, Path)),
    responses((status = 200, body = ConfigResult)))]
pub async fn get_config(State(api): State<Api>, InPath([name, key]): InPath<2>) -> Answer {
    let tenant = setting::tenant(&api, name.clone())?;
    let settings = api.runtime.settings().of(tenant)?;
    match settings.text(&format!("{CONFIG}{key}")) {
        Some(value) => answer::json(&ConfigResult { key, value }),
        None => Err(Problem::not_found(format!(
            "tenant '{name}' has no configuration value '{key}'"
        ))),
    }
}

/// Set a configuration value of a tenant. Calls of steps that start from now on read it, where it
/// is granted to them.
#[utoipa::path(put, path = "/v2/tenants/{tenantId}/config/{key}", tag = "Tenants",
    params(("tenantId" = String, Path), ("key" = String, Path)),
    request_body = ConfigValue,
    responses((status = 200, body = ConfigResult)))]
pub async fn put_config(
    State(api): State<Api>,
    InPath([tenant, key]): InPath<2>,
    JsonBody(ConfigValue { value }): JsonBody<ConfigValue>,
) -> Answer {
    let limits = &api.runtime.limits().data;
    setting::check_length(
        "key",
        key.len(),
        (limits.config_key_bytes, "config_key_bytes"),
    )?;
    if key.is_empty() || key.chars().any(char::is_control) {
        return Err(Problem::invalid(
            "the key of a configuration value must not be empty or have a control character",
        ));
    }
    setting::check_length(
        "value",
        value.len(),
        (limits.config_value_bytes, "config_value_bytes"),
    )?;
    let text = serde_json::to_string(&value).map_err(Problem::internal)?;
    setting::put(&api, tenant, &format!("{CONFIG}{key}"), text).await?;
    answer::json(&ConfigResult { key, value })
}

/// Remove a configuration value of a tenant.
#[utoipa::path(delete, path = "/v2/tenants/{tenantId}/config/{key}", tag = "Tenants",
    params(("tenantId" = String, Path), ("key" = String, Path)),
    responses((status = 204, description = "There is no such value any more.")))]
pub async fn delete_config(State(api): State<Api>, InPath([tenant, key]): InPath<2>) -> Answer {
    setting::delete(&api, tenant, &format!("{CONFIG}{key}")).await
}
