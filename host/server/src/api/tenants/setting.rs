//! One setting of a tenant over HTTP: what every such resource does alike.

use std::sync::Arc;

use anyam_store::TenantId;
use axum::response::Response;

use crate::api::Api;
use crate::api::answer::{self, Answer};
use crate::api::problem::Problem;
use crate::api::tenancy;

/// The tenant that a path names, which must be known to the server.
///
/// # Errors
/// 400 for what is no tenant id, 404 for a tenant that has nothing.
pub fn tenant(api: &Api, name: String) -> Result<TenantId, Problem> {
    tenancy::known(&api.runtime, Some(name)).map(|(_, id)| id)
}

/// The JSON text of a setting.
///
/// # Errors
/// As [`tenant`]; the store's.
pub fn get(api: &Api, tenant_name: String, name: &str) -> Result<Option<Arc<str>>, Problem> {
    let tenant = tenant(api, tenant_name)?;
    Ok(api.runtime.settings().get(tenant, name)?)
}

/// Answers with JSON text as it is stored.
pub fn answer(text: &str) -> Response {
    answer::typed("application/json", text.to_owned())
}

/// Sets a setting to a JSON text that was checked, for a tenant that is made where it is new, and
/// answers with it.
///
/// # Errors
/// 400 for what is no tenant id, 413 past a limit; the store's.
pub async fn put(api: &Api, tenant: String, name: &str, text: String) -> Answer {
    let tenant = tenancy::named(Some(tenant))?;
    api.runtime.put_setting(&tenant, name, text.clone()).await?;
    Ok(answer(&text))
}

/// Removes a setting, if there is one.
///
/// # Errors
/// As [`tenant`]; the store's.
pub async fn delete(api: &Api, tenant_name: String, name: &str) -> Answer {
    let tenant = tenant(api, tenant_name)?;
    api.runtime.settings().delete(tenant, name).await?;
    answer::done()
}

/// A refusal of a document, with the member that is wrong.
pub fn refused(what: &str, fault: impl std::fmt::Display) -> Problem {
    Problem::invalid(format!("the {what} are refused: {fault}"))
}

/// Refuses a text that is too long.
///
/// # Errors
/// 400 with the limit.
pub fn check_length(what: &str, bytes: usize, (most, limit): (usize, &str)) -> Result<(), Problem> {
    if bytes <= most {
        return Ok(());
    }
    Err(Problem::invalid(format!(
        "the {what} has {bytes} bytes, allowed are {most} (limit {limit})"
    )))
}
