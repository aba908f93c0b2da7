//! Rolling out a version of a step to new instances, and back.

use anyam_store::TenantId;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Owner;
use crate::api::Api;
use crate::api::answer::{self, Answer};
use crate::api::body::JsonBody;
use crate::api::path::{InPath, InQuery};
use crate::api::problem::Problem;
use crate::api::tenancy;
use crate::api::time::Time;

/// Which version new instances are given.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RollOut {
    /// The version.
    version: String,
    /// The share of new instances that get it, from 0 to 100.
    percentage: u8,
}

/// A rollout, and how its versions fare.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RolloutResult {
    version: String,
    /// The share of new instances that get it.
    percentage: u8,
    /// The version that the others get; without one it is the version bound at deployment.
    #[schema(required)]
    previous_version: Option<String>,
    began_at: Time,
    /// The calls since it began, by version.
    calls: Vec<RolloutCalls>,
}

/// The calls of one version since a rollout began.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RolloutCalls {
    version: String,
    calls: u64,
    /// Calls that failed; a BPMN error is no failure.
    failures: u64,
}

/// The rollout of a step.
///
/// # Errors
/// The store's.
pub fn shown(api: &Api, tenant: TenantId, step: &str) -> Result<Option<RolloutResult>, Problem> {
    let Some((rollout, since)) = api.runtime.rollout(tenant, step)? else {
        return Ok(None);
    };
    let calls = since.into_iter().map(|row| RolloutCalls {
        version: row.version,
        calls: row.calls,
        failures: row.failures,
    });
    Ok(Some(RolloutResult {
        version: rollout.version,
        percentage: rollout.percentage,
        previous_version: rollout.previous,
        began_at: Time(rollout.began_at),
        calls: calls.collect(),
    }))
}

/// Give a share of new process instances another version of a step, without a new deployment,
/// wherever the range that the process asks for allows it. 100 promotes the version.
#[utoipa::path(put, path = "/v2/steps/{name}/rollout", tag = "Steps",
    params(("name" = String, Path), Owner),
    request_body = RollOut,
    responses((status = 200, body = RolloutResult)))]
pub async fn put_rollout(
    State(api): State<Api>,
    InPath([name]): InPath<1>,
    InQuery(owner): InQuery<Owner>,
    JsonBody(body): JsonBody<RollOut>,
) -> Answer {
    let (_, tenant) = tenancy::known(&api.runtime, owner.tenant_id)?;
    let to = (&*name, &*body.version);
    api.runtime.roll_out(tenant, to, body.percentage).await?;
    answer::json(&shown(&api, tenant, &name)?)
}

/// Whose rollout ends, and for whom.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct RollBack {
    /// The tenant; the default one where absent.
    tenant_id: Option<String>,
    /// Whether instances that run with the version get the old one too, from their next call on.
    #[serde(default)]
    running: bool,
}

/// End a rollout: new instances at once get the version they had before it.
#[utoipa::path(delete, path = "/v2/steps/{name}/rollout", tag = "Steps",
    params(("name" = String, Path), RollBack),
    responses((status = 204, description = "The version is rolled back.")))]
pub async fn delete_rollout(
    State(api): State<Api>,
    InPath([name]): InPath<1>,
    InQuery(query): InQuery<RollBack>,
) -> Answer {
    let (_, tenant) = tenancy::known(&api.runtime, query.tenant_id)?;
    api.runtime.roll_back(tenant, &name, query.running).await?;
    answer::done()
}
