//! What happened in a process instance: the flows it took and the steps it called.

use std::collections::HashSet;
use std::sync::Arc;

use anyam_store::Reader;
use anyam_store::records::{Job, ProcessInstance};
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::answer::{self, Answer};
use super::calls;
use super::keys::{Key, PathKey};
use super::problem::Problem;
use super::tenancy;
use super::time::Time;
use crate::runtime::catalog::Deployed;
use crate::runtime::history::{self, CallOutcome, Happening, HistoryEntry, StepCall};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(get_sequence_flows))
        .routes(routes!(get_events))
}

/// The sequence flows that an instance took, each once.
#[derive(Serialize, ToSchema)]
struct SequenceFlowsResult<'a> {
    items: Vec<SequenceFlow<'a>>,
}

/// A sequence flow that was taken.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SequenceFlow<'a> {
    /// Key of the instance and id of the flow.
    sequence_flow_id: String,
    process_instance_key: Key,
    #[schema(required)]
    root_process_instance_key: Option<Key>,
    process_definition_key: Key,
    process_definition_id: &'a str,
    /// The flow in the model.
    element_id: &'a str,
    tenant_id: &'a str,
}

/// Get the sequence flows that a process instance took.
#[utoipa::path(get, path = "/v2/process-instances/{processInstanceKey}/sequence-flows",
    tag = "Process instances",
    params(("processInstanceKey" = Key, Path)),
    responses((status = 200, body = SequenceFlowsResult)))]
async fn get_sequence_flows(State(api): State<Api>, PathKey(key): PathKey) -> Answer {
    let past = Past::read(&api, key).await?;
    let mut taken: Vec<_> = past
        .entries
        .iter()
        .enumerate()
        .filter_map(|(at, entry)| match entry.what {
            Happening::FlowTaken { flow } => Some((past.stage(at), flow)),
            Happening::StepCalled(_) | Happening::Migrated { .. } => None,
        })
        .collect();
    taken.sort_unstable();
    taken.dedup();
    let mut seen = HashSet::new();
    let items = taken.into_iter().filter_map(|(stage, flow)| {
        let definition = &past.definitions[stage].1;
        let flow = definition.process.graph().flows.get(flow.at())?;
        // A flow that was taken before and after a migration is one flow.
        seen.insert(&*flow.id).then(|| SequenceFlow {
            sequence_flow_id: format!("{key}_{}", flow.id),
            process_instance_key: Key(key),
            root_process_instance_key: Some(past.root),
            process_definition_key: Key(definition.record.key),
            process_definition_id: &definition.record.process_id,
            element_id: &flow.id,
            tenant_id: &definition.tenant_name,
        })
    });
    answer::json(&SequenceFlowsResult {
        items: items.collect(),
    })
}

/// What happened in an instance, in order.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct EventsResult {
    items: Vec<EventResult>,
    /// Whether there is more than is answered.
    is_truncated: bool,
}

/// One thing that happened.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct EventResult {
    time: Time,
    /// The flow or the task.
    element_id: String,
    /// What happened.
    #[serde(flatten)]
    what: EventKind,
}

/// What happened.
#[derive(Serialize, ToSchema)]
#[serde(
    tag = "type",
    rename_all = "SCREAMING_SNAKE_CASE",
    rename_all_fields = "camelCase"
)]
enum EventKind {
    /// A sequence flow was taken.
    SequenceFlowTaken {
        source_element_id: String,
        target_element_id: String,
    },
    /// The instance went on in another process definition.
    Migrated {
        source_process_definition_key: Key,
        target_process_definition_key: Key,
    },
    /// A step was called.
    StepCalled {
        job_key: Key,
        /// From 1.
        attempt: u32,
        /// `COMPLETED`, `BPMN_ERROR`, `RETRYABLE` or `PERMANENT`.
        outcome: &'static str,
        /// The code of a BPMN error, or what went wrong.
        #[serde(skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        /// The step's name; `null` where the task was bound to none.
        #[schema(required)]
        step_name: Option<String>,
        /// The step's version.
        #[schema(required)]
        step_version: Option<String>,
        /// Wall time.
        duration_micros: u64,
        /// Processor time, instantiation included.
        cpu_micros: u64,
        /// How long it waited for a place.
        queue_micros: u64,
        instantiation_micros: u64,
        memory_peak_bytes: u64,
        /// Calls of host functions.
        host_calls: u64,
        http_requests: u64,
        /// Bytes sent over HTTP.
        bytes_out: u64,
        /// Bytes received over HTTP.
        bytes_in: u64,
        log: Vec<LogLine>,
    },
}

/// A line that a step wrote.
#[derive(Serialize, ToSchema)]
#[schema(as = EventLogLine)]
struct LogLine {
    /// `stdout` or `stderr`.
    stream: &'static str,
    text: String,
}

/// Get what happened in a process instance, in order.
#[utoipa::path(get, path = "/v2/process-instances/{processInstanceKey}/events",
    tag = "Process instances",
    params(("processInstanceKey" = Key, Path)),
    responses((status = 200, body = EventsResult)))]
async fn get_events(State(api): State<Api>, PathKey(key): PathKey) -> Answer {
    let past = Past::read(&api, key).await?;
    let is_truncated = past.entries.len() == api.limits().history_entries;
    let entries = past.entries.iter().enumerate();
    let items = entries.map(|(at, entry)| past.event(key, at, entry));
    answer::json(&EventsResult {
        items: items.collect::<Result<_, _>>()?,
        is_truncated,
    })
}

/// The history of an instance, with what it takes to read it.
struct Past {
    root: Key,
    reader: Reader,
    entries: Vec<HistoryEntry>,
    /// What it ran, one after the other, with the position of the first entry after each.
    definitions: Vec<(usize, Arc<Deployed>)>,
}

impl Past {
    async fn read(api: &Api, key: u64) -> Result<Self, Problem> {
        let runtime = api.runtime.clone();
        let most = api.limits().history_entries;
        let work = tokio::task::spawn_blocking(move || -> Result<Self, Problem> {
            let (tenant, record) =
                tenancy::find(&runtime, ("process instance", key), |rows, _| {
                    rows.get::<ProcessInstance>(&key)
                })?;
            let reader = runtime.read()?;
            let entries = history::read(&reader, tenant, key, most)?;
            let definition = |of: u64| {
                runtime.past_definition(tenant, of)?.ok_or_else(|| {
                    Problem::internal(format_args!("process instance {key} has no definition"))
                })
            };
            let mut definitions = Vec::new();
            let mut last = record.definition_key;
            for (at, entry) in entries.iter().enumerate() {
                if let Happening::Migrated { from, to } = entry.what {
                    definitions.push((at, definition(from)?));
                    last = to;
                }
            }
            definitions.push((entries.len(), definition(last)?));
            Ok(Self {
                root: calls::root_of(&record),
                reader,
                entries,
                definitions,
            })
        });
        work.await.map_err(Problem::internal)?
    }

    /// Which of its definitions the instance ran at an entry.
    fn stage(&self, at: usize) -> usize {
        self.definitions.partition_point(|(end, _)| *end <= at)
    }

    fn event(
        &self,
        instance: u64,
        at: usize,
        entry: &HistoryEntry,
    ) -> Result<EventResult, Problem> {
        let last = self.definitions.len() - 1;
        let definition = &self.definitions[self.stage(at).min(last)].1;
        let graph = definition.process.graph();
        let (element_id, what) = match &entry.what {
            Happening::FlowTaken { flow } => {
                let flow = graph.flows.get(flow.at()).ok_or_else(|| {
                    Problem::internal(format_args!(
                        "process instance {instance} took no such flow"
                    ))
                })?;
                let end = |node| graph.node(node).id.to_string();
                let what = EventKind::SequenceFlowTaken {
                    source_element_id: end(flow.source),
                    target_element_id: end(flow.target),
                };
                (flow.id.to_string(), what)
            }
            Happening::StepCalled(call) => {
                let rows = self.reader.tenant(definition.tenant);
                let job = rows.get::<Job>(&(instance, call.job))?;
                (
                    job.map(|job| job.element_id).unwrap_or_default(),
                    called(call),
                )
            }
            Happening::Migrated { from, to } => (
                definition.record.process_id.clone(),
                EventKind::Migrated {
                    source_process_definition_key: Key(*from),
                    target_process_definition_key: Key(*to),
                },
            ),
        };
        Ok(EventResult {
            time: Time(entry.at),
            element_id,
            what,
        })
    }
}

fn called(call: &StepCall) -> EventKind {
    let named = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let (outcome, message) = match &call.outcome {
        CallOutcome::Completed => ("COMPLETED", None),
        CallOutcome::BpmnError(code) => ("BPMN_ERROR", Some(code.clone())),
        CallOutcome::Retryable(message) => ("RETRYABLE", Some(message.clone())),
        CallOutcome::Permanent(message) => ("PERMANENT", Some(message.clone())),
    };
    let log = call.log.iter().map(|(is_error, text)| LogLine {
        stream: if *is_error { "stderr" } else { "stdout" },
        text: text.clone(),
    });
    EventKind::StepCalled {
        job_key: Key(call.job),
        attempt: call.attempt,
        outcome,
        message,
        step_name: named(&call.step),
        step_version: named(&call.version),
        duration_micros: call.micros,
        cpu_micros: call.took.cpu_micros,
        queue_micros: call.took.queue_micros,
        instantiation_micros: call.took.instantiation_micros,
        host_calls: call.took.host_calls,
        http_requests: call.took.http_requests,
        bytes_out: call.took.bytes_out,
        bytes_in: call.took.bytes_in,
        memory_peak_bytes: call.memory_bytes,
        log: log.collect(),
    }
}
