//! Element instances: each activation of an element; and setting variables in their scopes.

use anyam_engine::Command;
use anyam_engine::key::ElementInstanceKey;
use anyam_store::records::ElementInstance;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::answer::{self, Answer};
use super::body::JsonBody;
use super::calls;
use super::keys::{Key, PathKey};
use super::problem::Problem;
use super::process_instances::Life;
use super::search::schema::{SearchQuery, SearchResult};
use super::search::{self, Field, Filter, Kind, Place, SearchBody, Searchable, Source, Value};
use super::tenancy;
use super::time::Time;
use super::variables_json::VariablesIn;
use crate::scan_after;

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(search_element_instances))
        .routes(routes!(get_element_instance))
        .routes(routes!(set_variables))
        .routes(routes!(super::ad_hoc::activate_ad_hoc))
}

/// One activation of an element.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ElementInstanceResult<'a> {
    element_instance_key: Key,
    process_instance_key: Key,
    #[schema(required)]
    root_process_instance_key: Option<Key>,
    process_definition_key: Key,
    process_definition_id: &'a str,
    element_id: &'a str,
    /// Its name, or its id where the model gives none.
    element_name: &'a str,
    /// Such as `SERVICE_TASK`.
    r#type: &'a str,
    state: Life,
    has_incident: bool,
    #[schema(required)]
    incident_key: Option<Key>,
    start_date: Time,
    #[schema(required)]
    end_date: Option<Time>,
    tenant_id: &'a str,
}

impl<'a> ElementInstanceResult<'a> {
    fn new(tenant: &'a str, root: Key, record: &'a ElementInstance) -> Self {
        Self {
            element_instance_key: Key(record.key),
            process_instance_key: Key(record.instance),
            root_process_instance_key: Some(root),
            process_definition_key: Key(record.definition_key),
            process_definition_id: &record.process_id,
            element_id: &record.element_id,
            element_name: name(record),
            r#type: &record.element_type,
            state: record.state.into(),
            has_incident: record.incident.is_some(),
            incident_key: record.incident.map(Key),
            start_date: Time(record.started_at),
            end_date: record.ended_at.map(Time),
            tenant_id: tenant,
        }
    }
}

fn name(record: &ElementInstance) -> &str {
    record.element_name.as_deref().unwrap_or(&record.element_id)
}

/// The search of element instances.
pub struct ElementInstances;

impl Searchable for ElementInstances {
    type Record = ElementInstance;
    type Item<'a> = ElementInstanceResult<'a>;
    type Position = [u64; 2];
    const NAME: &'static str = "ElementInstance";
    const KEY: &'static str = "elementInstanceKey";
    const FIELDS: &'static [Field<ElementInstance>] = &[
        Field::new("elementInstanceKey", Kind::Key, |row| Value::key(row.key)),
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
        Field::new("elementName", Kind::Text, |row| Value::text(name(row))),
        Field::new("type", Kind::Text, |row| Value::text(&row.element_type)),
        Field::new("state", Kind::OneOf(Life::NAMES), |row| {
            Value::text(Life::from(row.state).name())
        }),
        Field::unsorted("hasIncident", Kind::Bool, |row| {
            Value::Bool(row.incident.is_some())
        }),
        Field::new("incidentKey", Kind::Key, |row| {
            Value::maybe_key(row.incident)
        }),
        Field::new("startDate", Kind::Time, |row| {
            Value::Number(row.started_at.into())
        }),
        Field::new("endDate", Kind::Time, |row| Value::maybe_time(row.ended_at)),
        Field::unsorted("elementInstanceScopeKey", Kind::Key, |row| {
            Value::key(row.scope)
        }),
    ];

    fn position(record: &ElementInstance) -> [u64; 2] {
        [record.instance, record.key]
    }

    fn source<'r>(
        place: Place<'r>,
        filter: &Filter<ElementInstance>,
    ) -> Result<Source<'r, ElementInstance>, Problem> {
        let rows = place.rows();
        let owned = [
            "elementInstanceKey",
            "incidentKey",
            "elementInstanceScopeKey",
        ];
        let instances = place.instances(filter, &owned)?;
        Ok(match instances {
            Some(instances) => Source::chained(instances, move |instance, direction, after| {
                let scan = rows.scan::<ElementInstance>((instance,), direction);
                scan_after!(scan, after, |[instance, key]| (instance, key))
            }),
            None => Source::own_order(move |direction, after: Option<[u64; 2]>| {
                let scan = rows.scan::<ElementInstance>((), direction);
                scan_after!(scan, after, |[instance, key]| (instance, key))
            }),
        })
    }

    fn item<'a>(
        place: &'a Place<'_>,
        record: &'a ElementInstance,
    ) -> Result<ElementInstanceResult<'a>, Problem> {
        let root = calls::root(place.rows(), record.instance)?;
        Ok(ElementInstanceResult::new(place.tenant_name, root, record))
    }
}

type ElementInstancesQuery = SearchQuery<ElementInstances>;

/// Search element instances.
#[utoipa::path(post, path = "/v2/element-instances/search", tag = "Element instances",
    request_body = Option<ElementInstancesQuery>,
    responses((status = 200, body = SearchResult<ElementInstanceResult>)))]
async fn search_element_instances(
    State(api): State<Api>,
    body: SearchBody<ElementInstances>,
) -> Answer {
    search::answer(&api, body).await
}

/// Get an element instance.
#[utoipa::path(get, path = "/v2/element-instances/{elementInstanceKey}", tag = "Element instances",
    params(("elementInstanceKey" = Key, Path)),
    responses((status = 200, body = ElementInstanceResult)))]
async fn get_element_instance(State(api): State<Api>, PathKey(key): PathKey) -> Answer {
    let (tenant, record) =
        tenancy::find(&api.runtime, ("element instance", key), |rows, instance| {
            rows.get::<ElementInstance>(&(instance, key))
        })?;
    let root = calls::root(api.runtime.read()?.tenant(tenant), record.instance)?;
    let tenant = api.runtime.tenants().name(tenant);
    answer::json(&ElementInstanceResult::new(&tenant, root, &record))
}

/// Variables to set in a scope.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SetVariables {
    variables: VariablesIn,
    /// Whether to set them in this scope whatever the scopes around it hold; otherwise a variable
    /// that an outer scope holds is set there, and one that none holds in the outermost.
    #[serde(default)]
    local: bool,
    /// The caller's own number for the operation; taken, and not used.
    #[allow(dead_code)]
    operation_reference: Option<i64>,
}

/// Set variables in the scope of a process instance or element instance.
#[utoipa::path(put, path = "/v2/element-instances/{elementInstanceKey}/variables",
    tag = "Element instances",
    params(("elementInstanceKey" = Key, Path)),
    request_body = SetVariables,
    responses((status = 204, description = "The variables are set.")))]
async fn set_variables(
    State(api): State<Api>,
    PathKey(key): PathKey,
    JsonBody(request): JsonBody<SetVariables>,
) -> Answer {
    let variables = request.variables.checked(api.limits())?;
    let scope = ElementInstanceKey(key);
    let command = Command::SetVariables {
        scope,
        variables,
        local: request.local,
    };
    api.runtime
        .command("element instance", key, command)
        .await?;
    answer::done()
}
