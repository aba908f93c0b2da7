//! What workers say of their jobs.

use anyam_engine::Command;
use anyam_engine::key::JobKey;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use super::result::JobResultIn;
use crate::api::Api;
use crate::api::answer::{self, Answer};
use crate::api::body::{JsonBody, OptionalJson};
use crate::api::keys::{Key, PathKey};
use crate::api::problem::Problem;
use crate::api::variables_json::{self, VariablesIn};

/// The result of a job.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompleteJob {
    variables: Option<VariablesIn>,
    /// What a task listener or an ad-hoc sub-process's worker decides.
    result: Option<JobResultIn>,
}

/// Complete a job.
#[utoipa::path(post, path = "/v2/jobs/{jobKey}/completion", tag = "Jobs",
    params(("jobKey" = Key, Path)),
    request_body = Option<CompleteJob>,
    responses((status = 204, description = "The job is completed.")))]
pub async fn complete_job(
    State(api): State<Api>,
    PathKey(key): PathKey,
    OptionalJson(request): OptionalJson<CompleteJob>,
) -> Answer {
    let result = request.result.map(|result| result.checked(api.limits()));
    let result = result.transpose()?.map(Box::new);
    let variables = variables_json::checked(request.variables, api.limits())?;
    let command = Command::CompleteJob {
        job: JobKey(key),
        variables,
        result,
    };
    api.runtime.command("job", key, command).await?;
    answer::done()
}

/// Why a job could not be done.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct FailJob {
    /// How many attempts are left; 0, as where it is absent, raises an incident.
    retries: Option<i64>,
    error_message: Option<String>,
    /// Time until the next attempt, in milliseconds.
    retry_back_off: Option<i64>,
    /// Set in the task's own scope.
    variables: Option<VariablesIn>,
}

/// Fail a job.
#[utoipa::path(post, path = "/v2/jobs/{jobKey}/failure", tag = "Jobs",
    params(("jobKey" = Key, Path)),
    request_body = Option<FailJob>,
    responses((status = 204, description = "The job is failed.")))]
pub async fn fail_job(
    State(api): State<Api>,
    PathKey(key): PathKey,
    OptionalJson(request): OptionalJson<FailJob>,
) -> Answer {
    let retries = request.retries.unwrap_or(0);
    let retries = u32::try_from(retries)
        .map_err(|_| Problem::invalid(format!("retries must be 0 or more, it is {retries}")))?;
    let back_off = request.retry_back_off.unwrap_or(0);
    let retry_backoff_ms = u64::try_from(back_off).map_err(|_| {
        Problem::invalid(format!("retryBackOff must be 0 or more, it is {back_off}"))
    })?;
    let command = Command::FailJob {
        job: JobKey(key),
        retries,
        retry_backoff_ms,
        message: request.error_message.unwrap_or_default().into(),
        variables: variables_json::checked(request.variables, api.limits())?,
    };
    api.runtime.command("job", key, command).await?;
    answer::done()
}

/// The BPMN error that a job ends with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ThrowJobError {
    /// The code that an error event must catch.
    error_code: String,
    error_message: Option<String>,
    /// Set in the scope of the catching event.
    variables: Option<VariablesIn>,
}

/// Throw a BPMN error at the task of a job.
#[utoipa::path(post, path = "/v2/jobs/{jobKey}/error", tag = "Jobs",
    params(("jobKey" = Key, Path)),
    request_body = ThrowJobError,
    responses((status = 204, description = "The error is thrown; where no event catches it there \
        is an incident.")))]
pub async fn throw_job_error(
    State(api): State<Api>,
    PathKey(key): PathKey,
    JsonBody(request): JsonBody<ThrowJobError>,
) -> Answer {
    if request.error_code.is_empty() {
        return Err(Problem::invalid("errorCode must not be empty"));
    }
    let command = Command::ThrowJobError {
        job: JobKey(key),
        code: request.error_code.into(),
        message: request.error_message.unwrap_or_default().into(),
        variables: variables_json::checked(request.variables, api.limits())?,
    };
    api.runtime.command("job", key, command).await?;
    answer::done()
}

/// What to change of a job.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct UpdateJob {
    changeset: JobChangeset,
    /// The caller's own number for the operation; taken, and not used.
    #[allow(dead_code)]
    operation_reference: Option<i64>,
}

/// The changes; at least one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct JobChangeset {
    /// New number of attempts left, 1 or more.
    retries: Option<i64>,
    /// How long from now the worker has the job, in milliseconds.
    timeout: Option<i64>,
}

/// Change how many attempts a job has left, or how long its worker has it.
#[utoipa::path(patch, path = "/v2/jobs/{jobKey}", tag = "Jobs",
    params(("jobKey" = Key, Path)),
    request_body = UpdateJob,
    responses((status = 204, description = "The job is changed.")))]
pub async fn update_job(
    State(api): State<Api>,
    PathKey(key): PathKey,
    JsonBody(request): JsonBody<UpdateJob>,
) -> Answer {
    let JobChangeset { retries, timeout } = request.changeset;
    if retries.is_none() && timeout.is_none() {
        return Err(Problem::invalid("changeset must have retries or timeout"));
    }
    let positive = |name: &str, number: i64| {
        Problem::invalid(format!(
            "changeset.{name} must be 1 or more, it is {number}"
        ))
    };
    let retries = retries.map(|number| {
        u32::try_from(number)
            .ok()
            .filter(|n| *n > 0)
            .ok_or_else(|| positive("retries", number))
    });
    let timeout = timeout.map(|number| {
        u64::try_from(number)
            .ok()
            .filter(|n| *n > 0)
            .ok_or_else(|| positive("timeout", number))
    });
    let command = Command::UpdateJob {
        job: JobKey(key),
        retries: retries.transpose()?,
        deadline: timeout
            .transpose()?
            .map(|time| api.runtime.now().plus_ms(time)),
    };
    api.runtime.command("job", key, command).await?;
    answer::done()
}
