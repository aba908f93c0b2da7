//! What happened in an instance, in order: flows taken and steps called, with their logs.
//!
//! Element instances, jobs, variables and incidents have rows of their own; history adds what those
//! cannot show.

use std::time::Duration;

use anyam_bpmn::graph::FlowIx;
use anyam_engine::value::Timestamp;
use anyam_sandbox::{Call, Failure, Stream};
use anyam_store::records::HistorySegment;
use anyam_store::{Direction, Reader, TenantId};
use serde::{Deserialize, Serialize};

use super::catalog::StepId;
use crate::error::{Error, Result};

/// The version byte in front of every stored segment.
const FORMAT: u8 = 2;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// When, in milliseconds since 1970, UTC.
    pub at: i64,
    /// What.
    pub what: Happening,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Happening {
    /// A sequence flow was taken.
    FlowTaken {
        /// Its position in the process's graph.
        flow: FlowIx,
    },
    /// A step was called.
    StepCalled(Box<StepCall>),
    /// The instance went on in another process definition; flows before are the first one's.
    Migrated {
        /// Key of the definition that it left.
        from: u64,
        /// Key of the one that it went on in.
        to: u64,
    },
}

/// One call of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepCall {
    /// The job it worked on.
    pub job: u64,
    /// The attempt, from 1.
    pub attempt: u32,
    /// Name of the step; empty where the task was bound to none, and in what was written before
    /// the name was kept.
    pub step: String,
    /// Version of the step, as `step`.
    pub version: String,
    /// How it ended.
    pub outcome: CallOutcome,
    /// Wall time in microseconds.
    pub micros: u64,
    /// Most memory it held, in bytes.
    pub memory_bytes: u64,
    /// What else it took.
    pub took: Took,
    /// What it wrote to stdout and stderr; the flag is true for stderr.
    pub log: Vec<(bool, String)>,
}

/// What a step call took beside wall time and memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Took {
    /// Processor time in microseconds.
    pub cpu_micros: u64,
    /// How long it waited for a place, in microseconds.
    pub queue_micros: u64,
    /// How long its instantiation took, in microseconds.
    pub instantiation_micros: u64,
    /// Calls of host functions.
    pub host_calls: u64,
    /// HTTP requests.
    pub http_requests: u64,
    /// Bytes sent over HTTP.
    pub bytes_out: u64,
    /// Bytes received over HTTP.
    pub bytes_in: u64,
}

impl Took {
    fn of(usage: &anyam_sandbox::Usage) -> Self {
        Self {
            cpu_micros: micros(usage.cpu_time),
            queue_micros: micros(usage.queue_time),
            instantiation_micros: micros(usage.instantiation_time),
            host_calls: usage.host_calls,
            http_requests: usage.http_requests,
            bytes_out: usage.bytes_out,
            bytes_in: usage.bytes_in,
        }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// How a step call ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CallOutcome {
    /// With a result.
    Completed,
    /// With a BPMN error of this code.
    BpmnError(String),
    /// With a fault that another attempt may cure.
    Retryable(String),
    /// With a fault that no other attempt cures.
    Permanent(String),
}

impl HistoryEntry {
    pub(super) fn flow(now: Timestamp, flow: FlowIx) -> Self {
        Self {
            at: now.0,
            what: Happening::FlowTaken { flow },
        }
    }

    pub(super) fn migrated(now: Timestamp, from: u64, to: u64) -> Self {
        Self {
            at: now.0,
            what: Happening::Migrated { from, to },
        }
    }

    pub(super) fn step(
        now: Timestamp,
        (job, attempt): (u64, u32),
        step: Option<&StepId>,
        call: &Call,
    ) -> Self {
        let text = |part: fn(&StepId) -> &String| step.map(part).cloned().unwrap_or_default();
        let outcome = match &call.outcome {
            Ok(_) => CallOutcome::Completed,
            Err(Failure::BpmnError { code, .. }) => CallOutcome::BpmnError(code.clone()),
            Err(Failure::Retryable { message, .. }) => CallOutcome::Retryable(message.clone()),
            Err(Failure::Permanent { message }) => CallOutcome::Permanent(message.clone()),
        };
        let log = call
            .log
            .iter()
            .map(|line| (line.stream == Stream::Stderr, line.to_string()));
        let call = StepCall {
            job,
            attempt,
            step: text(|step| &step.name),
            version: text(|step| &step.version),
            outcome,
            micros: micros(call.usage.wall_time),
            memory_bytes: call.usage.memory_peak_bytes as u64,
            took: Took::of(&call.usage),
            log: log.collect(),
        };
        Self {
            at: now.0,
            what: Happening::StepCalled(Box::new(call)),
        }
    }
}

pub(super) fn segment(instance: u64, seq: u64, entries: &[HistoryEntry]) -> HistorySegment {
    let bytes = postcard::to_extend(entries, vec![FORMAT]);
    let bytes = bytes.expect("history is plain data, which postcard always encodes");
    HistorySegment {
        instance,
        seq,
        bytes,
    }
}

/// Everything that happened in an instance, in order, `max` entries at most.
///
/// # Errors
/// The store's, or [`Error::Internal`] where stored data is damaged.
pub fn read(
    reader: &Reader,
    tenant: TenantId,
    instance: u64,
    max: usize,
) -> Result<Vec<HistoryEntry>> {
    let mut all = Vec::new();
    for segment in reader
        .tenant(tenant)
        .scan::<HistorySegment>((instance,), Direction::Forward)
    {
        let segment = segment?;
        let damaged =
            || Error::Internal(format!("history of process instance {instance} is damaged"));
        all.extend(decode(&segment.bytes).ok_or_else(damaged)?);
        if all.len() >= max {
            all.truncate(max);
            break;
        }
    }
    Ok(all)
}

/// The entries of a stored segment of any format; `None` where it is damaged.
fn decode(segment: &[u8]) -> Option<Vec<HistoryEntry>> {
    let (format, bytes) = segment.split_first()?;
    match *format {
        1 => format_1::decode(bytes),
        FORMAT => postcard::from_bytes(bytes).ok(),
        _ => None,
    }
}

/// Segments as the first release wrote them.
mod format_1 {
    use super::{CallOutcome, Deserialize, FlowIx, Took};

    #[derive(Deserialize)]
    struct HistoryEntry {
        at: i64,
        what: Happening,
    }

    #[derive(Deserialize)]
    enum Happening {
        FlowTaken { flow: FlowIx },
        StepCalled(Box<StepCall>),
    }

    #[derive(Deserialize)]
    struct StepCall {
        job: u64,
        attempt: u32,
        outcome: CallOutcome,
        micros: u64,
        memory_bytes: u64,
        log: Vec<(bool, String)>,
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Vec<super::HistoryEntry>> {
        let entries: Vec<HistoryEntry> = postcard::from_bytes(bytes).ok()?;
        let now = entries.into_iter().map(|entry| super::HistoryEntry {
            at: entry.at,
            what: match entry.what {
                Happening::FlowTaken { flow } => super::Happening::FlowTaken { flow },
                Happening::StepCalled(call) => super::Happening::StepCalled(Box::new(call.now())),
            },
        });
        Some(now.collect())
    }

    impl StepCall {
        fn now(self) -> super::StepCall {
            super::StepCall {
                job: self.job,
                attempt: self.attempt,
                step: String::new(),
                version: String::new(),
                outcome: self.outcome,
                micros: self.micros,
                memory_bytes: self.memory_bytes,
                took: Took::default(),
                log: self.log,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(step: (&str, &str), took: Took) -> Vec<HistoryEntry> {
        vec![
            HistoryEntry::flow(Timestamp(5), FlowIx(2)),
            HistoryEntry {
                at: 6,
                what: Happening::StepCalled(Box::new(StepCall {
                    job: 300,
                    attempt: 1,
                    step: step.0.into(),
                    version: step.1.into(),
                    outcome: CallOutcome::BpmnError("OUT".into()),
                    micros: 40,
                    memory_bytes: 65_536,
                    took,
                    log: vec![(true, "no stock".into())],
                })),
            },
        ]
    }

    #[test]
    fn history_of_format_1_is_read_back() {
        let golden = [
            1, 2, 10, 0, 2, 12, 1, 172, 2, 1, 1, 3, 79, 85, 84, 40, 128, 128, 4, 1, 1, 8, 110, 111,
            32, 115, 116, 111, 99, 107,
        ];
        assert_eq!(decode(&golden).unwrap(), entries(("", ""), Took::default()));
    }

    #[test]
    fn history_of_format_2_is_read_and_written_as_it_was() {
        let took = Took {
            cpu_micros: 1,
            queue_micros: 2,
            instantiation_micros: 3,
            host_calls: 4,
            http_requests: 5,
            bytes_out: 6,
            bytes_in: 7,
        };
        let entries = entries(("pay", "1.0.0"), took);
        let golden = [
            2, 2, 10, 0, 2, 12, 1, 172, 2, 1, 3, 112, 97, 121, 5, 49, 46, 48, 46, 48, 1, 3, 79, 85,
            84, 40, 128, 128, 4, 1, 2, 3, 4, 5, 6, 7, 1, 1, 8, 110, 111, 32, 115, 116, 111, 99,
            107,
        ];
        assert_eq!(segment(1, 0, &entries).bytes, golden);
        assert_eq!(decode(&golden).unwrap(), entries);
    }

    #[test]
    fn damage_and_formats_to_come_are_no_history() {
        for bytes in [&[][..], &[3, 0], &[2, 9], &[1, 9]] {
            assert_eq!(decode(bytes), None, "{bytes:?}");
        }
    }
}
