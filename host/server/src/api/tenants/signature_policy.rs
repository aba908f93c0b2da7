//! Which signatures a tenant asks for.

use anyam_artifact::signature::Policy;
use axum::extract::State;

use super::setting;
use crate::api::Api;
use crate::api::answer::Answer;
use crate::api::body::JsonBody;
use crate::api::path::InPath;
use crate::api::problem::Problem;
use crate::runtime::settings::names::SIGNATURE_POLICY;

/// Get which signatures a step version must have.
#[utoipa::path(get, path = "/v2/tenants/{tenantId}/signature-policy", tag = "Tenants",
    params(("tenantId" = String, Path)),
    responses((status = 200, body = Object), (status = 404, description = "There is none.")))]
pub async fn get_signature_policy(State(api): State<Api>, InPath([tenant]): InPath<1>) -> Answer {
    let stored = setting::get(&api, tenant, SIGNATURE_POLICY)?;
    let stored = stored.ok_or_else(|| Problem::not_found("the tenant has no signature policy"))?;
    Ok(setting::answer(&stored))
}

/// Set which signatures a step version must have, to be uploaded and to be bound by a deployment.
/// What runs goes on.
#[utoipa::path(put, path = "/v2/tenants/{tenantId}/signature-policy", tag = "Tenants",
    params(("tenantId" = String, Path)),
    request_body(content = Object, description = "`minimum`, how many of the `keys` must have \
        signed; each key has a `name` and a `publicKey` (Ed25519, SubjectPublicKeyInfo in PEM)."),
    responses((status = 200, body = Object)))]
pub async fn put_signature_policy(
    State(api): State<Api>,
    InPath([tenant]): InPath<1>,
    JsonBody(policy): JsonBody<Policy>,
) -> Answer {
    policy
        .check()
        .map_err(|error| setting::refused("signature policy", error))?;
    let text = serde_json::to_string(&policy).map_err(Problem::internal)?;
    setting::put(&api, tenant, SIGNATURE_POLICY, text).await
}

/// Ask for no signatures.
#[utoipa::path(delete, path = "/v2/tenants/{tenantId}/signature-policy", tag = "Tenants",
    params(("tenantId" = String, Path)),
    responses((status = 204, description = "No signatures are asked for any more.")))]
pub async fn delete_signature_policy(
    State(api): State<Api>,
    InPath([tenant]): InPath<1>,
) -> Answer {
    setting::delete(&api, tenant, SIGNATURE_POLICY).await
}
