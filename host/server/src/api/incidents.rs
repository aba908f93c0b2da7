//! Incidents: what stopped an instance until someone acts.

use anyam_engine::Command;
use anyam_engine::key::IncidentKey;
use anyam_store::records::{Incident, OpenIncidents};
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::answer::{self, Answer};
use super::body::OptionalJson;
use super::calls;
use super::incident_scopes;
use super::keys::{Key, PathKey};
use super::problem::Problem;
use super::process_instances::OperationRequest;
use super::search::schema::{SearchQuery, SearchResult};
use super::search::{self, Field, Filter, Kind, Place, SearchBody, Searchable, Source, Value};
use super::tenancy;
use super::time::Time;
use crate::scan_after;

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(search_incidents))
        .routes(routes!(get_incident))
        .routes(routes!(resolve_incident))
        .routes(routes!(incident_scopes::search_process_instance_incidents))
        .routes(routes!(incident_scopes::search_element_instance_incidents))
}

/// An incident.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IncidentResult<'a> {
    incident_key: Key,
    process_instance_key: Key,
    #[schema(required)]
    root_process_instance_key: Option<Key>,
    process_definition_key: Key,
    process_definition_id: &'a str,
    element_id: &'a str,
    element_instance_key: Key,
    /// The job that failed, where one did.
    #[schema(required)]
    job_key: Option<Key>,
    /// Such as `JOB_NO_RETRIES`.
    error_type: &'a str,
    /// What happened and what to mend.
    error_message: &'a str,
    /// `ACTIVE` or `RESOLVED`.
    state: &'a str,
    creation_time: Time,
    tenant_id: &'a str,
}

const ACTIVE: &str = "ACTIVE";
const STATES: &[&str] = &[ACTIVE, "MIGRATED", "PENDING", "RESOLVED", "UNKNOWN"];
const KINDS: &[&str] = &[
    "AD_HOC_SUB_PROCESS_NO_RETRIES",
    "CALLED_DECISION_ERROR",
    "CALLED_ELEMENT_ERROR",
    "CONDITION_ERROR",
    "DECISION_EVALUATION_ERROR",
    "EXECUTION_LISTENER_NO_RETRIES",
    "EXTRACT_VALUE_ERROR",
    "FORM_NOT_FOUND",
    "IO_MAPPING_ERROR",
    "JOB_NO_RETRIES",
    "JOIN_DEADLOCK",
    "MESSAGE_SIZE_EXCEEDED",
    "RESOURCE_LIMIT",
    "RESOURCE_NOT_FOUND",
    "TASK_LISTENER_NO_RETRIES",
    "UNHANDLED_ERROR_EVENT",
    "UNKNOWN",
    "UNSPECIFIED",
];

fn state(record: &Incident) -> &'static str {
    if record.resolved_at.is_some() {
        "RESOLVED"
    } else {
        ACTIVE
    }
}

/// The kind on the wire: clients know no others than [`KINDS`].
fn kind(record: &Incident) -> &'static str {
    KINDS
        .iter()
        .find(|kind| **kind == record.kind)
        .copied()
        .unwrap_or("UNKNOWN")
}

impl<'a> IncidentResult<'a> {
    fn new(tenant: &'a str, root: Key, record: &'a Incident) -> Self {
        Self {
            incident_key: Key(record.key),
            process_instance_key: Key(record.instance),
            root_process_instance_key: Some(root),
            process_definition_key: Key(record.definition_key),
            process_definition_id: &record.process_id,
            element_id: &record.element_id,
            element_instance_key: Key(record.element_instance),
            job_key: record.job.map(Key),
            error_type: kind(record),
            error_message: &record.message,
            state: state(record),
            creation_time: Time(record.created_at),
            tenant_id: tenant,
        }
    }
}

/// The search of incidents.
pub struct Incidents;

impl Searchable for Incidents {
    type Record = Incident;
    type Item<'a> = IncidentResult<'a>;
    type Position = [u64; 2];
    const NAME: &'static str = "Incident";
    const KEY: &'static str = "incidentKey";
    const FIELDS: &'static [Field<Incident>] = &[
        Field::new("incidentKey", Kind::Key, |row| Value::key(row.key)),
        Field::new("processInstanceKey", Kind::Key, |row| {
            Value::key(row.instance)
        }),
        Field::new("processDefinitionKey", Kind::Key, |row| {
            Value::key(row.definition_key)
        }),
        Field::new("processDefinitionId", Kind::Text, |row| {
            Value::text(&row.process_id)
        }),
        Field::new("elementId", Kind::Text, |row| Value::text(&row.element_id)),
        Field::new("elementInstanceKey", Kind::Key, |row| {
            Value::key(row.element_instance)
        }),
        Field::new("jobKey", Kind::Key, |row| Value::maybe_key(row.job)),
        Field::new("errorType", Kind::OneOf(KINDS), |row| {
            Value::text(kind(row))
        }),
        Field::unsorted("errorMessage", Kind::Text, |row| Value::text(&row.message)),
        Field::new("state", Kind::OneOf(STATES), |row| Value::text(state(row))),
        Field::new("creationTime", Kind::Time, |row| {
            Value::Number(row.created_at.into())
        }),
    ];

    // Open incidents come from their index, in the order of the keys alone.
    fn position(record: &Incident) -> [u64; 2] {
        [record.instance, record.key]
    }

    fn source<'r>(
        place: Place<'r>,
        filter: &Filter<Incident>,
    ) -> Result<Source<'r, Incident>, Problem> {
        let rows = place.rows();
        let owned = ["incidentKey", "elementInstanceKey", "jobKey"];
        if let Some(instances) = place.instances(filter, &owned)? {
            return Ok(Source::chained(
                instances,
                move |instance, direction, after| {
                    let scan = rows.scan::<Incident>((instance,), direction);
                    scan_after!(scan, after, |[instance, key]| (instance, key))
                },
            ));
        }
        if filter.text("state") == Some(ACTIVE) {
            return Ok(Source::by_key(move |direction, after: Option<[u64; 2]>| {
                let scan = rows.index::<OpenIncidents>((), direction);
                scan_after!(scan, after, |[_, key]| key)
            }));
        }
        Ok(Source::own_order(
            move |direction, after: Option<[u64; 2]>| {
                let scan = rows.scan::<Incident>((), direction);
                scan_after!(scan, after, |[instance, key]| (instance, key))
            },
        ))
    }

    fn item<'a>(place: &'a Place<'_>, record: &'a Incident) -> Result<IncidentResult<'a>, Problem> {
        let root = calls::root(place.rows(), record.instance)?;
        Ok(IncidentResult::new(place.tenant_name, root, record))
    }
}

pub type IncidentsQuery = SearchQuery<Incidents>;

/// Search incidents.
#[utoipa::path(post, path = "/v2/incidents/search", tag = "Incidents",
    request_body = Option<IncidentsQuery>,
    responses((status = 200, body = SearchResult<IncidentResult>)))]
async fn search_incidents(State(api): State<Api>, body: SearchBody<Incidents>) -> Answer {
    search::answer(&api, body).await
}

/// Get an incident.
#[utoipa::path(get, path = "/v2/incidents/{incidentKey}", tag = "Incidents",
    params(("incidentKey" = Key, Path)),
    responses((status = 200, body = IncidentResult)))]
async fn get_incident(State(api): State<Api>, PathKey(key): PathKey) -> Answer {
    let (tenant, record) = tenancy::find(&api.runtime, ("incident", key), |rows, instance| {
        rows.get::<Incident>(&(instance, key))
    })?;
    let root = calls::root(api.runtime.read()?.tenant(tenant), record.instance)?;
    let tenant = api.runtime.tenants().name(tenant);
    answer::json(&IncidentResult::new(&tenant, root, &record))
}

/// Resolve an incident: what it stopped is tried again.
#[utoipa::path(post, path = "/v2/incidents/{incidentKey}/resolution", tag = "Incidents",
    params(("incidentKey" = Key, Path)),
    request_body = Option<OperationRequest>,
    responses((status = 204, description = "The incident is resolved; if the cause is still \
        there, there is a new one.")))]
async fn resolve_incident(
    State(api): State<Api>,
    PathKey(key): PathKey,
    OptionalJson(_): OptionalJson<OperationRequest>,
) -> Answer {
    let command = Command::ResolveIncident {
        incident: IncidentKey(key),
    };
    api.runtime.command("incident", key, command).await?;
    answer::done()
}
