//! Steps: upload, read, remove, try.

mod invocation;
mod provenance;
mod rollout;
mod versions;

use anyam_store::records::StepVersion;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::problem::Problem;
use super::time::Time;

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(versions::search_steps))
        .routes(routes!(versions::get_step))
        .routes(routes!(
            versions::put_step_version,
            versions::get_step_version,
            versions::delete_step_version
        ))
        .routes(routes!(versions::get_step_component))
        .routes(routes!(provenance::get_step_provenance))
        .routes(routes!(provenance::add_step_signature))
        .routes(routes!(versions::retire_step_version))
        .routes(routes!(rollout::put_rollout, rollout::delete_rollout))
        .routes(routes!(invocation::invoke_step))
}

/// Whose steps are meant.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
struct Owner {
    /// The tenant; the default one where absent.
    tenant_id: Option<String>,
}

/// One version of a step.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StepVersionResult<'a> {
    name: &'a str,
    version: &'a str,
    tenant_id: &'a str,
    /// SHA-256 of the component, in hexadecimal digits.
    digest: String,
    /// Bytes of the component.
    size: u64,
    /// `pure` if no import lets it see or change anything outside, else `effectful`.
    effect: &'a str,
    /// The interfaces that the component imports.
    imports: &'a [String],
    /// What the component says of itself: its description, schemas and error codes.
    #[schema(required, value_type = Option<Object>)]
    manifest: Option<Box<RawValue>>,
    uploaded_at: Time,
    /// Since when nothing new is bound to it.
    #[schema(required)]
    retired_at: Option<Time>,
}

impl<'a> StepVersionResult<'a> {
    fn new(tenant: &'a str, record: &'a StepVersion) -> Result<Self, Problem> {
        let manifest = record
            .manifest
            .clone()
            .map(RawValue::from_string)
            .transpose();
        Ok(Self {
            name: &record.name,
            version: &record.version,
            tenant_id: tenant,
            digest: hex(&record.digest),
            size: record.size,
            effect: &record.effect,
            imports: &record.imports,
            manifest: manifest.map_err(Problem::internal)?,
            uploaded_at: Time(record.uploaded_at),
            retired_at: record.retired_at.map(Time),
        })
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_digest_is_written_in_two_digits_a_byte() {
        assert_eq!(super::hex(&[0, 10, 255]), "000aff");
    }
}
