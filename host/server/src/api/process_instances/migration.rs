//! Migrating a running process instance to another process definition.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::Api;
use crate::api::answer::{self, Answer};
use crate::api::body::JsonBody;
use crate::api::keys::{Key, PathKey};
use crate::api::problem::Problem;

/// Where to go on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct MigrateProcessInstance {
    /// The process definition to go on in, of the same tenant.
    target_process_definition_key: Key,
    /// What each element becomes: every one that is alive, joins at which tokens wait, and events
    /// that are to be waited for as before.
    mapping_instructions: Vec<MappingInstruction>,
    /// The caller's own number for the operation; taken, and not used.
    #[allow(dead_code)]
    operation_reference: Option<i64>,
}

/// What an element becomes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct MappingInstruction {
    source_element_id: String,
    target_element_id: String,
}

/// Migrate a process instance to another process definition.
#[utoipa::path(post, path = "/v2/process-instances/{processInstanceKey}/migration",
    tag = "Process instances",
    params(("processInstanceKey" = Key, Path)),
    request_body = MigrateProcessInstance,
    responses((status = 204, description = "The instance is migrated.")))]
pub async fn migrate_process_instance(
    State(api): State<Api>,
    PathKey(key): PathKey,
    JsonBody(request): JsonBody<MigrateProcessInstance>,
) -> Answer {
    let (count, most) = (
        request.mapping_instructions.len(),
        api.limits().mapping_instructions,
    );
    if count > most {
        return Err(Problem::invalid(format!(
            "there are {count} mappingInstructions, a migration takes at most {most}"
        )));
    }
    let mapping = request.mapping_instructions.into_iter();
    let mapping = mapping.map(|one| (one.source_element_id.into(), one.target_element_id.into()));
    let Key(target) = request.target_process_definition_key;
    api.runtime.migrate(key, target, mapping.collect()).await?;
    answer::done()
}
