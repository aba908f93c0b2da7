//! What came of a call, on the screen.

use anyam_sandbox::{Call, Failure as CallFailure, LogLine, Stream, Usage};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::cli::duration;
use crate::cli::screen::printable;

/// A call as JSON. Exactly one of `output` and `failure` is there.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CallJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<FailureJson<'a>>,
    log: Vec<LogJson<'a>>,
    usage: UsageJson,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FailureJson<'a> {
    kind: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    variables: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
}

#[derive(Serialize)]
struct LogJson<'a> {
    stream: &'static str,
    text: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UsageJson {
    duration_micros: u128,
    instantiation_micros: u128,
    cpu_micros: u128,
    memory_peak_bytes: usize,
}

impl<'a> CallJson<'a> {
    /// Of a call.
    pub fn new(call: &'a Call) -> Self {
        let (output, failure) = match &call.outcome {
            Ok(output) => (raw(output), None),
            Err(failure) => (None, Some(FailureJson::new(failure))),
        };
        let log = call.log.iter().map(|line| LogJson {
            stream: stream(line),
            text: &line.text,
        });
        Self {
            output,
            failure,
            log: log.collect(),
            usage: UsageJson {
                duration_micros: call.usage.wall_time.as_micros(),
                instantiation_micros: call.usage.instantiation_time.as_micros(),
                cpu_micros: call.usage.cpu_time.as_micros(),
                memory_peak_bytes: call.usage.memory_peak_bytes,
            },
        }
    }
}

impl<'a> FailureJson<'a> {
    fn new(failure: &'a CallFailure) -> Self {
        let plain = |kind, message| Self {
            kind,
            message,
            code: None,
            variables: None,
            retry_after_ms: None,
        };
        match failure {
            CallFailure::BpmnError {
                code,
                message,
                variables,
            } => Self {
                code: Some(code),
                variables: raw(variables),
                ..plain("bpmnError", message)
            },
            CallFailure::Retryable {
                message,
                retry_after_ms,
            } => Self {
                retry_after_ms: *retry_after_ms,
                ..plain("retryable", message)
            },
            CallFailure::Permanent { message } => plain("permanent", message),
        }
    }
}

fn raw(text: &str) -> Option<&RawValue> {
    serde_json::from_str(text).ok()
}

fn stream(line: &LogLine) -> &'static str {
    match line.stream {
        Stream::Stdout => "stdout",
        Stream::Stderr => "stderr",
    }
}

/// A line of a step's log for people.
pub fn log_line(line: &LogLine) -> String {
    format!("{}: {}", stream(line), printable(&line.to_string()))
}

/// What a call took, for people.
pub fn usage(usage: &Usage) -> String {
    format!(
        "{} in all, {} processor time, {} to start, {} kB memory",
        duration::show_fine(usage.wall_time),
        duration::show_fine(usage.cpu_time),
        duration::show_fine(usage.instantiation_time),
        usage.memory_peak_bytes / 1_000
    )
}
