//! Decision instances: what became of each decision of each evaluation.

use anyam_store::TenantReader;
use anyam_store::records::{DecisionInstance, DecisionInstancesByProcess};
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::Api;
use super::super::answer::{self, Answer};
use super::super::calls;
use super::super::keys::{Key, parse_key};
use super::super::path::InPath;
use super::super::problem::Problem;
use super::super::search::schema::{SearchQuery, SearchResult};
use super::super::search::{
    self, Field, Filter, Kind, Place, SearchBody, Searchable, Source, Value,
};
use super::super::time::Time;
use super::{EvaluatedDecisionInput, KINDS, MatchedRule};
use crate::scan_after;

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(search_decision_instances))
        .routes(routes!(get_decision_instance))
}

/// One decision of an evaluation.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DecisionInstanceResult<'a> {
    /// The evaluation's key, a hyphen, and the number of the decision in it.
    decision_evaluation_instance_key: String,
    decision_evaluation_key: Key,
    /// `EVALUATED` or `FAILED`.
    state: &'static str,
    evaluation_date: Time,
    /// Why it has no result.
    #[schema(required)]
    evaluation_failure: Option<&'a str>,
    decision_definition_id: &'a str,
    decision_definition_key: Key,
    decision_definition_name: &'a str,
    decision_definition_version: i32,
    decision_definition_type: &'static str,
    /// The decision that was asked for.
    root_decision_definition_key: Key,
    #[schema(required)]
    process_definition_key: Option<Key>,
    #[schema(required)]
    process_instance_key: Option<Key>,
    #[schema(required)]
    root_process_instance_key: Option<Key>,
    #[schema(required)]
    element_instance_key: Option<Key>,
    /// The result as JSON text.
    result: &'a str,
    tenant_id: &'a str,
}

/// One decision of an evaluation, with what it was made from.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DecisionInstanceGetResult<'a> {
    #[serde(flatten)]
    instance: DecisionInstanceResult<'a>,
    evaluated_inputs: Vec<EvaluatedDecisionInput<'a>>,
    matched_rules: Vec<MatchedRule<'a>>,
}

const STATES: &[&str] = &["EVALUATED", "FAILED", "UNKNOWN", "UNSPECIFIED"];

fn state(row: &DecisionInstance) -> &'static str {
    match row.failure {
        None => "EVALUATED",
        Some(_) => "FAILED",
    }
}

/// The key of a decision instance on the wire.
pub fn instance_key(row: &DecisionInstance) -> String {
    format!("{}-{}", row.evaluation, row.number)
}

fn parse_instance_key(text: &str) -> Option<(u64, u32)> {
    let (evaluation, number) = text.split_once('-')?;
    let number = parse_key(number)?.try_into().ok()?;
    Some((parse_key(evaluation)?, number))
}

fn some(key: u64) -> Option<u64> {
    (key != 0).then_some(key)
}

/// The root of the process instance that a decision was made in, where it was in one.
fn root(rows: TenantReader<'_>, row: &DecisionInstance) -> Result<Option<Key>, Problem> {
    some(row.instance)
        .map(|instance| calls::root(rows, instance))
        .transpose()
}

impl<'a> DecisionInstanceResult<'a> {
    fn new(tenant: &'a str, root: Option<Key>, row: &'a DecisionInstance) -> Self {
        Self {
            decision_evaluation_instance_key: instance_key(row),
            decision_evaluation_key: Key(row.evaluation),
            state: state(row),
            evaluation_date: Time(row.evaluated_at),
            evaluation_failure: row.failure.as_deref(),
            decision_definition_id: &row.decision_id,
            decision_definition_key: Key(row.decision),
            decision_definition_name: &row.decision_name,
            decision_definition_version: row.decision_version,
            decision_definition_type: super::kind(row),
            root_decision_definition_key: Key(row.root_decision),
            process_definition_key: some(row.definition).map(Key),
            process_instance_key: some(row.instance).map(Key),
            root_process_instance_key: root,
            element_instance_key: some(row.element_instance).map(Key),
            result: &row.output,
            tenant_id: tenant,
        }
    }
}

/// The search of decision instances.
pub struct DecisionInstances;

impl Searchable for DecisionInstances {
    type Record = DecisionInstance;
    type Item<'a> = DecisionInstanceResult<'a>;
    type Position = [u64; 2];
    const NAME: &'static str = "DecisionInstance";
    const KEY: &'static str = "decisionEvaluationKey";
    const FIELDS: &'static [Field<DecisionInstance>] = &[
        Field::new("decisionEvaluationInstanceKey", Kind::Text, |row| {
            Value::Text(instance_key(row).into())
        }),
        Field::new("decisionEvaluationKey", Kind::Key, |row| {
            Value::key(row.evaluation)
        }),
        Field::new("state", Kind::OneOf(STATES), |row| Value::text(state(row))),
        Field::new("evaluationDate", Kind::Time, |row| {
            Value::Number(row.evaluated_at.into())
        }),
        Field::new("evaluationFailure", Kind::Text, |row| {
            Value::maybe_text(row.failure.as_deref())
        }),
        Field::new("decisionDefinitionId", Kind::Text, |row| {
            Value::text(&row.decision_id)
        }),
        Field::new("decisionDefinitionKey", Kind::Key, |row| {
            Value::key(row.decision)
        }),
        Field::new("decisionDefinitionName", Kind::Text, |row| {
            Value::text(&row.decision_name)
        }),
        Field::new("decisionDefinitionVersion", Kind::Number, |row| {
            Value::Number(row.decision_version.into())
        }),
        Field::new("decisionDefinitionType", Kind::OneOf(KINDS), |row| {
            Value::text(super::kind(row))
        }),
        Field::new("decisionRequirementsId", Kind::Text, |row| {
            Value::text(&row.requirements_id)
        }),
        Field::new("decisionRequirementsKey", Kind::Key, |row| {
            Value::key(row.requirements)
        }),
        Field::new("rootDecisionDefinitionKey", Kind::Key, |row| {
            Value::key(row.root_decision)
        }),
        Field::new("processDefinitionKey", Kind::Key, |row| {
            Value::maybe_key(some(row.definition))
        }),
        Field::new("processInstanceKey", Kind::Key, |row| {
            Value::maybe_key(some(row.instance))
        }),
        Field::new("elementInstanceKey", Kind::Key, |row| {
            Value::maybe_key(some(row.element_instance))
        }),
    ];

    fn position(record: &DecisionInstance) -> [u64; 2] {
        [record.evaluation, record.number.into()]
    }

    fn source<'r>(
        place: Place<'r>,
        filter: &Filter<DecisionInstance>,
    ) -> Result<Source<'r, DecisionInstance>, Problem> {
        let rows = place.rows();
        if let Some(evaluations) = filter.keys("decisionEvaluationKey") {
            let open = move |evaluation: u64, direction, after: Option<[u64; 2]>| {
                let scan = rows.scan::<DecisionInstance>((evaluation,), direction);
                scan_after!(scan, after, |[_, number]| (evaluation, short(number)))
            };
            return Ok(Source::chained(evaluations, open));
        }
        let of = place.instances(filter, &["elementInstanceKey"])?;
        if let Some([instance]) = of.as_deref() {
            let instance = *instance;
            return Ok(Source::by_key(move |direction, after: Option<[u64; 2]>| {
                let scan = rows.index::<DecisionInstancesByProcess>((instance,), direction);
                scan_after!(scan, after, |[evaluation, number]| (
                    instance,
                    evaluation,
                    short(number)
                ))
            }));
        }
        Ok(Source::by_key(move |direction, after: Option<[u64; 2]>| {
            let scan = rows.scan::<DecisionInstance>((), direction);
            scan_after!(scan, after, |[evaluation, number]| (
                evaluation,
                short(number)
            ))
        }))
    }

    fn shorten(record: &mut DecisionInstance) {
        record.inputs = Vec::new();
        record.rules = Vec::new();
    }

    fn weight(record: &DecisionInstance) -> usize {
        record.output.len()
    }

    fn item<'a>(
        place: &'a Place<'_>,
        record: &'a DecisionInstance,
    ) -> Result<DecisionInstanceResult<'a>, Problem> {
        let root = root(place.rows(), record)?;
        Ok(DecisionInstanceResult::new(place.tenant_name, root, record))
    }
}

/// The number in a cursor, which anybody can write.
fn short(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

type DecisionInstancesQuery = SearchQuery<DecisionInstances>;

/// Search decision instances.
#[utoipa::path(post, path = "/v2/decision-instances/search", tag = "Decisions",
    request_body = Option<DecisionInstancesQuery>,
    responses((status = 200, body = SearchResult<DecisionInstanceResult>)))]
async fn search_decision_instances(
    State(api): State<Api>,
    body: SearchBody<DecisionInstances>,
) -> Answer {
    search::answer(&api, body).await
}

/// Get a decision instance, with its inputs and the rules that matched.
#[utoipa::path(get, path = "/v2/decision-instances/{decisionEvaluationInstanceKey}",
    tag = "Decisions",
    params(("decisionEvaluationInstanceKey" = String, Path)),
    responses((status = 200, body = DecisionInstanceGetResult)))]
async fn get_decision_instance(State(api): State<Api>, InPath([text]): InPath<1>) -> Answer {
    let key = parse_instance_key(&text).ok_or_else(|| {
        Problem::invalid(format!(
            "decisionEvaluationInstanceKey '{text}' is none; it is two numbers with a hyphen between"
        ))
    })?;
    let missing = || Problem::not_found(format!("there is no decision instance {text}"));
    let (tenant, row) = {
        let address = api.runtime.locate(key.0)?.ok_or_else(missing)?;
        let reader = api.runtime.read()?;
        let row = reader
            .tenant(address.tenant)
            .get::<DecisionInstance>(&key)?;
        (address.tenant, row.ok_or_else(missing)?)
    };
    let name = api.runtime.tenants().name(tenant);
    let root = root(api.runtime.read()?.tenant(tenant), &row)?;
    answer::json(&DecisionInstanceGetResult {
        instance: DecisionInstanceResult::new(&name, root, &row),
        evaluated_inputs: super::inputs(&row.inputs),
        matched_rules: super::rules(&row.rules),
    })
}
