//! Element instances: each activation of an element of the model.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::Table;
use crate::record::{Record, TenantOwned};
use crate::records::InstanceState;

/// One activation of an element.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ElementInstance {
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
    /// Name of the element.
    pub element_name: Option<String>,
    /// Kind of the element as the API names it, such as `SERVICE_TASK`.
    pub element_type: Cow<'static, str>,
    /// Where it stands.
    pub state: InstanceState,
    /// The element instance it runs in; the process instance at the top.
    pub scope: u64,
    /// Milliseconds since 1970, UTC.
    pub started_at: i64,
    /// Milliseconds since 1970, UTC.
    pub ended_at: Option<i64>,
    /// Its open incident.
    pub incident: Option<u64>,
}

impl Record for ElementInstance {
    type Owner = TenantOwned;
    type Key<'a> = (u64, u64);
    const TABLE: Table = Table::ElementInstances;

    fn key(&self) -> (u64, u64) {
        (self.instance, self.key)
    }
}
