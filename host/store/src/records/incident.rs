//! Incidents: what stopped an instance until someone acts.

use serde::{Deserialize, Serialize};

use crate::Table;
use crate::record::{Index, IndexSink, Record, TenantOwned};

/// An incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Key.
    pub key: u64,
    /// The process instance.
    pub instance: u64,
    /// The process definition.
    pub definition_key: u64,
    /// Id of the process.
    pub process_id: String,
    /// The element in the model.
    pub element_id: String,
    /// The activation of it.
    pub element_instance: u64,
    /// The job that failed.
    pub job: Option<u64>,
    /// What kind of error, as the API names it.
    pub kind: String,
    /// What happened, for people.
    pub message: String,
    /// Milliseconds since 1970, UTC.
    pub created_at: i64,
    /// Milliseconds since 1970, UTC; open while `None`.
    pub resolved_at: Option<i64>,
}

impl Record for Incident {
    type Owner = TenantOwned;
    type Key<'a> = (u64, u64);
    const TABLE: Table = Table::Incidents;

    fn key(&self) -> (u64, u64) {
        (self.instance, self.key)
    }

    fn indexes(&self, sink: &mut IndexSink) {
        if self.resolved_at.is_none() {
            sink.entry::<OpenIncidents>(&self.key);
        }
    }
}

/// Open incidents by key.
pub enum OpenIncidents {}

impl Index for OpenIncidents {
    type Record = Incident;
    type Key<'a> = u64;
    const TABLE: Table = Table::OpenIncidents;
}
