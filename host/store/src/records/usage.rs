//! What a tenant used, counted by day: rows that transitions add to.

use serde::{Deserialize, Serialize};

use crate::counter::{Change, Counter, decode_counter, encode_counter};
use crate::record::{Record, TenantOwned};
use crate::{Result, StoreError, Table};

macro_rules! counter_record {
    ($record:ident in $table:ident, $($number:ident)+; key $($key:ident)+; $type:ty, $of:expr) => {
        impl $record {
            fn numbers(&self) -> [u64; counter_record!(@count $($number)+)] {
                [$(self.$number),+]
            }
        }

        impl Record for $record {
            type Owner = TenantOwned;
            type Key<'a> = $type;
            const TABLE: Table = Table::$table;

            fn key(&self) -> Self::Key<'_> {
                let of: for<'r> fn(&'r Self) -> Self::Key<'r> = $of;
                of(self)
            }

            fn encode(&self, out: &mut Vec<u8>) {
                encode_counter(out, &self.numbers(), &($(&self.$key,)+));
            }

            fn decode(version: u8, bytes: &[u8]) -> Result<Self> {
                if version != Self::VERSION {
                    let table = Self::TABLE;
                    return Err(StoreError::UnknownVersion { table, version });
                }
                let ([$($number),+], ($($key,)+)) = decode_counter(Self::TABLE, bytes)?;
                Ok(Self { $($key,)+ $($number,)+ })
            }
        }

        impl Counter for $record {}
    };
    (@count $($number:ident)+) => { [$(stringify!($number)),+].len() };
}

/// What one version of a step was called for on one day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepUsage {
    /// Days since 1970, UTC.
    pub day: u32,
    /// Name of the step.
    pub step: String,
    /// Version of the step.
    pub version: String,
    /// Calls whose outcome was taken in.
    pub calls: u64,
    /// Those that ended in a BPMN error.
    pub bpmn_errors: u64,
    /// Those that ended in a fault that another attempt may cure.
    pub retryable: u64,
    /// Those that ended in a fault that no other attempt cures.
    pub permanent: u64,
    /// Processor time of all calls, in microseconds.
    pub cpu_micros: u64,
    /// Wall time of all calls, in microseconds.
    pub wall_micros: u64,
    /// Time that all calls waited for a place, in microseconds.
    pub queue_micros: u64,
    /// HTTP requests of all calls.
    pub http_requests: u64,
    /// Bytes that all calls sent over HTTP.
    pub bytes_out: u64,
    /// Bytes that all calls received over HTTP.
    pub bytes_in: u64,
    /// The most memory that one call held, in bytes.
    pub memory_peak_bytes: u64,
}

counter_record!(StepUsage in StepUsage, calls bpmn_errors retryable permanent cpu_micros wall_micros
    queue_micros http_requests bytes_out bytes_in memory_peak_bytes; key day step version; (u32, &'a str, &'a str),
    |row| (row.day, &row.step, &row.version));

impl StepUsage {
    /// Takes in what another row counted.
    pub fn merge(&mut self, other: &Self) {
        let peak = self.memory_peak_bytes.max(other.memory_peak_bytes);
        for (sum, number) in [
            (&mut self.calls, other.calls),
            (&mut self.bpmn_errors, other.bpmn_errors),
            (&mut self.retryable, other.retryable),
            (&mut self.permanent, other.permanent),
            (&mut self.cpu_micros, other.cpu_micros),
            (&mut self.wall_micros, other.wall_micros),
            (&mut self.queue_micros, other.queue_micros),
            (&mut self.http_requests, other.http_requests),
            (&mut self.bytes_out, other.bytes_out),
            (&mut self.bytes_in, other.bytes_in),
        ] {
            *sum = sum.saturating_add(number);
        }
        self.memory_peak_bytes = peak;
    }

    /// Its numbers as changes of a row that holds none of them yet.
    pub fn changes(&self) -> Vec<Change> {
        let mut changes: Vec<_> = self.numbers().into_iter().map(add).collect();
        // The last number is a peak.
        changes.pop();
        changes.push(Change::Raise(self.memory_peak_bytes));
        changes
    }

    /// The row before anything was counted in it.
    pub fn nothing(&self) -> Self {
        Self {
            day: self.day,
            step: self.step.clone(),
            version: self.version.clone(),
            ..Self::default()
        }
    }
}

/// What the instances of a tenant did on one day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceUsage {
    /// Days since 1970, UTC.
    pub day: u32,
    /// Instances created.
    pub started: u64,
    /// Instances that came to their end.
    pub completed: u64,
    /// Instances that were ended from outside.
    pub terminated: u64,
    /// Transitions that were stored.
    pub transitions: u64,
    /// Bytes of keys and values that they wrote.
    pub bytes_stored: u64,
}

counter_record!(InstanceUsage in InstanceUsage, started completed terminated transitions
    bytes_stored; key day; u32, |row| row.day);

impl InstanceUsage {
    /// Its numbers as changes of a row that holds none of them yet.
    pub fn changes(&self) -> Vec<Change> {
        self.numbers().into_iter().map(add).collect()
    }
}

fn add(number: u64) -> Change {
    Change::Add(i64::try_from(number).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_added_but_the_peak() {
        let row = StepUsage {
            calls: 1,
            memory_peak_bytes: 7,
            ..StepUsage::default()
        };
        let changes = row.changes();
        assert_eq!(changes.len(), row.numbers().len());
        assert_eq!(changes[0], Change::Add(1));
        assert_eq!(changes[changes.len() - 1], Change::Raise(7));
        let mut sum = row.clone();
        sum.merge(&StepUsage {
            calls: 2,
            memory_peak_bytes: 3,
            ..StepUsage::default()
        });
        assert_eq!((sum.calls, sum.memory_peak_bytes), (3, 7));
    }
}
