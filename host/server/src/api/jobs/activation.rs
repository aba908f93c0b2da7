//! Handing jobs to workers.

use std::time::Duration;

use anyam_store::records::ProcessInstance;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::user_task::UserTaskProperties;
use super::{Headers, kind, listener};
use crate::api::Api;
use crate::api::answer::{self, Answer};
use crate::api::body::JsonBody;
use crate::api::calls;
use crate::api::keys::Key;
use crate::api::limits::RequestLimits;
use crate::api::problem::Problem;
use crate::api::tenancy;
use crate::api::variables_json::{VariablesIn, VariablesOut};
use crate::runtime::persist;
use crate::runtime::requests::{self, ActivatedJob};

/// Which jobs a worker wants.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ActivateJobs {
    /// The type of the jobs.
    r#type: String,
    /// The worker's name, for people.
    worker: Option<String>,
    /// How long the worker has a job before it is handed out again, in milliseconds.
    timeout: i64,
    /// How many jobs at most.
    max_jobs_to_activate: i64,
    /// Names of the variables to hand over; all where absent or empty.
    fetch_variable: Option<Vec<String>>,
    /// How long to wait for a first job, in milliseconds; 0 is the server's own time, less does
    /// not wait.
    request_timeout: Option<i64>,
    /// Tenants to take jobs from; the default one where absent or empty.
    tenant_ids: Option<Vec<String>>,
    /// `ASSIGNED` means the default tenant, whatever `tenantIds` says.
    tenant_filter: Option<TenantFilter>,
}

/// Which tenants are meant.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TenantFilter {
    /// Those of `tenantIds`.
    Provided,
    /// Those of the caller.
    Assigned,
}

/// The jobs that the worker has now.
#[derive(Serialize, ToSchema)]
pub struct JobActivationResult<'a> {
    jobs: Vec<ActivatedJobResult<'a>>,
}

/// A job for a worker.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ActivatedJobResult<'a> {
    job_key: Key,
    r#type: &'a str,
    process_instance_key: Key,
    #[schema(required)]
    root_process_instance_key: Option<Key>,
    process_definition_id: &'a str,
    process_definition_version: i32,
    process_definition_key: Key,
    element_id: &'a str,
    element_instance_key: Key,
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    custom_headers: Headers<'a, Box<str>>,
    worker: &'a str,
    /// Attempts left, this one included.
    retries: u32,
    /// When the worker must be done, in milliseconds since 1970.
    deadline: i64,
    #[schema(value_type = VariablesIn)]
    variables: VariablesOut<'a>,
    tenant_id: &'a str,
    /// What it is for.
    kind: &'static str,
    /// When it runs, where it is a listener's.
    listener_event_type: &'static str,
    /// The higher, the more urgent.
    priority: i32,
    /// The task that a task listener's job is about.
    #[schema(required)]
    user_task: Option<&'a UserTaskProperties>,
    /// Those of its process instance.
    tags: &'a [String],
}

/// Hand out jobs to a worker, waiting for a first one if there is none.
#[utoipa::path(post, path = "/v2/jobs/activation", tag = "Jobs",
    request_body = ActivateJobs,
    responses((status = 200, body = JobActivationResult)))]
pub async fn activate_jobs(
    State(api): State<Api>,
    JsonBody(request): JsonBody<ActivateJobs>,
) -> Answer {
    let activate = checked(request, api.limits())?;
    let only = activate.fetch_variables.clone();
    let jobs = api.runtime.activate_jobs(activate).await?;
    let instances = instances(&api, &jobs)?;
    let jobs = jobs.iter().zip(&instances);
    let jobs = jobs
        .map(|(job, instance)| result(job, instance.as_ref(), &only))
        .collect();
    answer::json(&JobActivationResult { jobs })
}

/// The jobs' process instances.
fn instances(api: &Api, jobs: &[ActivatedJob]) -> Result<Vec<Option<ProcessInstance>>, Problem> {
    let reader = api.runtime.read()?;
    let instances = jobs.iter().map(|job| {
        let rows = reader.tenant(job.definition.tenant);
        Ok(rows.get::<ProcessInstance>(&job.instance)?)
    });
    instances.collect()
}

fn result<'a>(
    job: &'a ActivatedJob,
    instance: Option<&'a ProcessInstance>,
    only: &'a [String],
) -> ActivatedJobResult<'a> {
    let definition = &job.definition.record;
    let node = job.definition.process.node(job.record.element);
    ActivatedJobResult {
        job_key: Key(job.record.key.0),
        r#type: &job.record.job_type,
        process_instance_key: Key(job.instance),
        root_process_instance_key: instance.map(calls::root_of),
        process_definition_id: &definition.process_id,
        process_definition_version: definition.version,
        process_definition_key: Key(definition.key),
        element_id: &node.id,
        element_instance_key: Key(job.record.element_instance.0),
        custom_headers: Headers(&job.headers),
        worker: job.record.worker.as_deref().unwrap_or_default(),
        retries: job.record.retries,
        deadline: job.record.deadline.map_or(0, |deadline| deadline.0),
        variables: VariablesOut {
            variables: &job.variables,
            only,
        },
        tenant_id: &job.tenant,
        kind: kind(persist::kind(job.record.kind)),
        listener_event_type: listener(job.record.listener.map(persist::listener)),
        priority: job.record.priority,
        user_task: job.user_task.as_ref(),
        tags: instance.map_or(&[], |instance| &instance.tags),
    }
}

fn checked(
    request: ActivateJobs,
    limits: &RequestLimits,
) -> Result<requests::ActivateJobs, Problem> {
    if request.r#type.is_empty() {
        return Err(Problem::invalid("type must not be empty"));
    }
    let positive = |name: &str, number: i64| {
        u64::try_from(number)
            .ok()
            .filter(|number| *number > 0)
            .ok_or_else(|| Problem::invalid(format!("{name} must be 1 or more, it is {number}")))
    };
    let timeout = Duration::from_millis(positive("timeout", request.timeout)?);
    let most = positive("maxJobsToActivate", request.max_jobs_to_activate)?;
    let mut tenants = match request.tenant_filter {
        Some(TenantFilter::Assigned) => Vec::new(),
        Some(TenantFilter::Provided) | None => request.tenant_ids.unwrap_or_default(),
    };
    tenants.sort();
    tenants.dedup();
    if tenants.len() > limits.activation_tenants {
        return Err(Problem::invalid(format!(
            "tenantIds: there may be at most {}",
            limits.activation_tenants
        )));
    }
    let tenants = tenants
        .into_iter()
        .map(|tenant| tenancy::named(Some(tenant)));
    Ok(requests::ActivateJobs {
        tenants: tenants.collect::<Result<_, _>>()?,
        job_type: request.r#type,
        worker: request.worker.unwrap_or_default(),
        timeout,
        max_jobs: usize::try_from(most)
            .map_or(limits.activated_jobs, |m| m.min(limits.activated_jobs)),
        fetch_variables: request.fetch_variable.unwrap_or_default(),
        long_poll: wait(request.request_timeout.unwrap_or(0), limits),
    })
}

fn wait(milliseconds: i64, limits: &RequestLimits) -> Duration {
    match u64::try_from(milliseconds) {
        Err(_) => Duration::ZERO,
        Ok(0) => limits.default_wait,
        Ok(time) => Duration::from_millis(time).min(limits.longest_wait),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<requests::ActivateJobs, Problem> {
        checked(
            serde_json::from_str(text).unwrap(),
            &RequestLimits::default(),
        )
    }

    #[test]
    fn numbers_are_checked_and_cut() {
        let limits = RequestLimits::default();
        let text = r#"{"type": "t", "timeout": 1, "maxJobsToActivate": 2000000000}"#;
        let checked = check(text).unwrap();
        assert_eq!(checked.max_jobs, limits.activated_jobs);
        assert_eq!(checked.long_poll, limits.default_wait);
        for text in [
            r#"{"type": "", "timeout": 1, "maxJobsToActivate": 1}"#,
            r#"{"type": "t", "timeout": 0, "maxJobsToActivate": 1}"#,
            r#"{"type": "t", "timeout": 1, "maxJobsToActivate": 0}"#,
            r#"{"type": "t", "timeout": 1, "maxJobsToActivate": 1, "tenantIds": ["a b"]}"#,
        ] {
            assert_eq!(check(text).unwrap_err().status, 400, "{text}");
        }
    }

    #[test]
    fn zero_waits_the_default_and_less_does_not_wait() {
        let limits = RequestLimits::default();
        assert_eq!(wait(0, &limits), limits.default_wait);
        assert_eq!(wait(-1, &limits), Duration::ZERO);
        assert_eq!(wait(20, &limits), Duration::from_millis(20));
        assert_eq!(wait(i64::MAX, &limits), limits.longest_wait);
    }
}
