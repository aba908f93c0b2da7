//! Process instances: what the API shows, and the state the engine continues from.

use serde::{Deserialize, Serialize};

use crate::record::{Index, IndexSink, Record, TenantOwned, decode_since_version_1};
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
    /// The process instance that called it.
    pub parent: Option<ParentInstance>,
    /// The correlation key of the message that started it, where that keeps others out.
    pub started_by: Option<String>,
}

/// The instance that called another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParentInstance {
    /// Its key.
    pub instance: u64,
    /// The call activity's activation in it.
    pub element_instance: u64,
    /// The process instance that began the chain of calls.
    pub root: u64,
}

/// As version 1 stored it.
#[derive(Deserialize)]
struct ProcessInstanceV1 {
    key: u64,
    definition_key: u64,
    process_id: String,
    process_version: i32,
    process_name: Option<String>,
    version_tag: Option<String>,
    state: InstanceState,
    has_incident: bool,
    started_at: i64,
    ended_at: Option<i64>,
    tags: Vec<String>,
    business_id: Option<String>,
}

impl From<ProcessInstanceV1> for ProcessInstance {
    fn from(old: ProcessInstanceV1) -> Self {
        Self {
            key: old.key,
            definition_key: old.definition_key,
            process_id: old.process_id,
            process_version: old.process_version,
            process_name: old.process_name,
            version_tag: old.version_tag,
            state: old.state,
            has_incident: old.has_incident,
            started_at: old.started_at,
            ended_at: old.ended_at,
            tags: old.tags,
            business_id: old.business_id,
            parent: None,
            started_by: None,
        }
    }
}

impl Record for ProcessInstance {
    type Owner = TenantOwned;
    type Key<'a> = u64;
    const TABLE: Table = Table::Instances;
    const VERSION: u8 = 2;

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
        if let Some(parent) = &self.parent {
            let key = (parent.instance, parent.element_instance, self.key);
            sink.entry::<InstancesByParent>(&key);
        }
    }

    fn decode(version: u8, bytes: &[u8]) -> Result<Self> {
        decode_since_version_1::<ProcessInstanceV1, Self>(version, bytes)
    }
}

/// Instances by (definition, key).
pub enum InstancesByDefinition {}

impl Index for InstancesByDefinition {
    type Record = ProcessInstance;
    type Key<'a> = (u64, u64);
    const TABLE: Table = Table::InstancesByDefinition;
}

/// Called instances by (caller, call activity's activation, key).
pub enum InstancesByParent {}

impl Index for InstancesByParent {
    type Record = ProcessInstance;
    type Key<'a> = (u64, u64, u64);
    const TABLE: Table = Table::InstancesByParent;
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
