//! System rows: tenants, and pointers into their rows for work that no tenant asks for.

use serde::{Deserialize, Serialize};

use crate::Table;
use crate::record::{Index, IndexSink, Record, SystemOwned};

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    /// Id, in front of all its keys.
    pub id: u32,
    /// Name, as the API knows it; unique.
    pub name: String,
}

impl Record for Tenant {
    type Owner = SystemOwned;
    type Key<'a> = u32;
    const TABLE: Table = Table::Tenants;

    fn key(&self) -> u32 {
        self.id
    }

    fn indexes(&self, sink: &mut IndexSink) {
        sink.entry::<TenantsByName>(&&*self.name);
    }
}

/// Tenants by name.
pub enum TenantsByName {}

impl Index for TenantsByName {
    type Record = Tenant;
    type Key<'a> = &'a str;
    const TABLE: Table = Table::TenantsByName;
}

/// A timer that is to fire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timer {
    /// Milliseconds since 1970, UTC.
    pub due: i64,
    /// Key.
    pub key: u64,
    /// The process instance.
    pub instance: u64,
    /// Its tenant.
    pub tenant: u32,
}

impl Record for Timer {
    type Owner = SystemOwned;
    type Key<'a> = (i64, u64);
    const TABLE: Table = Table::Timers;

    fn key(&self) -> (i64, u64) {
        (self.due, self.key)
    }
}

/// A step that is to run or was running when the process stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingStep {
    /// The process instance.
    pub instance: u64,
    /// The job.
    pub job: u64,
    /// Their tenant.
    pub tenant: u32,
}

impl Record for PendingStep {
    type Owner = SystemOwned;
    type Key<'a> = (u64, u64);
    const TABLE: Table = Table::PendingSteps;

    fn key(&self) -> (u64, u64) {
        (self.instance, self.job)
    }
}

/// When a message is to be forgotten.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageExpiry {
    /// Milliseconds since 1970, UTC.
    pub expires_at: i64,
    /// The message.
    pub message: u64,
    /// Its tenant.
    pub tenant: u32,
}

impl Record for MessageExpiry {
    type Owner = SystemOwned;
    type Key<'a> = (i64, u64);
    const TABLE: Table = Table::MessageExpiries;

    fn key(&self) -> (i64, u64) {
        (self.expires_at, self.message)
    }
}

/// Whose keys the keys of a block are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockOwner {
    /// First key of the block, a multiple of [`BLOCK`](crate::BLOCK).
    pub block: u64,
    /// The tenant.
    pub tenant: u32,
    /// The process instance, or the deployment.
    pub instance: u64,
}

impl Record for BlockOwner {
    type Owner = SystemOwned;
    type Key<'a> = u64;
    const TABLE: Table = Table::BlockOwners;

    fn key(&self) -> u64 {
        self.block
    }
}
