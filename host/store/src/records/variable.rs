//! Variables, for the API to search.

use serde::{Deserialize, Serialize};

use crate::Table;
use crate::record::{Record, TenantOwned};

/// A variable of one scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variable {
    /// Key.
    pub key: u64,
    /// The process instance.
    pub instance: u64,
    /// The element instance it belongs to; the process instance at the top.
    pub scope: u64,
    /// Name.
    pub name: String,
    /// Value, as JSON.
    pub value: String,
}

impl Record for Variable {
    type Owner = TenantOwned;
    type Key<'a> = (u64, u64);
    const TABLE: Table = Table::Variables;

    fn key(&self) -> (u64, u64) {
        (self.instance, self.key)
    }
}
