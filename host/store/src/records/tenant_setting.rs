//! What an operator has set for a tenant.

use serde::{Deserialize, Serialize};

use crate::Table;
use crate::record::{Record, TenantOwned};

/// One setting of a tenant: its grants, its limits, a configuration value ...
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantSetting {
    /// Name; unique within the tenant.
    pub name: String,
    /// Value, as JSON.
    pub value: String,
    /// When it was set last, in milliseconds since 1970, UTC.
    pub changed_at: i64,
}

impl Record for TenantSetting {
    type Owner = TenantOwned;
    type Key<'a> = &'a str;
    const TABLE: Table = Table::TenantSettings;

    fn key(&self) -> &str {
        &self.name
    }
}
