//! Incidents within a process instance or an element instance, those of everything that was called
//! from there included.

use std::collections::HashSet;

use anyam_store::Direction;
use anyam_store::records::{ElementInstance, Incident, ProcessInstance};
use axum::extract::State;

use super::Api;
use super::answer::Answer;
use super::calls::Called;
use super::incidents::{IncidentResult, Incidents, IncidentsQuery};
use super::keys::{Key, PathKey};
use super::problem::Problem;
use super::search::filter::Within;
use super::search::schema::SearchResult;
use super::search::{self, SearchBody};
use super::tenancy;

/// Search the incidents of a process instance and of what it called.
#[utoipa::path(post, path = "/v2/process-instances/{processInstanceKey}/incidents/search",
    tag = "Process instances",
    params(("processInstanceKey" = Key, Path)),
    request_body = Option<IncidentsQuery>,
    responses((status = 200, body = SearchResult<IncidentResult>)))]
pub async fn search_process_instance_incidents(
    State(api): State<Api>,
    PathKey(key): PathKey,
    body: SearchBody<Incidents>,
) -> Answer {
    let place = tenancy::find(&api.runtime, ("process instance", key), |rows, _| {
        rows.get::<ProcessInstance>(&key)
    })?;
    search_within(api, place.0, body, move |called| {
        let instances = called.with_all_called(vec![key])?;
        Ok(Within {
            instances,
            is_meant: Box::new(|_| true),
        })
    })
    .await
}

/// Search the incidents of an element instance, of what runs in it and of what that called.
#[utoipa::path(post, path = "/v2/element-instances/{elementInstanceKey}/incidents/search",
    tag = "Element instances",
    params(("elementInstanceKey" = Key, Path)),
    request_body = Option<IncidentsQuery>,
    responses((status = 200, body = SearchResult<IncidentResult>)))]
pub async fn search_element_instance_incidents(
    State(api): State<Api>,
    PathKey(key): PathKey,
    body: SearchBody<Incidents>,
) -> Answer {
    let (tenant, element) =
        tenancy::find(&api.runtime, ("element instance", key), |rows, instance| {
            rows.get::<ElementInstance>(&(instance, key))
        })?;
    let instance = element.instance;
    let reader = api.runtime.read()?;
    search_within(api, tenant, body, move |called| {
        let mut inside = HashSet::from([key]);
        // What runs in a scope began after it, so its key is greater.
        let later = reader
            .tenant(tenant)
            .scan::<ElementInstance>((instance,), Direction::Forward)
            .after(&(instance, key));
        for row in later {
            called.reads.count()?;
            let row = row?;
            if inside.contains(&row.scope) {
                inside.insert(row.key);
            }
        }
        let mut instances = Vec::new();
        for element in &inside {
            instances.extend(called.by_element(instance, *element)?);
        }
        let mut instances = called.with_all_called(instances)?;
        let at = instances.partition_point(|other| *other < instance);
        instances.insert(at, instance);
        Ok(Within {
            instances,
            is_meant: Box::new(move |row: &Incident| {
                row.instance != instance || inside.contains(&row.element_instance)
            }),
        })
    })
    .await
}

/// Searches in the instances that `within` finds.
async fn search_within(
    api: Api,
    tenant: anyam_store::TenantId,
    SearchBody(mut query): SearchBody<Incidents>,
    within: impl FnOnce(&mut Called<'_>) -> Result<Within<Incident>, Problem> + Send + 'static,
) -> Answer {
    let name = api.runtime.tenants().name(tenant);
    if query
        .filter
        .tenant
        .as_ref()
        .is_some_and(|asked| **asked != *name)
    {
        return Err(Problem::invalid(
            "filter.tenantId is not the tenant of what the path names",
        ));
    }
    query.filter.tenant = Some(name.to_string());
    let reading = api.clone();
    let found = tokio::task::spawn_blocking(move || {
        let reader = reading.runtime.read()?;
        within(&mut Called::new(reader.tenant(tenant), reading.limits()))
    });
    query.filter.within = Some(found.await.map_err(Problem::internal)??);
    search::answer(&api, SearchBody(query)).await
}
