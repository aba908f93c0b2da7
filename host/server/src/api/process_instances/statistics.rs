//! How often each element was activated: in an instance, or in those of a definition.

use std::collections::BTreeMap;

use anyam_store::records::ProcessInstance;
use anyam_store::records::{ElementInstance, InstanceState, InstancesByDefinition};
use anyam_store::{Direction, TenantReader};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::search::ProcessInstances;
use crate::api::Api;
use crate::api::answer::{self, Answer};
use crate::api::body::OptionalJson;
use crate::api::calls::Reads;
use crate::api::keys::{Key, PathKey};
use crate::api::problem::Problem;
use crate::api::process_definitions;
use crate::api::search::Filter;
use crate::api::tenancy;

/// The counts of every element that was activated, by id.
#[derive(Serialize, ToSchema)]
struct ElementStatisticsResult {
    items: Vec<ElementStatistics>,
}

/// What became of the activations of an element.
#[derive(Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ElementStatistics {
    element_id: String,
    /// Running or waiting, without an incident.
    active: u64,
    /// Terminated.
    canceled: u64,
    /// With an open incident.
    incidents: u64,
    completed: u64,
}

/// Get how often each element of a process instance was activated, and what became of it.
#[utoipa::path(get,
    path = "/v2/process-instances/{processInstanceKey}/statistics/element-instances",
    tag = "Process instances",
    params(("processInstanceKey" = Key, Path)),
    responses((status = 200, body = ElementStatisticsResult)))]
pub async fn get_element_statistics(State(api): State<Api>, PathKey(key): PathKey) -> Answer {
    let work = tokio::task::spawn_blocking(move || of_instance(&api, key));
    let items = work.await.map_err(Problem::internal)??.items();
    answer::json(&ElementStatisticsResult { items })
}

/// Which instances of a definition are counted.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ElementStatisticsQuery {
    /// As in the search of process instances.
    #[schema(value_type = Option<Object>)]
    filter: Option<Map<String, Value>>,
}

/// Get how often each element of a process definition was activated in the instances that a filter
/// lets through, and what became of it.
#[utoipa::path(post,
    path = "/v2/process-definitions/{processDefinitionKey}/statistics/element-instances",
    tag = "Process definitions",
    params(("processDefinitionKey" = Key, Path)),
    request_body = Option<ElementStatisticsQuery>,
    responses((status = 200, body = ElementStatisticsResult)))]
pub async fn get_definition_statistics(
    State(api): State<Api>,
    PathKey(key): PathKey,
    OptionalJson(request): OptionalJson<ElementStatisticsQuery>,
) -> Answer {
    let members = request.filter.unwrap_or_default();
    let filter = Filter::new::<ProcessInstances>(&members, api.limits())?;
    let work = tokio::task::spawn_blocking(move || of_definition(&api, key, &filter));
    let items = work.await.map_err(Problem::internal)??.items();
    answer::json(&ElementStatisticsResult { items })
}

fn of_instance(api: &Api, key: u64) -> Result<Counts, Problem> {
    let (tenant, _) = tenancy::find(&api.runtime, ("process instance", key), |rows, _| {
        rows.get::<ProcessInstance>(&key)
    })?;
    let reader = api.runtime.read()?;
    let mut counts = Counts::default();
    counts.add(reader.tenant(tenant), key, &mut Reads::new(api.limits()))?;
    Ok(counts)
}

fn of_definition(api: &Api, key: u64, filter: &Filter<ProcessInstance>) -> Result<Counts, Problem> {
    let (tenant, _) = tenancy::find(&api.runtime, ("process definition", key), |rows, _| {
        process_definitions::with_deleted(rows, key)
    })?;
    let name = api.runtime.tenants().name(tenant);
    let mut counts = Counts::default();
    if filter.tenant.as_ref().is_some_and(|asked| **asked != *name) {
        return Ok(counts);
    }
    let reader = api.runtime.read()?;
    let rows = reader.tenant(tenant);
    let mut reads = Reads::new(api.limits());
    for instance in rows.index::<InstancesByDefinition>((key,), Direction::Forward) {
        reads.count()?;
        let instance = instance?;
        if filter.holds(&instance)
            && filter.variables_hold(rows, &instance, &mut || reads.count())?
        {
            counts.add(rows, instance.key, &mut reads)?;
        }
    }
    Ok(counts)
}

/// Counts by element id.
#[derive(Default)]
struct Counts(BTreeMap<String, ElementStatistics>);

impl Counts {
    fn add(
        &mut self,
        rows: TenantReader<'_>,
        instance: u64,
        reads: &mut Reads,
    ) -> Result<(), Problem> {
        for row in rows.scan::<ElementInstance>((instance,), Direction::Forward) {
            reads.count()?;
            let row = row?;
            let count = self.0.entry(row.element_id).or_default();
            match (row.state, row.incident) {
                (InstanceState::Completed, _) => count.completed += 1,
                (InstanceState::Terminated, _) => count.canceled += 1,
                (InstanceState::Active, Some(_)) => count.incidents += 1,
                (InstanceState::Active, None) => count.active += 1,
            }
        }
        Ok(())
    }

    fn items(self) -> Vec<ElementStatistics> {
        let items = self.0.into_iter();
        let named = items.map(|(element_id, count)| ElementStatistics {
            element_id,
            ..count
        });
        named.collect()
    }
}
