//! Where a step version comes from, and who answers for it.

use anyam_artifact::signature::{Policy, Signature, Signed};
use anyam_artifact::{Digest, Provenance};
use anyam_store::records::Component;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Owner, versions};
use crate::api::Api;
use crate::api::answer::{self, Answer};
use crate::api::body::JsonBody;
use crate::api::path::{InPath, InQuery};
use crate::api::problem::Problem;
use crate::api::tenancy;
use crate::api::time::Time;
use crate::runtime::settings::names::SIGNATURE_POLICY;
use crate::runtime::signatures;

/// The header of an upload that holds signatures; it may be there several times.
const SIGNATURE: &str = "anyam-signature";

/// The signatures that come with an upload.
///
/// # Errors
/// 400 for what is none.
pub fn uploaded_signatures(headers: &HeaderMap) -> Result<Vec<Signature>, Problem> {
    let wrong = |error| Problem::invalid(format!("the header {SIGNATURE} is refused: {error}"));
    let parse = |value: &axum::http::HeaderValue| {
        let text = value.to_str().unwrap_or_default();
        text.trim().parse::<Signature>().map_err(wrong)
    };
    headers.get_all(SIGNATURE).iter().map(parse).collect()
}

/// A signature to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddSignature {
    /// `KEY-ID:BASE64`, as `anyam step sign` writes it.
    signature: String,
}

/// Add a signature to one version of a step.
#[utoipa::path(post, path = "/v2/steps/{name}/versions/{version}/signatures", tag = "Steps",
    params(("name" = String, Path), ("version" = String, Path), Owner),
    request_body = AddSignature,
    responses((status = 204, description = "The signature is stored.")))]
pub async fn add_step_signature(
    State(api): State<Api>,
    InPath([name, version]): InPath<2>,
    InQuery(owner): InQuery<Owner>,
    JsonBody(body): JsonBody<AddSignature>,
) -> Answer {
    let (_, id) = tenancy::known(&api.runtime, owner.tenant_id)?;
    let signature = body.signature.parse::<Signature>();
    let signature = signature.map_err(|error| Problem::invalid(format!("signature: {error}")))?;
    api.runtime
        .sign_step(id, (&name, &version), &signature)
        .await?;
    answer::done()
}

/// Where a step version comes from.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ProvenanceResult<'a> {
    name: &'a str,
    version: &'a str,
    tenant_id: &'a str,
    /// SHA-256 of the component, in hexadecimal digits.
    digest: String,
    uploaded_at: Time,
    /// The signatures, seen with the tenant's signature policy.
    #[schema(value_type = Vec<Object>)]
    signatures: Vec<Signed>,
    /// What the component says of itself: `languages`, `tools`, `sdks`, and `statements` such as
    /// its source. Nobody has verified it.
    #[schema(value_type = Object)]
    component: Provenance,
}

/// Get where one version of a step comes from and who has signed it.
#[utoipa::path(get, path = "/v2/steps/{name}/versions/{version}/provenance", tag = "Steps",
    params(("name" = String, Path), ("version" = String, Path), Owner),
    responses((status = 200, body = ProvenanceResult)))]
pub async fn get_step_provenance(
    State(api): State<Api>,
    InPath([name, version]): InPath<2>,
    InQuery(owner): InQuery<Owner>,
) -> Answer {
    let (tenant, id) = tenancy::known(&api.runtime, owner.tenant_id)?;
    let settings = api.runtime.settings().of(id)?;
    let policy = settings.read::<Policy>(SIGNATURE_POLICY)?;
    let nothing_asked = || Policy {
        minimum: 0,
        keys: Vec::new(),
    };
    let reader = api.runtime.read()?;
    let rows = reader.tenant(id);
    let record = versions::find(rows, &name, &version)?;
    let component = rows.get::<Component>(&record.digest)?;
    let component = component
        .ok_or_else(|| Problem::internal(format_args!("step {name} {version} has no component")))?;
    let stored = signatures::stored(rows, &name, &version)?;
    let statement = signatures::statement(&record);
    answer::json(&ProvenanceResult {
        name: &record.name,
        version: &record.version,
        tenant_id: &tenant,
        digest: Digest(record.digest).to_string(),
        uploaded_at: Time(record.uploaded_at),
        signatures: policy
            .unwrap_or_else(nothing_asked)
            .see(&statement, &stored),
        component: Provenance::of(&component.bytes),
    })
}
