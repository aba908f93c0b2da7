//! How often each element of an instance was activated.

use std::collections::BTreeMap;

use anyam_store::Direction;
use anyam_store::records::{ElementInstance, InstanceState, ProcessInstance};
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::Api;
use crate::api::answer::{self, Answer};
use crate::api::keys::{Key, PathKey};
use crate::api::problem::Problem;
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
    let work = tokio::task::spawn_blocking(move || count(&api, key));
    let items = work.await.map_err(Problem::internal)??;
    answer::json(&ElementStatisticsResult { items })
}

fn count(api: &Api, key: u64) -> Result<Vec<ElementStatistics>, Problem> {
    let (tenant, _) = tenancy::find(&api.runtime, ("process instance", key), |rows, _| {
        rows.get::<ProcessInstance>(&key)
    })?;
    let reader = api.runtime.read()?;
    let rows = reader.tenant(tenant);
    let most = api.limits().scanned_rows;
    let mut counts: BTreeMap<String, ElementStatistics> = BTreeMap::new();
    for (read, row) in rows
        .scan::<ElementInstance>((key,), Direction::Forward)
        .enumerate()
    {
        if read >= most {
            return Err(Problem::invalid(format!(
                "the instance has more than {most} element instances, which is more than a request \
                 may read"
            )));
        }
        let row = row?;
        let count = counts.entry(row.element_id).or_default();
        match (row.state, row.incident) {
            (InstanceState::Completed, _) => count.completed += 1,
            (InstanceState::Terminated, _) => count.canceled += 1,
            (InstanceState::Active, Some(_)) => count.incidents += 1,
            (InstanceState::Active, None) => count.active += 1,
        }
    }
    let items = counts
        .into_iter()
        .map(|(element_id, count)| ElementStatistics {
            element_id,
            ..count
        });
    Ok(items.collect())
}
