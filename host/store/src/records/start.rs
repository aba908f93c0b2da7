//! What starts process instances by itself.

use serde::{Deserialize, Serialize};

use crate::record::{Index, IndexSink, Record, SystemOwned, TenantOwned, decode_since_version_1};
use crate::{Result, Table};

/// A message, signal or condition that starts instances of a process definition; only the latest
/// version of a process has any.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartSubscription {
    /// The process definition.
    pub definition_key: u64,
    /// Which of its starts, from 0.
    pub number: u32,
    /// Id of the process.
    pub process_id: String,
    /// The element that an instance begins at.
    pub element_id: String,
    /// What starts it.
    pub kind: StartKind,
    /// Name of the message or signal; empty for a condition.
    pub name: String,
}

/// What starts an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StartKind {
    /// A message.
    Message,
    /// A signal.
    Signal,
    /// A condition that holds for given variables.
    Condition,
}

impl Record for StartSubscription {
    type Owner = TenantOwned;
    type Key<'a> = (u64, u32);
    const TABLE: Table = Table::StartSubscriptions;

    fn key(&self) -> (u64, u32) {
        (self.definition_key, self.number)
    }

    fn indexes(&self, sink: &mut IndexSink) {
        let key = (
            self.kind as u8,
            &*self.name,
            self.definition_key,
            self.number,
        );
        sink.entry::<StartsByName>(&key);
    }
}

/// Start subscriptions by (kind, name, definition, number).
pub enum StartsByName {}

impl Index for StartsByName {
    type Record = StartSubscription;
    type Key<'a> = (u8, &'a str, u64, u32);
    const TABLE: Table = Table::StartsByName;
}

/// An instance that a message has started is active: no other one with its correlation key starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartLock {
    /// Id of the process.
    pub process_id: String,
    /// The message's correlation key.
    pub correlation_key: String,
    /// The process instance.
    pub instance: u64,
}

impl Record for StartLock {
    type Owner = TenantOwned;
    type Key<'a> = (&'a str, &'a str);
    const TABLE: Table = Table::StartLocks;

    fn key(&self) -> (&str, &str) {
        (&self.process_id, &self.correlation_key)
    }
}

/// A start event that needs several triggers has got some of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartialStart {
    /// The process definition.
    pub definition_key: u64,
    /// The start event.
    pub element_id: String,
    /// The key of the instance that begins with the last of them.
    pub instance: u64,
    /// What has come, in the order it came.
    pub parts: Vec<StartPart>,
}

/// One trigger that has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartPart {
    /// Which of the event's triggers, from 0.
    pub part: u8,
    /// What it brought, as JSON.
    pub variables: String,
}

impl Record for PartialStart {
    type Owner = TenantOwned;
    type Key<'a> = (u64, &'a str);
    const TABLE: Table = Table::PartialStarts;

    fn key(&self) -> (u64, &str) {
        (self.definition_key, &self.element_id)
    }
}

/// A time at which an instance of a process definition is to start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartTimer {
    /// Milliseconds since 1970, UTC.
    pub due: i64,
    /// Key.
    pub key: u64,
    /// The tenant.
    pub tenant: u32,
    /// The process definition.
    pub definition_key: u64,
    /// The start event.
    pub element_id: String,
    /// How often it is due, this time included; without end where absent.
    pub left: Option<u32>,
    /// What lies between two times, an ISO 8601 duration; due once where absent.
    pub interval: Option<String>,
    /// Which of the event's triggers it is, from 0.
    pub part: u8,
}

impl Record for StartTimer {
    type Owner = SystemOwned;
    type Key<'a> = (i64, u64);
    const TABLE: Table = Table::StartTimers;
    const VERSION: u8 = 2;

    fn key(&self) -> (i64, u64) {
        (self.due, self.key)
    }

    fn decode(version: u8, bytes: &[u8]) -> Result<Self> {
        decode_since_version_1::<StartTimerV1, Self>(version, bytes)
    }

    fn indexes(&self, sink: &mut IndexSink) {
        sink.entry::<StartTimersByDefinition>(&(self.definition_key, self.key));
    }
}

/// A start timer as version 1 wrote it: its event has no other triggers that must come, too.
#[derive(Deserialize)]
struct StartTimerV1 {
    due: i64,
    key: u64,
    tenant: u32,
    definition_key: u64,
    element_id: String,
    left: Option<u32>,
    interval: Option<String>,
}

impl From<StartTimerV1> for StartTimer {
    fn from(old: StartTimerV1) -> Self {
        Self {
            due: old.due,
            key: old.key,
            tenant: old.tenant,
            definition_key: old.definition_key,
            element_id: old.element_id,
            left: old.left,
            interval: old.interval,
            part: 0,
        }
    }
}

/// Start timers by (definition, key).
pub enum StartTimersByDefinition {}

impl Index for StartTimersByDefinition {
    type Record = StartTimer;
    type Key<'a> = (u64, u64);
    const TABLE: Table = Table::StartTimersByDefinition;
}
