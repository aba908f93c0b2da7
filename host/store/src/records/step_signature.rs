//! Signatures of step versions.

use serde::{Deserialize, Serialize};

use crate::Table;
use crate::record::{Record, TenantOwned};

/// A signature under one version of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepSignature {
    /// Name of the step.
    pub name: String,
    /// Semantic version.
    pub version: String,
    /// Which key made it.
    pub key_id: String,
    /// The signature.
    pub signature: Vec<u8>,
    /// When it was added, in milliseconds since 1970, UTC.
    pub added_at: i64,
}

impl Record for StepSignature {
    type Owner = TenantOwned;
    type Key<'a> = (&'a str, &'a str, &'a str);
    const TABLE: Table = Table::StepSignatures;

    fn key(&self) -> (&str, &str, &str) {
        (&self.name, &self.version, &self.key_id)
    }
}
