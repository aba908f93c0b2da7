//! Process instances: start, read, search, cancel.

mod create;
mod migration;
mod modification;
mod search;
mod statistics;

use anyam_engine::Command;
use anyam_store::records::{InstanceState, ProcessInstance};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::answer::{self, Answer};
use super::body::OptionalJson;
use super::calls;
use super::keys::{Key, PathKey};
use super::problem::Problem;
use super::tenancy;
use super::time::Time;
use crate::error::Error;

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(create::create_process_instance))
        .routes(routes!(search::search_process_instances))
        .routes(routes!(get_process_instance))
        .routes(routes!(cancel_process_instance))
        .routes(routes!(statistics::get_element_statistics))
        .routes(routes!(statistics::get_definition_statistics))
        .routes(routes!(migration::migrate_process_instance))
        .routes(routes!(modification::modify_process_instance))
}

/// A process instance.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProcessInstanceResult<'a> {
    process_instance_key: Key,
    process_definition_key: Key,
    process_definition_id: &'a str,
    #[schema(required)]
    process_definition_name: Option<&'a str>,
    process_definition_version: i32,
    #[schema(required)]
    process_definition_version_tag: Option<&'a str>,
    state: Life,
    /// Whether an incident is open anywhere in it.
    has_incident: bool,
    start_date: Time,
    #[schema(required)]
    end_date: Option<Time>,
    tenant_id: &'a str,
    /// The instance that called it.
    #[schema(required)]
    parent_process_instance_key: Option<Key>,
    /// The call activity that called it.
    #[schema(required)]
    parent_element_instance_key: Option<Key>,
    /// The instance that began the chain of calls; itself where nobody called it.
    #[schema(required)]
    root_process_instance_key: Option<Key>,
    tags: &'a [String],
    /// The caller's own id for it.
    #[schema(required)]
    business_id: Option<&'a str>,
}

/// Where a process or element instance stands.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schema(as = InstanceState)]
pub enum Life {
    /// Running or waiting.
    Active,
    /// Reached its end.
    Completed,
    /// Cancelled, or interrupted.
    Terminated,
}

impl Life {
    /// Every name on the wire.
    pub const NAMES: &'static [&'static str] = &["ACTIVE", "COMPLETED", "TERMINATED"];

    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }
}

impl From<InstanceState> for Life {
    fn from(state: InstanceState) -> Self {
        match state {
            InstanceState::Active => Self::Active,
            InstanceState::Completed => Self::Completed,
            InstanceState::Terminated => Self::Terminated,
        }
    }
}

impl<'a> ProcessInstanceResult<'a> {
    fn new(tenant: &'a str, record: &'a ProcessInstance) -> Self {
        Self {
            process_instance_key: Key(record.key),
            process_definition_key: Key(record.definition_key),
            process_definition_id: &record.process_id,
            process_definition_name: record.process_name.as_deref(),
            process_definition_version: record.process_version,
            process_definition_version_tag: record.version_tag.as_deref(),
            state: record.state.into(),
            has_incident: record.has_incident,
            start_date: Time(record.started_at),
            end_date: record.ended_at.map(Time),
            tenant_id: tenant,
            parent_process_instance_key: record.parent.map(|parent| Key(parent.instance)),
            parent_element_instance_key: record.parent.map(|parent| Key(parent.element_instance)),
            root_process_instance_key: Some(calls::root_of(record)),
            tags: &record.tags,
            business_id: record.business_id.as_deref(),
        }
    }
}

/// Get a process instance.
#[utoipa::path(get, path = "/v2/process-instances/{processInstanceKey}", tag = "Process instances",
    params(("processInstanceKey" = Key, Path)),
    responses((status = 200, body = ProcessInstanceResult)))]
async fn get_process_instance(State(api): State<Api>, PathKey(key): PathKey) -> Answer {
    let (tenant, record) = tenancy::find(&api.runtime, ("process instance", key), |rows, _| {
        rows.get::<ProcessInstance>(&key)
    })?;
    answer::json(&ProcessInstanceResult::new(
        &api.runtime.tenants().name(tenant),
        &record,
    ))
}

/// The body of a request that takes nothing but a reference.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct OperationRequest {
    /// The caller's own number for the operation; taken, and not used.
    #[allow(dead_code)]
    operation_reference: Option<i64>,
}

/// Cancel a process instance: everything in it ends at once, and so does what it has called. One
/// that was called is cancelled with its caller only.
///
/// User tasks with `canceling` listeners stay until these are done, and the instance with them; a
/// second request does not wait.
#[utoipa::path(post, path = "/v2/process-instances/{processInstanceKey}/cancellation",
    tag = "Process instances",
    params(("processInstanceKey" = Key, Path)),
    request_body = Option<OperationRequest>,
    responses((status = 204, description = "The instance is cancelled, or waits for its listeners.")))]
async fn cancel_process_instance(
    State(api): State<Api>,
    PathKey(key): PathKey,
    OptionalJson(_): OptionalJson<OperationRequest>,
) -> Answer {
    let (_, record) = tenancy::find(&api.runtime, ("process instance", key), |rows, _| {
        rows.get::<ProcessInstance>(&key)
    })?;
    if let Some(parent) = record.parent {
        return Err(Problem::from(Error::Conflict(format!(
            "process instance {key} was called by process instance {}; cancel {}, which began the \
             chain of calls",
            parent.instance, parent.root
        ))));
    }
    api.runtime
        .command("process instance", key, Command::Cancel)
        .await?;
    answer::done()
}
