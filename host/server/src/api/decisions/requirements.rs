//! Decision requirements: the versions of DMN files.

use anyam_store::records::{DecisionRequirements, Resource};
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
        .routes(routes!(search_decision_requirements))
        .routes(routes!(get_decision_requirements))
        .routes(routes!(get_decision_requirements_xml))
}

/// One version of a DMN file.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DecisionRequirementsResult<'a> {
    decision_requirements_key: Key,
    decision_requirements_id: &'a str,
    decision_requirements_name: &'a str,
    version: i32,
    resource_name: &'a str,
    tenant_id: &'a str,
}

impl<'a> DecisionRequirementsResult<'a> {
    fn new(tenant: &'a str, record: &'a DecisionRequirements) -> Self {
        Self {
            decision_requirements_key: Key(record.key),
            decision_requirements_id: &record.requirements_id,
            decision_requirements_name: &record.name,
            version: record.version,
            resource_name: &record.resource_name,
            tenant_id: tenant,
        }
    }
}

/// The search of decision requirements.
pub struct Requirements;

impl Searchable for Requirements {
    type Record = DecisionRequirements;
    type Item<'a> = DecisionRequirementsResult<'a>;
    type Position = [u64; 2];
    const NAME: &'static str = "DecisionRequirements";
    const KEY: &'static str = "decisionRequirementsKey";
    const FIELDS: &'static [Field<DecisionRequirements>] = &[
        Field::new("decisionRequirementsKey", Kind::Key, |row| {
            Value::key(row.key)
        }),
        Field::new("decisionRequirementsId", Kind::Text, |row| {
            Value::text(&row.requirements_id)
        }),
        Field::new("decisionRequirementsName", Kind::Text, |row| {
            Value::text(&row.name)
        }),
        Field::new("version", Kind::Number, |row| {
            Value::Number(row.version.into())
        }),
        Field::new("resourceName", Kind::Text, |row| {
            Value::text(&row.resource_name)
        }),
    ];

    fn position(record: &DecisionRequirements) -> [u64; 2] {
        [0, record.key]
    }

    fn source<'r>(
        place: Place<'r>,
        filter: &Filter<DecisionRequirements>,
    ) -> Result<Source<'r, DecisionRequirements>, Problem> {
        let rows = place.rows();
        if let Some(keys) = filter.keys("decisionRequirementsKey") {
            let found = keys.iter().map(|key| rows.get::<DecisionRequirements>(key));
            let found = found
                .filter_map(Result::transpose)
                .collect::<Result<Vec<_>, _>>()?;
            return Ok(Source::few(found, Self::position).only(|row| Ok(!row.deleted)));
        }
        let all = Source::by_key(move |direction, after: Option<[u64; 2]>| {
            let scan = rows.scan::<DecisionRequirements>((), direction);
            scan_after!(scan, after, |[_, key]| key)
        });
        Ok(all.only(|row: &DecisionRequirements| Ok(!row.deleted)))
    }

    fn item<'a>(
        place: &'a Place<'_>,
        record: &'a DecisionRequirements,
    ) -> Result<DecisionRequirementsResult<'a>, Problem> {
        Ok(DecisionRequirementsResult::new(place.tenant_name, record))
    }
}

type DecisionRequirementsQuery = SearchQuery<Requirements>;

/// Search decision requirements.
#[utoipa::path(post, path = "/v2/decision-requirements/search", tag = "Decisions",
    request_body = Option<DecisionRequirementsQuery>,
    responses((status = 200, body = SearchResult<DecisionRequirementsResult>)))]
async fn search_decision_requirements(
    State(api): State<Api>,
    body: SearchBody<Requirements>,
) -> Answer {
    search::answer(&api, body).await
}

/// Get a version of a DMN file.
#[utoipa::path(get, path = "/v2/decision-requirements/{decisionRequirementsKey}",
    tag = "Decisions",
    params(("decisionRequirementsKey" = Key, Path)),
    responses((status = 200, body = DecisionRequirementsResult)))]
async fn get_decision_requirements(State(api): State<Api>, PathKey(key): PathKey) -> Answer {
    let what = ("decision requirements", key);
    let (tenant, record) = tenancy::find(&api.runtime, what, |rows, _| {
        Ok(rows
            .get::<DecisionRequirements>(&key)?
            .filter(|row| !row.deleted))
    })?;
    let name = api.runtime.tenants().name(tenant);
    answer::json(&DecisionRequirementsResult::new(&name, &record))
}

/// Get the DMN XML of a version of a file, as it was uploaded.
#[utoipa::path(get, path = "/v2/decision-requirements/{decisionRequirementsKey}/xml",
    tag = "Decisions",
    params(("decisionRequirementsKey" = Key, Path)),
    responses((status = 200, body = String, content_type = "text/xml")))]
async fn get_decision_requirements_xml(State(api): State<Api>, PathKey(key): PathKey) -> Answer {
    let what = ("decision requirements", key);
    let (_, resource) = tenancy::find(&api.runtime, what, |rows, _| {
        let file = rows.get::<DecisionRequirements>(&key)?;
        let Some(file) = file.filter(|file| !file.deleted) else {
            return Ok(None);
        };
        rows.get::<Resource>(&(file.deployment_key, &file.resource_name))
    })?;
    Ok(answer::typed("text/xml", resource.bytes))
}
