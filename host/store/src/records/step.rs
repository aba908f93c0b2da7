//! Uploaded steps and their components.

use serde::{Deserialize, Serialize};

use crate::record::{Record, TenantOwned, decode_since_version_1};
use crate::{Result, Table};

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
    /// Since when nothing new is bound to it, in milliseconds since 1970, UTC.
    pub retired_at: Option<i64>,
}

/// A version as version 1 of its row has it.
#[derive(Deserialize)]
struct StepVersionV1 {
    name: String,
    version: String,
    digest: [u8; 32],
    size: u64,
    effect: String,
    imports: Vec<String>,
    manifest: Option<String>,
    uploaded_at: i64,
}

impl From<StepVersionV1> for StepVersion {
    fn from(old: StepVersionV1) -> Self {
        Self {
            name: old.name,
            version: old.version,
            digest: old.digest,
            size: old.size,
            effect: old.effect,
            imports: old.imports,
            manifest: old.manifest,
            uploaded_at: old.uploaded_at,
            retired_at: None,
        }
    }
}

impl Record for StepVersion {
    type Owner = TenantOwned;
    type Key<'a> = (&'a str, &'a str);
    const TABLE: Table = Table::StepVersions;
    const VERSION: u8 = 2;

    fn key(&self) -> (&str, &str) {
        (&self.name, &self.version)
    }

    fn decode(version: u8, bytes: &[u8]) -> Result<Self> {
        decode_since_version_1::<StepVersionV1, Self>(version, bytes)
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
