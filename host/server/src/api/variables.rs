//! Variables: search and read.

// utoipa's macros write full paths.
#![allow(unused_qualifications)]

use anyam_store::records::Variable;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::answer::{self, Answer};
use super::calls;
use super::keys::{Key, PathKey};
use super::path::InQuery;
use super::problem::Problem;
use super::search::schema::{SearchQuery, SearchResult};
use super::search::{self, Field, Filter, Kind, Place, SearchBody, Searchable, Source, Value};
use super::tenancy;
use crate::scan_after;

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(search_variables))
        .routes(routes!(get_variable))
}

/// A variable.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VariableResult<'a> {
    variable_key: Key,
    name: &'a str,
    /// The value: JSON, as a text.
    value: &'a str,
    /// The scope that holds it: a process instance or an element instance.
    scope_key: Key,
    process_instance_key: Key,
    #[schema(required)]
    root_process_instance_key: Option<Key>,
    tenant_id: &'a str,
}

/// A variable as a search shows it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct VariableSearchResult<'a> {
    variable_key: Key,
    name: &'a str,
    /// The value: JSON, as a text; a long one is cut unless `truncateValues` is false.
    value: &'a str,
    /// Whether the value is cut.
    is_truncated: bool,
    scope_key: Key,
    process_instance_key: Key,
    #[schema(required)]
    root_process_instance_key: Option<Key>,
    tenant_id: &'a str,
}

/// The search of variables: whole values, or their beginnings.
pub struct Variables<const WHOLE: bool>;

/// How many bytes of a value a search shows.
const PREVIEW: usize = 8_191;

fn is_long(record: &Variable) -> bool {
    record.value.len() > PREVIEW
}

impl<const WHOLE: bool> Searchable for Variables<WHOLE> {
    type Record = Variable;
    type Item<'a> = VariableSearchResult<'a>;
    type Position = [u64; 2];
    const NAME: &'static str = "Variable";
    const KEY: &'static str = "variableKey";
    const FIELDS: &'static [Field<Variable>] = &[
        Field::new("variableKey", Kind::Key, |row| Value::key(row.key)),
        Field::new("name", Kind::Text, |row| Value::text(&row.name)),
        Field::new("value", Kind::Text, |row| Value::text(&row.value)),
        Field::new("scopeKey", Kind::Key, |row| Value::key(row.scope)),
        Field::new("processInstanceKey", Kind::Key, |row| {
            Value::key(row.instance)
        }),
        Field::unsorted("isTruncated", Kind::Bool, |row| Value::Bool(is_long(row))),
    ];

    fn position(record: &Variable) -> [u64; 2] {
        [record.instance, record.key]
    }

    fn source<'r>(
        place: Place<'r>,
        filter: &Filter<Variable>,
    ) -> Result<Source<'r, Variable>, Problem> {
        let rows = place.rows();
        Ok(
            match place.instances(filter, &["variableKey", "scopeKey"])? {
                Some(instances) => Source::chained(instances, move |instance, direction, after| {
                    let scan = rows.scan::<Variable>((instance,), direction);
                    scan_after!(scan, after, |[instance, key]| (instance, key))
                }),
                None => Source::own_order(move |direction, after: Option<[u64; 2]>| {
                    let scan = rows.scan::<Variable>((), direction);
                    scan_after!(scan, after, |[instance, key]| (instance, key))
                }),
            },
        )
    }

    fn shorten(record: &mut Variable) {
        if !WHOLE && is_long(record) {
            // One character more than is shown, by which the item sees that it was cut.
            let end = record.value.ceil_char_boundary(PREVIEW + 1);
            record.value.truncate(end);
            record.value.shrink_to_fit();
        }
    }

    fn weight(record: &Variable) -> usize {
        record.value.len()
    }

    fn item<'a>(
        place: &'a Place<'_>,
        record: &'a Variable,
    ) -> Result<VariableSearchResult<'a>, Problem> {
        let cut = !WHOLE && is_long(record);
        let shown = if cut {
            record.value.floor_char_boundary(PREVIEW)
        } else {
            record.value.len()
        };
        Ok(VariableSearchResult {
            variable_key: Key(record.key),
            name: &record.name,
            value: &record.value[..shown],
            is_truncated: cut,
            scope_key: Key(record.scope),
            process_instance_key: Key(record.instance),
            root_process_instance_key: Some(calls::root(place.rows(), record.instance)?),
            tenant_id: place.tenant_name,
        })
    }
}

/// How a search shows values.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
struct ValueChoice {
    /// Whether long values are cut; true where absent.
    truncate_values: Option<bool>,
}

type VariablesQuery = SearchQuery<Variables<false>>;

/// Search variables.
#[utoipa::path(post, path = "/v2/variables/search", tag = "Variables",
    params(ValueChoice),
    request_body = Option<VariablesQuery>,
    responses((status = 200, body = SearchResult<VariableSearchResult>)))]
async fn search_variables(
    State(api): State<Api>,
    InQuery(values): InQuery<ValueChoice>,
    request: axum::extract::Request,
) -> Answer {
    use axum::extract::FromRequest as _;
    if values.truncate_values == Some(false) {
        search::answer(
            &api,
            SearchBody::<Variables<true>>::from_request(request, &api).await?,
        )
        .await
    } else {
        search::answer(
            &api,
            SearchBody::<Variables<false>>::from_request(request, &api).await?,
        )
        .await
    }
}

/// Get a variable.
#[utoipa::path(get, path = "/v2/variables/{variableKey}", tag = "Variables",
    params(("variableKey" = Key, Path)),
    responses((status = 200, body = VariableResult)))]
async fn get_variable(State(api): State<Api>, PathKey(key): PathKey) -> Answer {
    let (tenant, record) = tenancy::find(&api.runtime, ("variable", key), |rows, instance| {
        rows.get::<Variable>(&(instance, key))
    })?;
    let root = calls::root(api.runtime.read()?.tenant(tenant), record.instance)?;
    answer::json(&VariableResult {
        variable_key: Key(record.key),
        name: &record.name,
        value: &record.value,
        scope_key: Key(record.scope),
        process_instance_key: Key(record.instance),
        root_process_instance_key: Some(root),
        tenant_id: &api.runtime.tenants().name(tenant),
    })
}
