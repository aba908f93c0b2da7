//! Trying a step outside any process.

use anyam_sandbox::{Call, Failure, Level, Stream};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::Owner;
use crate::api::Api;
use crate::api::answer::{self, Answer};
use crate::api::body::OptionalJson;
use crate::api::path::{InPath, InQuery};
use crate::api::problem::Problem;
use crate::api::tenancy;
use crate::api::variables_json::{VariablesIn, VariablesOut};

/// What to call a step with.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvokeStep {
    /// The input; an empty object where absent.
    input: Option<VariablesIn>,
    /// The function to call, where the step has several typed functions.
    function: Option<String>,
    /// The task headers that the step sees.
    #[serde(default)]
    headers: std::collections::BTreeMap<Box<str>, Box<str>>,
}

/// How a call went. Exactly one of `output` and `failure` is there.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct StepCallResult<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    output: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<StepFailure<'a>>,
    log: Vec<StepLogLine<'a>>,
    /// How long the call took, in microseconds.
    duration_micros: u64,
    /// Most memory the step held, in bytes.
    memory_peak_bytes: u64,
}

/// Why there is no output.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct StepFailure<'a> {
    /// `bpmnError`, `retryable` or `permanent`.
    kind: &'static str,
    message: &'a str,
    /// The code of a BPMN error.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    /// The variables of a BPMN error.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    variables: Option<&'a RawValue>,
    /// When the step wants another attempt, in milliseconds from now.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
}

/// A line that the step wrote.
#[derive(Serialize, ToSchema)]
struct StepLogLine<'a> {
    /// `stdout` or `stderr`.
    stream: &'static str,
    text: &'a str,
    /// `trace`, `debug`, `info`, `warn`, `error` or `critical`, of a message logged with a level.
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<&'static str>,
    /// What such a message belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<&'a str>,
}

/// Call a step once with an input, outside any process. Nothing is stored.
#[utoipa::path(post, path = "/v2/steps/{name}/versions/{version}/invocation", tag = "Steps",
    params(("name" = String, Path), ("version" = String, Path), Owner),
    request_body = Option<InvokeStep>,
    responses((status = 200, description = "The step was called; it may have failed.",
        body = StepCallResult)))]
pub async fn invoke_step(
    State(api): State<Api>,
    InPath([name, version]): InPath<2>,
    InQuery(owner): InQuery<Owner>,
    OptionalJson(request): OptionalJson<InvokeStep>,
) -> Answer {
    let (_, tenant) = tenancy::known(&api.runtime, owner.tenant_id)?;
    let most = api.limits().invocation_headers;
    if request.headers.len() > most {
        return Err(Problem::invalid(format!(
            "headers: there may be at most {most}"
        )));
    }
    let input = request.input.unwrap_or_default().checked(api.limits())?;
    let input = VariablesOut {
        variables: &input,
        only: &[],
    };
    let input = serde_json::to_string(&input).map_err(Problem::internal)?;
    let headers = request.headers.into_iter().collect();
    let call = api
        .runtime
        .invoke_step(
            tenant,
            &name,
            &version,
            request.function.as_deref(),
            input,
            headers,
        )
        .await?;
    answer::json(&result(&call)?)
}

fn result(call: &Call) -> Result<StepCallResult<'_>, Problem> {
    let (output, failure) = match &call.outcome {
        Ok(output) => (Some(raw(output)?), None),
        Err(failure) => (None, Some(told(failure)?)),
    };
    let log = call.log.iter().map(|line| StepLogLine {
        stream: match line.stream {
            Stream::Stdout => "stdout",
            Stream::Stderr => "stderr",
        },
        text: &line.text,
        level: line.level.map(Level::name),
        context: line.context.as_deref(),
    });
    Ok(StepCallResult {
        output,
        failure,
        log: log.collect(),
        duration_micros: u64::try_from(call.usage.wall_time.as_micros()).unwrap_or(u64::MAX),
        memory_peak_bytes: call.usage.memory_peak_bytes as u64,
    })
}

fn told(failure: &Failure) -> Result<StepFailure<'_>, Problem> {
    let plain = |kind, message| StepFailure {
        kind,
        message,
        code: None,
        variables: None,
        retry_after_ms: None,
    };
    Ok(match failure {
        Failure::BpmnError {
            code,
            message,
            variables,
        } => StepFailure {
            code: Some(code),
            variables: Some(raw(variables)?),
            ..plain("bpmnError", message)
        },
        Failure::Retryable {
            message,
            retry_after_ms,
        } => StepFailure {
            retry_after_ms: *retry_after_ms,
            ..plain("retryable", message)
        },
        Failure::Permanent { message } => plain("permanent", message),
    })
}

fn raw(text: &str) -> Result<&RawValue, Problem> {
    serde_json::from_str(text).map_err(Problem::internal)
}
