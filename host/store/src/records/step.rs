//! Uploaded steps and their components.

use serde::{Deserialize, Serialize};

use crate::Table;
use crate::record::{Record, TenantOwned};

/// One uploaded version of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepVersion {
    /// Name of the step.
    pub name: String,
    /// Semantic version.
    pub version: String,
    /// SHA-256 of the component.
    pub digest: [u8; 32],
    /// Bytes of the component.
    pub size: u64,
    /// What it may do to the outside, derived from its imports.
    pub effect: String,
    /// The interfaces it imports.
    pub imports: Vec<String>,
    /// Its manifest, as JSON.
    pub manifest: Option<String>,
    /// Milliseconds since 1970, UTC.
    pub uploaded_at: i64,
}

impl Record for StepVersion {
    type Owner = TenantOwned;
    type Key<'a> = (&'a str, &'a str);
    const TABLE: Table = Table::StepVersions;

    fn key(&self) -> (&str, &str) {
        (&self.name, &self.version)
    }
}

/// A component as uploaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// SHA-256 of `bytes`.
    pub digest: [u8; 32],
    /// The component.
    pub bytes: Vec<u8>,
}

impl Record for Component {
    type Owner = TenantOwned;
    type Key<'a> = [u8; 32];
    const TABLE: Table = Table::Components;

    fn key(&self) -> [u8; 32] {
        self.digest
    }
}
