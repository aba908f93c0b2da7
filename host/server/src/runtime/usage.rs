//! What tenants use, counted in the same batch as the transition that used it.

use std::collections::BTreeMap;

use anyam_store::records::{InstanceState, InstanceUsage, ProcessInstance, StepUsage};
use anyam_store::{Batch, Direction, TenantId};

use super::Runtime;
use super::history::{CallOutcome, Happening, HistoryEntry, StepCall};
use crate::error::{Error, Result};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// The day that a time falls on, in days since 1970, UTC.
pub fn day(at: i64) -> u32 {
    u32::try_from(at.div_euclid(DAY_MS)).unwrap_or_default()
}

/// When a day begins, in milliseconds since 1970, UTC.
pub fn begin(day: u32) -> i64 {
    i64::from(day) * DAY_MS
}

/// Adds what a transition used to the batch that stores it. `first` is whether it is the first one
/// of its instance.
pub(super) fn count(
    batch: &mut Batch,
    tenant: TenantId,
    (row, first): (&ProcessInstance, bool),
    (history, now): (&[HistoryEntry], i64),
) {
    let mut instances: BTreeMap<u32, InstanceUsage> = BTreeMap::new();
    let mut of = |at: i64, add: &dyn Fn(&mut InstanceUsage)| {
        let day = day(at);
        add(instances.entry(day).or_insert_with(|| InstanceUsage {
            day,
            ..InstanceUsage::default()
        }));
    };
    let bytes = batch.bytes() as u64;
    of(now, &|usage| {
        usage.transitions += 1;
        usage.bytes_stored += bytes;
    });
    if first {
        of(row.started_at, &|usage| usage.started += 1);
    }
    if let Some(at) = row.ended_at {
        match row.state {
            InstanceState::Terminated => of(at, &|usage| usage.terminated += 1),
            InstanceState::Completed | InstanceState::Active => {
                of(at, &|usage| usage.completed += 1);
            }
        }
    }
    let mut rows = batch.tenant(tenant);
    for usage in instances.into_values() {
        let nothing = InstanceUsage {
            day: usage.day,
            ..InstanceUsage::default()
        };
        rows.count(&nothing, &usage.changes());
    }
    for usage in of_calls(history) {
        rows.count(&usage.nothing(), &usage.changes());
    }
}

/// What the calls in a history used, by day, step and version.
pub fn of_calls<'h>(history: impl IntoIterator<Item = &'h HistoryEntry>) -> Vec<StepUsage> {
    let mut rows: BTreeMap<(u32, &str, &str), StepUsage> = BTreeMap::new();
    for entry in history {
        let Happening::StepCalled(call) = &entry.what else {
            continue;
        };
        let key = (day(entry.at), &*call.step, &*call.version);
        let row = rows.entry(key).or_insert_with(|| StepUsage {
            day: key.0,
            step: call.step.clone(),
            version: call.version.clone(),
            ..StepUsage::default()
        });
        row.merge(&of_call(call));
    }
    rows.into_values().collect()
}

fn of_call(call: &StepCall) -> StepUsage {
    let mut usage = StepUsage {
        calls: 1,
        cpu_micros: call.took.cpu_micros,
        wall_micros: call.micros,
        queue_micros: call.took.queue_micros,
        http_requests: call.took.http_requests,
        bytes_out: call.took.bytes_out,
        bytes_in: call.took.bytes_in,
        memory_peak_bytes: call.memory_bytes,
        ..StepUsage::default()
    };
    match call.outcome {
        CallOutcome::Completed => {}
        CallOutcome::BpmnError(_) => usage.bpmn_errors = 1,
        CallOutcome::Retryable(_) => usage.retryable = 1,
        CallOutcome::Permanent(_) => usage.permanent = 1,
    }
    usage
}

/// What a tenant used in some days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// One row a day on which its instances did anything, in order.
    pub instances: Vec<InstanceUsage>,
    /// One row a day, step and version that was called, in that order.
    pub steps: Vec<StepUsage>,
}

impl Runtime {
    /// What a tenant used from one day to another, both included.
    ///
    /// # Errors
    /// [`Error::Invalid`] where there is more than `most` rows; the store's.
    pub fn usage(&self, tenant: TenantId, days: (u32, u32), most: usize) -> Result<Usage> {
        let (from, to) = days;
        let reader = self.read()?;
        let rows = reader.tenant(tenant);
        let mut usage = Usage::default();
        let instances = rows.scan::<InstanceUsage>((), Direction::Forward);
        for row in instances.from(&from) {
            let row = row?;
            if row.day > to {
                break;
            }
            usage.instances.push(row);
        }
        let steps = rows.scan::<StepUsage>((), Direction::Forward);
        for row in steps.from(&(from, "", "")) {
            let row = row?;
            if row.day > to {
                break;
            }
            if usage.steps.len() >= most {
                return Err(Error::Invalid(format!(
                    "there are more than {most} rows of steps in these days; ask for fewer days"
                )));
            }
            usage.steps.push(row);
        }
        Ok(usage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_told_at_their_edges() {
        assert_eq!(day(0), 0);
        assert_eq!(day(DAY_MS - 1), 0);
        assert_eq!(day(DAY_MS), 1);
        assert_eq!(day(-1), 0);
        assert_eq!(begin(day(20_000 * DAY_MS + 5)), 20_000 * DAY_MS);
    }
}
