//! Searching jobs.

use anyam_store::records::{Job, JobState};
use axum::extract::State;

use super::{JobLife, JobSearchResult, kind, listener};
use crate::api::Api;
use crate::api::answer::Answer;
use crate::api::calls;
use crate::api::problem::Problem;
use crate::api::search::schema::{SearchQuery, SearchResult};
use crate::api::search::{self, Field, Filter, Kind, Place, SearchBody, Searchable, Source, Value};
use crate::scan_after;

/// The search of jobs.
pub struct Jobs;

impl Searchable for Jobs {
    type Record = Job;
    type Item<'a> = JobSearchResult<'a>;
    type Position = [u64; 2];
    const NAME: &'static str = "Job";
    const KEY: &'static str = "jobKey";
    const FIELDS: &'static [Field<Job>] = &[
        Field::new("jobKey", Kind::Key, |row| Value::key(row.key)),
        Field::new("type", Kind::Text, |row| Value::text(&row.job_type)),
        Field::new("worker", Kind::Text, |row| {
            Value::text(row.worker.as_deref().unwrap_or_default())
        }),
        Field::new("state", Kind::OneOf(JobLife::NAMES), |row| {
            Value::text(JobLife::from(row.state).name())
        }),
        Field::new("kind", Kind::OneOf(KINDS), |row| {
            Value::text(kind(row.kind))
        }),
        Field::new("listenerEventType", Kind::OneOf(EVENTS), |row| {
            Value::text(listener(row.listener))
        }),
        Field::new("retries", Kind::Number, |row| {
            Value::Number(row.retries.into())
        }),
        Field::new("priority", Kind::Number, |row| {
            Value::Number(row.priority.into())
        }),
        Field::new("hasFailedWithRetriesLeft", Kind::Bool, |row| {
            Value::Bool(row.state == JobState::Backoff)
        }),
        Field::new("errorMessage", Kind::Text, |row| {
            Value::maybe_text(row.error_message.as_deref())
        }),
        Field::new("errorCode", Kind::Text, |row| {
            Value::maybe_text(row.error_code.as_deref())
        }),
        Field::new("deadline", Kind::Time, |row| {
            Value::maybe_time(row.deadline)
        }),
        Field::new("isDenied", Kind::Bool, |row| {
            row.denied.map_or(Value::Nothing, Value::Bool)
        }),
        Field::new("deniedReason", Kind::Text, |row| {
            Value::maybe_text(row.denied_reason.as_deref())
        }),
        Field::new("elementId", Kind::Text, |row| Value::text(&row.element_id)),
        Field::new("elementInstanceKey", Kind::Key, |row| {
            Value::key(row.element_instance)
        }),
        Field::new("processDefinitionId", Kind::Text, |row| {
            Value::text(&row.process_id)
        }),
        Field::new("processDefinitionKey", Kind::Key, |row| {
            Value::key(row.definition_key)
        }),
        Field::new("processInstanceKey", Kind::Key, |row| {
            Value::key(row.instance)
        }),
        Field::new("creationTime", Kind::Time, |row| {
            Value::Number(row.created_at.into())
        }),
        Field::new("endTime", Kind::Time, |row| Value::maybe_time(row.ended_at)),
        Field::unsorted("lastUpdateTime", Kind::Time, |_| Value::Nothing),
    ];

    fn position(record: &Job) -> [u64; 2] {
        [record.instance, record.key]
    }

    fn source<'r>(place: Place<'r>, filter: &Filter<Job>) -> Result<Source<'r, Job>, Problem> {
        let rows = place.rows();
        Ok(
            match place.instances(filter, &["jobKey", "elementInstanceKey"])? {
                Some(instances) => Source::chained(instances, move |instance, direction, after| {
                    let scan = rows.scan::<Job>((instance,), direction);
                    scan_after!(scan, after, |[instance, key]| (instance, key))
                }),
                None => Source::own_order(move |direction, after: Option<[u64; 2]>| {
                    let scan = rows.scan::<Job>((), direction);
                    scan_after!(scan, after, |[instance, key]| (instance, key))
                }),
            },
        )
    }

    fn item<'a>(place: &'a Place<'_>, record: &'a Job) -> Result<JobSearchResult<'a>, Problem> {
        let root = calls::root(place.rows(), record.instance)?;
        Ok(JobSearchResult::new(place.tenant_name, root, record))
    }
}

const KINDS: &[&str] = &[
    "BPMN_ELEMENT",
    "EXECUTION_LISTENER",
    "TASK_LISTENER",
    "AD_HOC_SUB_PROCESS",
];
const EVENTS: &[&str] = &[
    "UNSPECIFIED",
    "ASSIGNING",
    "CANCELING",
    "COMPLETING",
    "CREATING",
    "END",
    "START",
    "UPDATING",
];

type JobsQuery = SearchQuery<Jobs>;

/// Search jobs.
#[utoipa::path(post, path = "/v2/jobs/search", tag = "Jobs",
    request_body = Option<JobsQuery>,
    responses((status = 200, body = SearchResult<JobSearchResult>)))]
pub async fn search_jobs(State(api): State<Api>, body: SearchBody<Jobs>) -> Answer {
    search::answer(&api, body).await
}
