//! Step versions that take the place of those bound at deployment.

use serde::{Deserialize, Serialize};

use crate::Table;
use crate::record::{Record, TenantOwned};
use crate::records::StepBinding;

/// The version of a step that new instances are given a share of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollout {
    /// Name of the step.
    pub step: String,
    /// The version that is rolled out.
    pub version: String,
    /// The share of new instances that get it, 0 to 100.
    pub percentage: u8,
    /// The version that the others get, and all after a roll back; without one it is the version
    /// bound at deployment.
    pub previous: Option<String>,
    /// Milliseconds since 1970, UTC.
    pub began_at: i64,
    /// What had been counted on the day it began.
    pub before: Vec<VersionCalls>,
}

/// How often a version of a step was called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionCalls {
    /// The version.
    pub version: String,
    /// Calls.
    pub calls: u64,
    /// Those that failed; a BPMN error is no failure.
    pub failures: u64,
}

impl Record for Rollout {
    type Owner = TenantOwned;
    type Key<'a> = &'a str;
    const TABLE: Table = Table::Rollouts;

    fn key(&self) -> &str {
        &self.step
    }
}

/// Other bindings of a process definition than those of its deployment, which are revision 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BindingRevision {
    /// The definition.
    pub definition: u64,
    /// 1, 2, 3 ... for each definition.
    pub revision: u32,
    /// As in the definition, one for each of its bindings.
    pub bindings: Vec<StepBinding>,
    /// The revision that its instances go on with, where it was rolled back under them.
    pub replaced_by: Option<u32>,
    /// Milliseconds since 1970, UTC.
    pub created_at: i64,
}

impl Record for BindingRevision {
    type Owner = TenantOwned;
    type Key<'a> = (u64, u32);
    const TABLE: Table = Table::BindingRevisions;

    fn key(&self) -> (u64, u32) {
        (self.definition, self.revision)
    }
}
