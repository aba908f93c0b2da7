//! Decision definitions: search, read, and the XML they came from.

use anyam_store::Direction;
use anyam_store::records::{
    Decision, DecisionRequirements, DecisionsById, DecisionsByRequirements, Resource,
};
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::Api;
use super::super::answer::{self, Answer};
use super::super::keys::{Key, PathKey};
use super::super::problem::Problem;
use super::super::search::schema::{SearchQuery, SearchResult};
use super::super::search::{
    self, Field, Filter, Kind, Place, SearchBody, Searchable, Source, Value,
};
use super::super::tenancy;
use crate::scan_after;

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(search_decision_definitions))
        .routes(routes!(get_decision_definition))
        .routes(routes!(get_decision_definition_xml))
}

/// One version of a decision.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DecisionDefinitionResult<'a> {
    decision_definition_key: Key,
    decision_definition_id: &'a str,
    name: &'a str,
    version: i32,
    decision_requirements_key: Key,
    decision_requirements_id: &'a str,
    decision_requirements_name: &'a str,
    decision_requirements_version: i32,
    tenant_id: &'a str,
}

impl<'a> DecisionDefinitionResult<'a> {
    fn new(tenant: &'a str, record: &'a Decision) -> Self {
        Self {
            decision_definition_key: Key(record.key),
            decision_definition_id: &record.decision_id,
            name: &record.name,
            version: record.version,
            decision_requirements_key: Key(record.requirements_key),
            decision_requirements_id: &record.requirements_id,
            decision_requirements_name: &record.requirements_name,
            decision_requirements_version: record.requirements_version,
            tenant_id: tenant,
        }
    }
}

/// The search of decision definitions: all versions, or the latest of each decision.
pub struct DecisionDefinitions;

impl Searchable for DecisionDefinitions {
    type Record = Decision;
    type Item<'a> = DecisionDefinitionResult<'a>;
    type Position = [u64; 2];
    const NAME: &'static str = "DecisionDefinition";
    const KEY: &'static str = "decisionDefinitionKey";
    const FIELDS: &'static [Field<Decision>] = &[
        Field::new("decisionDefinitionKey", Kind::Key, |row| {
            Value::key(row.key)
        }),
        Field::new("decisionDefinitionId", Kind::Text, |row| {
            Value::text(&row.decision_id)
        }),
        Field::new("name", Kind::Text, |row| Value::text(&row.name)),
        Field::new("version", Kind::Number, |row| {
            Value::Number(row.version.into())
        }),
        Field::new("decisionRequirementsKey", Kind::Key, |row| {
            Value::key(row.requirements_key)
        }),
        Field::new("decisionRequirementsId", Kind::Text, |row| {
            Value::text(&row.requirements_id)
        }),
        Field::new("decisionRequirementsName", Kind::Text, |row| {
            Value::text(&row.requirements_name)
        }),
        Field::new("decisionRequirementsVersion", Kind::Number, |row| {
            Value::Number(row.requirements_version.into())
        }),
    ];
    const FLAGS: &'static [&'static str] = &[LATEST];

    fn position(record: &Decision) -> [u64; 2] {
        [0, record.key]
    }

    fn source<'r>(
        place: Place<'r>,
        filter: &Filter<Decision>,
    ) -> Result<Source<'r, Decision>, Problem> {
        let rows = place.rows();
        let source = if let Some(keys) = filter.keys("decisionDefinitionKey") {
            let found = keys.iter().map(|key| rows.get::<Decision>(key));
            let found = found
                .filter_map(Result::transpose)
                .collect::<Result<Vec<_>, _>>()?;
            Source::few(found, Self::position)
        } else if let Some(id) = filter.text("decisionDefinitionId") {
            versions(place, id.to_owned())
        } else if let Some(keys) = filter.keys("decisionRequirementsKey")
            && let [requirements] = keys[..]
        {
            Source::by_key(move |direction, after: Option<[u64; 2]>| {
                let scan = rows.index::<DecisionsByRequirements>((requirements,), direction);
                scan_after!(scan, after, |[_, key]| (requirements, key))
            })
        } else {
            Source::by_key(move |direction, after: Option<[u64; 2]>| {
                let scan = rows.scan::<Decision>((), direction);
                scan_after!(scan, after, |[_, key]| key)
            })
        };
        let source = source.only(|row: &Decision| Ok(!row.deleted));
        Ok(match filter.is_set(LATEST) {
            None => source,
            Some(wanted) => source.only(move |row| Ok(is_latest(place, row)? == wanted)),
        })
    }

    fn item<'a>(
        place: &'a Place<'_>,
        record: &'a Decision,
    ) -> Result<DecisionDefinitionResult<'a>, Problem> {
        Ok(DecisionDefinitionResult::new(place.tenant_name, record))
    }
}

/// A filter that needs a look at the other versions.
const LATEST: &str = "isLatestVersion";

/// The versions of a decision, whose keys rise with them.
fn versions(place: Place<'_>, id: String) -> Source<'_, Decision> {
    let rows = place.rows();
    Source::by_key(move |direction, after: Option<[u64; 2]>| {
        let scan = rows.index::<DecisionsById>((&*id,), direction);
        let last = after.map(|[_, key]| rows.get::<Decision>(&key));
        match last {
            Some(Ok(Some(last))) => Box::new(scan.after(&(&*id, last.version))),
            Some(Err(error)) => Box::new(std::iter::once(Err(error))),
            Some(Ok(None)) | None => Box::new(scan),
        }
    })
}

fn is_latest(place: Place<'_>, row: &Decision) -> anyam_store::Result<bool> {
    let rows = place.rows();
    for version in rows.index::<DecisionsById>((&*row.decision_id,), Direction::Reverse) {
        let version = version?;
        if !version.deleted {
            return Ok(version.key == row.key);
        }
    }
    Ok(false)
}

type DecisionDefinitionsQuery = SearchQuery<DecisionDefinitions>;

/// Search decision definitions.
#[utoipa::path(post, path = "/v2/decision-definitions/search", tag = "Decisions",
    request_body = Option<DecisionDefinitionsQuery>,
    responses((status = 200, body = SearchResult<DecisionDefinitionResult>)))]
async fn search_decision_definitions(
    State(api): State<Api>,
    body: SearchBody<DecisionDefinitions>,
) -> Answer {
    search::answer(&api, body).await
}

/// Get a decision definition.
#[utoipa::path(get, path = "/v2/decision-definitions/{decisionDefinitionKey}", tag = "Decisions",
    params(("decisionDefinitionKey" = Key, Path)),
    responses((status = 200, body = DecisionDefinitionResult)))]
async fn get_decision_definition(State(api): State<Api>, PathKey(key): PathKey) -> Answer {
    let (tenant, record) = tenancy::find(&api.runtime, ("decision definition", key), |rows, _| {
        Ok(rows.get::<Decision>(&key)?.filter(|row| !row.deleted))
    })?;
    let name = api.runtime.tenants().name(tenant);
    answer::json(&DecisionDefinitionResult::new(&name, &record))
}

/// Get the DMN XML that a decision definition came from, as it was uploaded.
#[utoipa::path(get, path = "/v2/decision-definitions/{decisionDefinitionKey}/xml",
    tag = "Decisions",
    params(("decisionDefinitionKey" = Key, Path)),
    responses((status = 200, body = String, content_type = "text/xml")))]
async fn get_decision_definition_xml(State(api): State<Api>, PathKey(key): PathKey) -> Answer {
    let (_, resource) = tenancy::find(&api.runtime, ("decision definition", key), |rows, _| {
        let decision = rows.get::<Decision>(&key)?;
        let Some(decision) = decision.filter(|decision| !decision.deleted) else {
            return Ok(None);
        };
        let Some(file) = rows.get::<DecisionRequirements>(&decision.requirements_key)? else {
            return Ok(None);
        };
        rows.get::<Resource>(&(file.deployment_key, &file.resource_name))
    })?;
    Ok(answer::typed("text/xml", resource.bytes))
}
