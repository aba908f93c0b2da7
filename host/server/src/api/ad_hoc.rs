//! Beginning elements of ad-hoc sub-processes.

use anyam_engine::Command;
use anyam_engine::key::ElementInstanceKey;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use super::Api;
use super::answer::{self, Answer};
use super::body::JsonBody;
use super::jobs::result::{self, AdHocElementIn};
use super::keys::{Key, PathKey};

/// What begins in an ad-hoc sub-process.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ActivateAdHoc {
    elements: Vec<AdHocElementIn>,
    /// Whether what runs in it is terminated first.
    #[serde(default)]
    cancel_remaining_instances: bool,
}

/// Begin elements of an ad-hoc sub-process that is active.
#[utoipa::path(post,
    path = "/v2/element-instances/ad-hoc-activities/{adHocSubProcessInstanceKey}/activation",
    tag = "Element instances",
    params(("adHocSubProcessInstanceKey" = Key, Path)),
    request_body = ActivateAdHoc,
    responses((status = 204, description = "The elements have begun.")))]
pub async fn activate_ad_hoc(
    State(api): State<Api>,
    PathKey(key): PathKey,
    JsonBody(request): JsonBody<ActivateAdHoc>,
) -> Answer {
    let command = Command::ActivateAdHoc {
        at: ElementInstanceKey(key),
        elements: result::elements(request.elements, api.limits())?,
        cancel_remaining: request.cancel_remaining_instances,
    };
    api.runtime
        .command("ad-hoc sub-process", key, command)
        .await?;
    answer::done()
}
