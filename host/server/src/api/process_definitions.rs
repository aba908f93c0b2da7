//! Process definitions: search, read, and the XML they came from.

use anyam_store::records::{DefinitionsByProcess, DeletedDefinition, ProcessDefinition, Resource};
use anyam_store::{Direction, TenantReader};
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::answer::{self, Answer};
use super::keys::{Key, PathKey};
use super::problem::Problem;
use super::search::schema::{SearchQuery, SearchResult};
use super::search::{self, Field, Filter, Kind, Place, SearchBody, Searchable, Source, Value};
use super::tenancy;
use crate::scan_after;

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(search_process_definitions))
        .routes(routes!(get_process_definition))
        .routes(routes!(get_process_definition_xml))
}

/// One version of a process.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProcessDefinitionResult<'a> {
    process_definition_key: Key,
    process_definition_id: &'a str,
    #[schema(required)]
    name: Option<&'a str>,
    version: i32,
    #[schema(required)]
    version_tag: Option<&'a str>,
    resource_name: &'a str,
    has_start_form: bool,
    /// `ACTIVE`, or `DELETED`: nothing new runs it. A search finds none that is deleted.
    state: &'static str,
    tenant_id: &'a str,
}

const ACTIVE: &str = "ACTIVE";
const DELETED: &str = "DELETED";
const STATES: &[&str] = &[ACTIVE, "DRAINING", DELETED];

impl<'a> ProcessDefinitionResult<'a> {
    fn new(tenant: &'a str, record: &'a ProcessDefinition, state: &'static str) -> Self {
        Self {
            process_definition_key: Key(record.key),
            process_definition_id: &record.process_id,
            name: record.name.as_deref(),
            version: record.version,
            version_tag: record.version_tag.as_deref(),
            resource_name: &record.resource_name,
            has_start_form: false,
            state,
            tenant_id: tenant,
        }
    }
}

/// The search of process definitions: all versions, or the latest of each process.
pub struct ProcessDefinitions;

impl Searchable for ProcessDefinitions {
    type Record = ProcessDefinition;
    type Item<'a> = ProcessDefinitionResult<'a>;
    type Position = [u64; 2];
    const NAME: &'static str = "ProcessDefinition";
    const KEY: &'static str = "processDefinitionKey";
    const FIELDS: &'static [Field<ProcessDefinition>] = &[
        Field::new("processDefinitionKey", Kind::Key, |row| Value::key(row.key)),
        Field::new("processDefinitionId", Kind::Text, |row| {
            Value::text(&row.process_id)
        }),
        Field::new("name", Kind::Text, |row| {
            Value::maybe_text(row.name.as_deref())
        }),
        Field::new("version", Kind::Number, |row| {
            Value::Number(row.version.into())
        }),
        Field::new("versionTag", Kind::Text, |row| {
            Value::maybe_text(row.version_tag.as_deref())
        }),
        Field::new("resourceName", Kind::Text, |row| {
            Value::text(&row.resource_name)
        }),
        Field::unsorted("hasStartForm", Kind::Bool, |_| Value::Bool(false)),
        Field::unsorted("state", Kind::OneOf(STATES), |_| Value::text(ACTIVE)),
    ];
    const FLAGS: &'static [&'static str] = &[LATEST];

    fn position(record: &ProcessDefinition) -> [u64; 2] {
        [0, record.key]
    }

    fn source<'r>(
        place: Place<'r>,
        filter: &Filter<ProcessDefinition>,
    ) -> Result<Source<'r, ProcessDefinition>, Problem> {
        let rows = place.rows();
        let source = if let Some(keys) = filter.keys("processDefinitionKey") {
            let found = keys.iter().map(|key| rows.get::<ProcessDefinition>(key));
            let found = found
                .filter_map(Result::transpose)
                .collect::<Result<Vec<_>, _>>()?;
            Source::few(found, Self::position)
        } else if let Some(process_id) = filter.text("processDefinitionId") {
            versions(place, process_id.to_owned())
        } else {
            Source::by_key(move |direction, after: Option<[u64; 2]>| {
                let scan = rows.scan::<ProcessDefinition>((), direction);
                scan_after!(scan, after, |[_, key]| key)
            })
        };
        Ok(match filter.is_set(LATEST) {
            None => source,
            Some(wanted) => source.only(move |row| Ok(is_latest(place, row)? == wanted)),
        })
    }

    fn item<'a>(
        place: &'a Place<'_>,
        record: &'a ProcessDefinition,
    ) -> Result<ProcessDefinitionResult<'a>, Problem> {
        let tenant = place.tenant_name;
        Ok(ProcessDefinitionResult::new(tenant, record, ACTIVE))
    }
}

/// A filter that needs a look at the other versions.
const LATEST: &str = "isLatestVersion";

/// The versions of a process, whose keys rise with them.
fn versions(place: Place<'_>, process_id: String) -> Source<'_, ProcessDefinition> {
    let rows = place.rows();
    Source::by_key(move |direction, after: Option<[u64; 2]>| {
        let scan = rows.index::<DefinitionsByProcess>((&*process_id,), direction);
        let last = after.map(|[_, key]| rows.get::<ProcessDefinition>(&key));
        match last {
            Some(Ok(Some(last))) => Box::new(scan.after(&(&*process_id, last.version))),
            Some(Err(error)) => Box::new(std::iter::once(Err(error))),
            Some(Ok(None)) | None => Box::new(scan),
        }
    })
}

fn is_latest(place: Place<'_>, row: &ProcessDefinition) -> anyam_store::Result<bool> {
    let rows = place.rows();
    let mut versions = rows.index::<DefinitionsByProcess>((&*row.process_id,), Direction::Reverse);
    Ok(versions
        .next()
        .transpose()?
        .is_none_or(|latest| latest.key == row.key))
}

type ProcessDefinitionsQuery = SearchQuery<ProcessDefinitions>;

/// Search process definitions.
#[utoipa::path(post, path = "/v2/process-definitions/search", tag = "Process definitions",
    request_body = Option<ProcessDefinitionsQuery>,
    responses((status = 200, body = SearchResult<ProcessDefinitionResult>)))]
async fn search_process_definitions(
    State(api): State<Api>,
    body: SearchBody<ProcessDefinitions>,
) -> Answer {
    search::answer(&api, body).await
}

/// A definition with its state.
pub fn with_deleted(
    rows: TenantReader<'_>,
    key: u64,
) -> anyam_store::Result<Option<(ProcessDefinition, &'static str)>> {
    if let Some(record) = rows.get::<ProcessDefinition>(&key)? {
        return Ok(Some((record, ACTIVE)));
    }
    let deleted = rows.get::<DeletedDefinition>(&key)?;
    Ok(deleted.map(|deleted| (deleted.definition, DELETED)))
}

/// Get a process definition.
#[utoipa::path(get, path = "/v2/process-definitions/{processDefinitionKey}",
    tag = "Process definitions",
    params(("processDefinitionKey" = Key, Path)),
    responses((status = 200, body = ProcessDefinitionResult)))]
async fn get_process_definition(State(api): State<Api>, PathKey(key): PathKey) -> Answer {
    let (tenant, (record, state)) =
        tenancy::find(&api.runtime, ("process definition", key), |rows, _| {
            with_deleted(rows, key)
        })?;
    let tenant = api.runtime.tenants().name(tenant);
    answer::json(&ProcessDefinitionResult::new(&tenant, &record, state))
}

/// Get the BPMN XML that a process definition came from, as it was uploaded.
#[utoipa::path(get, path = "/v2/process-definitions/{processDefinitionKey}/xml",
    tag = "Process definitions",
    params(("processDefinitionKey" = Key, Path)),
    responses((status = 200, body = String, content_type = "text/xml")))]
async fn get_process_definition_xml(State(api): State<Api>, PathKey(key): PathKey) -> Answer {
    let (_, resource) = tenancy::find(&api.runtime, ("process definition", key), |rows, _| {
        let Some((record, _)) = with_deleted(rows, key)? else {
            return Ok(None);
        };
        rows.get::<Resource>(&(record.deployment_key, &record.resource_name))
    })?;
    Ok(answer::typed("text/xml", resource.bytes))
}
