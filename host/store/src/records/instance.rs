//! Process instances: what the API shows, and the state the engine continues from.

use serde::{Deserialize, Serialize};

use crate::record::{Index, IndexSink, Record, TenantOwned};
use crate::records::state_key;
use crate::{Result, StoreError, Table};

/// The engine's state of a process instance, opaque to the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceBlob {
    /// The process instance.
    pub instance: u64,
    /// The state as the engine encoded it.
    pub bytes: Vec<u8>,
}

impl Record for InstanceBlob {
    type Owner = TenantOwned;
    type Key<'a> = u64;
    const TABLE: Table = Table::InstanceBlobs;

    fn key(&self) -> u64 {
        self.instance
    }

    fn encode(&self, out: &mut Vec<u8>) {
        out.reserve(8 + self.bytes.len());
        out.extend_from_slice(&self.instance.to_be_bytes());
        out.extend_from_slice(&self.bytes);
    }

    fn decode(version: u8, bytes: &[u8]) -> Result<Self> {
        if version != Self::VERSION {
            return Err(StoreError::UnknownVersion {
                table: Self::TABLE,
                version,
            });
        }
        let (instance, bytes) = bytes
            .split_first_chunk()
            .ok_or_else(|| StoreError::corrupt(Self::TABLE, "shorter than its key"))?;
        Ok(InstanceBlob {
            instance: u64::from_be_bytes(*instance),
            bytes: bytes.to_vec(),
        })
    }
}

/// Where a process instance or an element instance stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum InstanceState {
    /// Running or waiting.
    Active,
    /// Reached its end.
    Completed,
    /// Ended from outside: cancelled, or interrupted.
    Terminated,
}

state_key!(InstanceState);

/// A process instance, as the API shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessInstance {
    /// Key.
    pub key: u64,
    /// The definition it runs.
    pub definition_key: u64,
    /// Id of the process.
    pub process_id: String,
    /// Version of the process.
    pub process_version: i32,
    /// Name of the process.
    pub process_name: Option<String>,
    /// Version tag of the process.
    pub version_tag: Option<String>,
    /// Where it stands.
    pub state: InstanceState,
    /// True while an incident of it is open.
    pub has_incident: bool,
    /// Milliseconds since 1970, UTC.
    pub started_at: i64,
    /// Milliseconds since 1970, UTC.
    pub ended_at: Option<i64>,
    /// Tags given at its creation.
    pub tags: Vec<String>,
    /// The caller's own id for it.
    pub business_id: Option<String>,
}

impl Record for ProcessInstance {
    type Owner = TenantOwned;
    type Key<'a> = u64;
    const TABLE: Table = Table::Instances;

    fn key(&self) -> u64 {
        self.key
    }

    fn indexes(&self, sink: &mut IndexSink) {
        sink.entry::<InstancesByDefinition>(&(self.definition_key, self.key));
        if self.state == InstanceState::Active {
            sink.entry::<ActiveInstances>(&self.key);
        }
        if self.has_incident {
            sink.entry::<InstancesWithIncident>(&self.key);
        }
    }
}

/// Instances by (definition, key).
pub enum InstancesByDefinition {}

impl Index for InstancesByDefinition {
    type Record = ProcessInstance;
    type Key<'a> = (u64, u64);
    const TABLE: Table = Table::InstancesByDefinition;
}

/// Active instances by key.
pub enum ActiveInstances {}

impl Index for ActiveInstances {
    type Record = ProcessInstance;
    type Key<'a> = u64;
    const TABLE: Table = Table::ActiveInstances;
}

/// Instances with an open incident by key.
pub enum InstancesWithIncident {}

impl Index for InstancesWithIncident {
    type Record = ProcessInstance;
    type Key<'a> = u64;
    const TABLE: Table = Table::InstancesWithIncident;
}
