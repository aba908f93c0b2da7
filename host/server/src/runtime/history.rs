//! What happened in an instance, in order: flows taken and steps called, with their logs.
//!
//! Element instances, jobs, variables and incidents have rows of their own; history adds what those
//! cannot show.

use anyam_bpmn::graph::FlowIx;
use anyam_engine::value::Timestamp;
use anyam_sandbox::{Call, Failure, Stream};
use anyam_store::records::HistorySegment;
use anyam_store::{Direction, Reader, TenantId};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The version byte in front of every stored segment.
const FORMAT: u8 = 1;

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
}

/// One call of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepCall {
    /// The job it worked on.
    pub job: u64,
    /// The attempt, from 1.
    pub attempt: u32,
    /// How it ended.
    pub outcome: CallOutcome,
    /// Wall time in microseconds.
    pub micros: u64,
    /// Most memory it held, in bytes.
    pub memory_bytes: u64,
    /// What it wrote to stdout and stderr; the flag is true for stderr.
    pub log: Vec<(bool, String)>,
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

    pub(super) fn step(now: Timestamp, job: u64, attempt: u32, call: &Call) -> Self {
        let outcome = match &call.outcome {
            Ok(_) => CallOutcome::Completed,
            Err(Failure::BpmnError { code, .. }) => CallOutcome::BpmnError(code.clone()),
            Err(Failure::Retryable { message, .. }) => CallOutcome::Retryable(message.clone()),
            Err(Failure::Permanent { message }) => CallOutcome::Permanent(message.clone()),
        };
        let log = call
            .log
            .iter()
            .map(|line| (line.stream == Stream::Stderr, line.text.clone()));
        let call = StepCall {
            job,
            attempt,
            outcome,
            micros: u64::try_from(call.usage.wall_time.as_micros()).unwrap_or(u64::MAX),
            memory_bytes: call.usage.memory_peak_bytes as u64,
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
        let Some((&FORMAT, bytes)) = segment.bytes.split_first() else {
            return Err(damaged());
        };
        let entries: Vec<HistoryEntry> = postcard::from_bytes(bytes).map_err(|_| damaged())?;
        all.extend(entries);
        if all.len() >= max {
            all.truncate(max);
            break;
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn history_of_format_1_is_read_back() {
        let entries = vec![
            HistoryEntry::flow(Timestamp(5), FlowIx(2)),
            HistoryEntry {
                at: 6,
                what: Happening::StepCalled(Box::new(StepCall {
                    job: 300,
                    attempt: 1,
                    outcome: CallOutcome::BpmnError("OUT".into()),
                    micros: 40,
                    memory_bytes: 65_536,
                    log: vec![(true, "no stock".into())],
                })),
            },
        ];
        let golden = [
            1, 2, 10, 0, 2, 12, 1, 172, 2, 1, 1, 3, 79, 85, 84, 40, 128, 128, 4, 1, 1, 8, 110, 111,
            32, 115, 116, 111, 99, 107,
        ];
        assert_eq!(segment(1, 0, &entries).bytes, golden);
        let read: Vec<HistoryEntry> = postcard::from_bytes(&golden[1..]).unwrap();
        assert_eq!(read, entries);
    }
}
