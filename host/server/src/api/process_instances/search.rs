//! Searching process instances.

use anyam_store::Direction;
use anyam_store::records::{
    ActiveInstances, DefinitionsByProcess, InstancesByDefinition, InstancesWithIncident,
    ProcessInstance,
};
use axum::extract::State;

use super::{Life, ProcessInstanceResult};
use crate::api::Api;
use crate::api::answer::Answer;
use crate::api::problem::Problem;
use crate::api::search::schema::{SearchQuery, SearchResult};
use crate::api::search::{
    self, Field, Filter, Kind, Place, SearchBody, Searchable, Source, Value, VariableField,
};
use crate::scan_after;

/// The search of process instances.
pub struct ProcessInstances;

impl Searchable for ProcessInstances {
    type Record = ProcessInstance;
    type Item<'a> = ProcessInstanceResult<'a>;
    type Position = [u64; 2];
    const NAME: &'static str = "ProcessInstance";
    const KEY: &'static str = "processInstanceKey";
    const FIELDS: &'static [Field<ProcessInstance>] = &[
        Field::new("processInstanceKey", Kind::Key, |row| Value::key(row.key)),
        Field::new("processDefinitionKey", Kind::Key, |row| {
            Value::key(row.definition_key)
        }),
        Field::new("processDefinitionId", Kind::Text, |row| {
            Value::text(&row.process_id)
        }),
        Field::new("processDefinitionName", Kind::Text, |row| {
            Value::maybe_text(row.process_name.as_deref())
        }),
        Field::new("processDefinitionVersion", Kind::Number, |row| {
            Value::Number(row.process_version.into())
        }),
        Field::new("processDefinitionVersionTag", Kind::Text, |row| {
            Value::maybe_text(row.version_tag.as_deref())
        }),
        Field::new("parentProcessInstanceKey", Kind::Key, |row| {
            Value::maybe_key(row.parent.map(|parent| parent.instance))
        }),
        Field::new("parentElementInstanceKey", Kind::Key, |row| {
            Value::maybe_key(row.parent.map(|parent| parent.element_instance))
        }),
        Field::new("startDate", Kind::Time, |row| {
            Value::Number(row.started_at.into())
        }),
        Field::new("endDate", Kind::Time, |row| Value::maybe_time(row.ended_at)),
        Field::new("state", Kind::OneOf(Life::NAMES), |row| {
            Value::text(Life::from(row.state).name())
        }),
        Field::new("hasIncident", Kind::Bool, |row| {
            Value::Bool(row.has_incident)
        }),
        Field::new("businessId", Kind::Text, |row| {
            Value::maybe_text(row.business_id.as_deref())
        }),
        Field::unsorted("tags", Kind::AllTexts, |row| Value::texts(&row.tags)),
    ];
    const VARIABLES: &'static [VariableField<ProcessInstance>] = &[VariableField {
        name: "variables",
        place: |row| (row.key, None),
    }];

    fn position(record: &ProcessInstance) -> [u64; 2] {
        [record.definition_key, record.key]
    }

    fn source<'r>(
        place: Place<'r>,
        filter: &Filter<ProcessInstance>,
    ) -> Result<Source<'r, ProcessInstance>, Problem> {
        let rows = place.rows();
        if let Some(keys) = filter.keys("processInstanceKey") {
            let found = keys.iter().map(|key| rows.get::<ProcessInstance>(key));
            let found = found
                .filter_map(Result::transpose)
                .collect::<Result<Vec<_>, _>>()?;
            return Ok(Source::few(found, Self::position));
        }
        if filter.flag("hasIncident") == Some(true) {
            return Ok(Source::by_key(move |direction, after: Option<[u64; 2]>| {
                let scan = rows.index::<InstancesWithIncident>((), direction);
                scan_after!(scan, after, |[_, key]| key)
            }));
        }
        let definitions = match (
            filter.keys("processDefinitionKey"),
            filter.text("processDefinitionId"),
        ) {
            (Some(keys), _) => Some(keys),
            (None, Some(id)) => Some(versions(place, id)?),
            (None, None) => None,
        };
        if let Some(definitions) = definitions {
            return Ok(Source::chained(
                definitions,
                move |definition, direction, after| {
                    let scan = rows.index::<InstancesByDefinition>((definition,), direction);
                    scan_after!(scan, after, |[definition, key]| (definition, key))
                },
            ));
        }
        if filter.text("state") == Some(Life::Active.name()) {
            return Ok(Source::by_key(move |direction, after: Option<[u64; 2]>| {
                let scan = rows.index::<ActiveInstances>((), direction);
                scan_after!(scan, after, |[_, key]| key)
            }));
        }
        Ok(Source::by_key(move |direction, after: Option<[u64; 2]>| {
            let scan = rows.scan::<ProcessInstance>((), direction);
            scan_after!(scan, after, |[_, key]| key)
        }))
    }

    fn item<'a>(
        place: &'a Place<'_>,
        record: &'a ProcessInstance,
    ) -> Result<ProcessInstanceResult<'a>, Problem> {
        Ok(ProcessInstanceResult::new(place.tenant_name, record))
    }
}

fn versions(place: Place<'_>, process_id: &str) -> Result<Vec<u64>, Problem> {
    let rows = place.rows();
    let versions = rows.index::<DefinitionsByProcess>((process_id,), Direction::Forward);
    let mut keys = versions
        .map(|row| row.map(|row| row.key))
        .collect::<Result<Vec<_>, _>>()?;
    keys.sort_unstable();
    Ok(keys)
}

type ProcessInstancesQuery = SearchQuery<ProcessInstances>;

/// Search process instances.
#[utoipa::path(post, path = "/v2/process-instances/search", tag = "Process instances",
    request_body = Option<ProcessInstancesQuery>,
    responses((status = 200, body = SearchResult<ProcessInstanceResult>)))]
pub async fn search_process_instances(
    State(api): State<Api>,
    body: SearchBody<ProcessInstances>,
) -> Answer {
    search::answer(&api, body).await
}
