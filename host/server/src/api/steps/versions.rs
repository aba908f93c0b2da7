//! The versions of steps.

use anyam_store::records::{Component, StepVersion};
use anyam_store::{Direction, TenantReader};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use semver::Version;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::rollout::{self, RolloutResult};
use super::{Owner, StepVersionResult, provenance};
use crate::api::Api;
use crate::api::answer::{self, Answer};
use crate::api::body;
use crate::api::component_uploads::component_digest;
use crate::api::path::{InPath, InQuery};
use crate::api::problem::Problem;
use crate::api::search::schema::{SearchQuery, SearchResult};
use crate::api::search::{
    self, Field, Filter, Kind, Place, SearchBody, Searchable, Source, SourceOf, Value,
};
use crate::api::tenancy;
use crate::runtime::requests::PushTerms;
use crate::runtime::steps::{EFFECTFUL, PURE};
use crate::scan_after;

const WASM: &str = "application/wasm";

/// Whose step a version is of, and which bytes it is to have.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub struct PutVersion {
    /// The tenant; the default one where absent.
    tenant_id: Option<String>,
    /// SHA-256 of a component that was uploaded in pieces, or that the tenant has under another
    /// version; the request has no body then.
    digest: Option<String>,
    /// Takes the version although it breaks what processes rely on that would be bound to it.
    #[serde(default)]
    force: bool,
}

/// Upload a component as one version of a step. The same bytes again change nothing.
#[utoipa::path(put, path = "/v2/steps/{name}/versions/{version}", tag = "Steps",
    params(("name" = String, Path), ("version" = String, Path, description = "A semantic version."),
        PutVersion),
    request_body(content = Option<Vec<u8>>, content_type = "application/wasm"),
    responses(
        (status = 201, description = "The version is new.", body = StepVersionResult),
        (status = 200, description = "The version is there with the same bytes.",
            body = StepVersionResult)))]
pub async fn put_step_version(
    State(api): State<Api>,
    InPath([name, version]): InPath<2>,
    InQuery(query): InQuery<PutVersion>,
    request: Request,
) -> Answer {
    let tenant = tenancy::named(query.tenant_id)?;
    let signatures = provenance::uploaded_signatures(request.headers())?;
    let terms = PushTerms {
        signatures,
        force: query.force,
    };
    let pushed = match query.digest {
        Some(digest) => {
            let digest = component_digest(&digest)?;
            let limits = api.limits();
            let nothing = body::read(request.into_body(), 0, limits.body_time).await;
            nothing.map_err(|_| Problem::invalid("a request with a digest has no body"))?;
            api.runtime
                .bind_upload(&tenant, (&name, &version), digest, terms)
                .await?
        }
        None => {
            let bytes = component(&api, request).await?;
            api.runtime
                .push_step_on(&tenant, (&name, &version), bytes, terms)
                .await?
        }
    };
    let status = if pushed.created {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    answer::json_with(status, &StepVersionResult::new(&tenant, &pushed.record)?)
}

/// The component that a request carries.
async fn component(api: &Api, request: Request) -> Result<Vec<u8>, Problem> {
    let given = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    if !given.is_some_and(|given| given.trim().eq_ignore_ascii_case(WASM)) {
        return Err(body::wrong_type(WASM, given));
    }
    let limits = api.limits();
    let bytes = body::read(
        request.into_body(),
        limits.component_bytes,
        limits.body_time,
    )
    .await?;
    Ok(bytes.into())
}

/// Get one version of a step.
#[utoipa::path(get, path = "/v2/steps/{name}/versions/{version}", tag = "Steps",
    params(("name" = String, Path), ("version" = String, Path), Owner),
    responses((status = 200, body = StepVersionResult)))]
pub async fn get_step_version(
    State(api): State<Api>,
    InPath([name, version]): InPath<2>,
    InQuery(owner): InQuery<Owner>,
) -> Answer {
    let (tenant, id) = tenancy::known(&api.runtime, owner.tenant_id)?;
    let reader = api.runtime.read()?;
    let record = find(reader.tenant(id), &name, &version)?;
    answer::json(&StepVersionResult::new(&tenant, &record)?)
}

/// Get the component of one version of a step, as it was uploaded.
#[utoipa::path(get, path = "/v2/steps/{name}/versions/{version}/component", tag = "Steps",
    params(("name" = String, Path), ("version" = String, Path), Owner),
    responses((status = 200, body = Vec<u8>, content_type = "application/wasm")))]
pub async fn get_step_component(
    State(api): State<Api>,
    InPath([name, version]): InPath<2>,
    InQuery(owner): InQuery<Owner>,
) -> Answer {
    let (_, id) = tenancy::known(&api.runtime, owner.tenant_id)?;
    let reader = api.runtime.read()?;
    let rows = reader.tenant(id);
    let digest = find(rows, &name, &version)?.digest;
    match rows.get::<Component>(&digest)? {
        Some(component) => Ok(answer::typed(WASM, component.bytes)),
        None => Err(Problem::internal(format_args!(
            "step {name} {version} has no component"
        ))),
    }
}

/// Retire one version of a step: nothing new is bound to it, what is bound to it stays so.
#[utoipa::path(post, path = "/v2/steps/{name}/versions/{version}/retirement", tag = "Steps",
    params(("name" = String, Path), ("version" = String, Path), Owner),
    responses((status = 204, description = "The version is retired.")))]
pub async fn retire_step_version(
    State(api): State<Api>,
    InPath([name, version]): InPath<2>,
    InQuery(owner): InQuery<Owner>,
) -> Answer {
    let (_, id) = tenancy::known(&api.runtime, owner.tenant_id)?;
    api.runtime.retire_step(id, &name, &version).await?;
    answer::done()
}

/// Remove one version of a step, unless the latest version of a process, a running instance or a
/// rollout uses it.
#[utoipa::path(delete, path = "/v2/steps/{name}/versions/{version}", tag = "Steps",
    params(("name" = String, Path), ("version" = String, Path), Owner),
    responses((status = 204, description = "The version is gone.")))]
pub async fn delete_step_version(
    State(api): State<Api>,
    InPath([name, version]): InPath<2>,
    InQuery(owner): InQuery<Owner>,
) -> Answer {
    let (_, id) = tenancy::known(&api.runtime, owner.tenant_id)?;
    api.runtime.delete_step(id, &name, &version).await?;
    answer::done()
}

pub fn find(rows: TenantReader<'_>, name: &str, version: &str) -> Result<StepVersion, Problem> {
    rows.get::<StepVersion>(&(name, version))?
        .ok_or_else(|| Problem::not_found(format!("there is no step {name} {version}")))
}

/// A step with its versions.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct StepResult<'a> {
    name: &'a str,
    tenant_id: &'a str,
    /// The newest first.
    versions: Vec<StepVersionResult<'a>>,
    /// The version that takes the place of those bound at deployment.
    #[schema(required)]
    rollout: Option<RolloutResult>,
}

/// Get a step with all its versions.
#[utoipa::path(get, path = "/v2/steps/{name}", tag = "Steps",
    params(("name" = String, Path), Owner),
    responses((status = 200, body = StepResult)))]
pub async fn get_step(
    State(api): State<Api>,
    InPath([name]): InPath<1>,
    InQuery(owner): InQuery<Owner>,
) -> Answer {
    let (tenant, id) = tenancy::known(&api.runtime, owner.tenant_id)?;
    let reader = api.runtime.read()?;
    let rows = reader
        .tenant(id)
        .scan::<StepVersion>((&*name,), Direction::Forward);
    // Versions can be many; whoever needs them all can search.
    let records = rows
        .take(api.limits().page_items)
        .collect::<Result<Vec<_>, _>>();
    let mut records = records?;
    if records.is_empty() {
        return Err(Problem::not_found(format!("there is no step {name}")));
    }
    let version = |record: &StepVersion| Version::parse(&record.version).ok();
    records.sort_by_cached_key(|record| std::cmp::Reverse(version(record)));
    let versions = records
        .iter()
        .map(|record| StepVersionResult::new(&tenant, record));
    let versions = versions.collect::<Result<Vec<_>, _>>()?;
    answer::json(&StepResult {
        name: &name,
        tenant_id: &tenant,
        versions,
        rollout: rollout::shown(&api, id, &name)?,
    })
}

/// The search of step versions.
pub struct StepVersions;

impl Searchable for StepVersions {
    type Record = StepVersion;
    type Item<'a> = StepVersionResult<'a>;
    type Position = (String, String);
    const NAME: &'static str = "Step";
    const KEY: &'static str = "name";
    const FIELDS: &'static [Field<StepVersion>] = &[
        Field::new("name", Kind::Text, |row| Value::text(&row.name)),
        Field::new("version", Kind::Text, |row| Value::text(&row.version)),
        Field::new("effect", Kind::OneOf(&[PURE, EFFECTFUL]), |row| {
            Value::text(&row.effect)
        }),
        Field::new("size", Kind::Number, |row| Value::Number(row.size.into())),
        Field::unsorted("imports", Kind::AnyText, |row| Value::texts(&row.imports)),
        Field::new("uploadedAt", Kind::Time, |row| {
            Value::Number(row.uploaded_at.into())
        }),
    ];

    fn position(record: &StepVersion) -> (String, String) {
        (record.name.clone(), record.version.clone())
    }

    fn source<'r>(
        place: Place<'r>,
        filter: &Filter<StepVersion>,
    ) -> Result<SourceOf<'r, Self>, Problem> {
        let rows = place.rows();
        let name = filter.text("name").map(str::to_owned);
        Ok(Source::own_order(
            move |direction, after: Option<(String, String)>| {
                let scan = match &name {
                    Some(name) => rows.scan::<StepVersion>((&**name,), direction),
                    None => rows.scan::<StepVersion>((), direction),
                };
                scan_after!(scan, after, |(name, version)| (&*name, &*version))
            },
        ))
    }

    fn item<'a>(
        place: &'a Place<'_>,
        record: &'a StepVersion,
    ) -> Result<StepVersionResult<'a>, Problem> {
        StepVersionResult::new(place.tenant_name, record)
    }
}

type StepVersionsQuery = SearchQuery<StepVersions>;

/// Search step versions.
#[utoipa::path(post, path = "/v2/steps/search", tag = "Steps",
    request_body = Option<StepVersionsQuery>,
    responses((status = 200, body = SearchResult<StepVersionResult>)))]
pub async fn search_steps(State(api): State<Api>, body: SearchBody<StepVersions>) -> Answer {
    search::answer(&api, body).await
}
