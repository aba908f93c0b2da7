//! Deployed process definitions and the resources they came from.

use serde::{Deserialize, Serialize};

use crate::record::{Index, IndexSink, Record, TenantOwned, decode_since_version_1};
use crate::{Result, Table};

/// One version of a deployed process. The model itself is the [`Resource`] it came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessDefinition {
    /// Key of this version.
    pub key: u64,
    /// The id of the process in the model.
    pub process_id: String,
    /// 1, 2, 3 ... for each process id of the tenant.
    pub version: i32,
    /// The modeler's own name for the version.
    pub version_tag: Option<String>,
    /// The name of the process in the model.
    pub name: Option<String>,
    /// Name of the resource in the deployment.
    pub resource_name: String,
    /// SHA-256 of the resource.
    pub resource_digest: [u8; 32],
    /// The deployment it came with.
    pub deployment_key: u64,
    /// Milliseconds since 1970, UTC.
    pub deployed_at: i64,
    /// The step versions its service tasks were bound to at deployment.
    pub bindings: Vec<StepBinding>,
}

/// The step version a service task runs, fixed at deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepBinding {
    /// The service task.
    pub element_id: String,
    /// Name of the step.
    pub step_name: String,
    /// Version of the step.
    pub step_version: String,
    /// SHA-256 of the component.
    pub digest: [u8; 32],
    /// The function of it that is called, where the task names one.
    pub function: Option<String>,
}

impl Record for ProcessDefinition {
    type Owner = TenantOwned;
    type Key<'a> = u64;
    const TABLE: Table = Table::Definitions;
    const VERSION: u8 = 2;

    fn key(&self) -> u64 {
        self.key
    }

    fn decode(version: u8, bytes: &[u8]) -> Result<Self> {
        decode_since_version_1::<DefinitionV1, Self>(version, bytes)
    }

    fn indexes(&self, sink: &mut IndexSink) {
        sink.entry::<DefinitionsByProcess>(&(&*self.process_id, self.version));
    }
}

/// A definition as version 1 wrote it: its bindings name no function.
#[derive(Deserialize)]
struct DefinitionV1 {
    key: u64,
    process_id: String,
    version: i32,
    version_tag: Option<String>,
    name: Option<String>,
    resource_name: String,
    resource_digest: [u8; 32],
    deployment_key: u64,
    deployed_at: i64,
    bindings: Vec<BindingV1>,
}

#[derive(Deserialize)]
struct BindingV1 {
    element_id: String,
    step_name: String,
    step_version: String,
    digest: [u8; 32],
}

impl From<DefinitionV1> for ProcessDefinition {
    fn from(old: DefinitionV1) -> Self {
        Self {
            key: old.key,
            process_id: old.process_id,
            version: old.version,
            version_tag: old.version_tag,
            name: old.name,
            resource_name: old.resource_name,
            resource_digest: old.resource_digest,
            deployment_key: old.deployment_key,
            deployed_at: old.deployed_at,
            bindings: old.bindings.into_iter().map(StepBinding::from).collect(),
        }
    }
}

impl From<BindingV1> for StepBinding {
    fn from(old: BindingV1) -> Self {
        Self {
            element_id: old.element_id,
            step_name: old.step_name,
            step_version: old.step_version,
            digest: old.digest,
            function: None,
        }
    }
}

/// Definitions by (process id, version): the latest version is the first of a reverse scan.
pub enum DefinitionsByProcess {}

impl Index for DefinitionsByProcess {
    type Record = ProcessDefinition;
    type Key<'a> = (&'a str, i32);
    const TABLE: Table = Table::DefinitionsByProcess;
}

/// A version of a process that was deleted: nothing new runs it, and the history of what ran it is
/// read by its model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletedDefinition {
    /// The version as it was.
    pub definition: ProcessDefinition,
    /// Milliseconds since 1970, UTC.
    pub deleted_at: i64,
}

impl Record for DeletedDefinition {
    type Owner = TenantOwned;
    type Key<'a> = u64;
    const TABLE: Table = Table::DeletedDefinitions;

    fn key(&self) -> u64 {
        self.definition.key
    }

    fn indexes(&self, sink: &mut IndexSink) {
        let key = (&*self.definition.process_id, self.definition.version);
        sink.entry::<DeletedByProcess>(&key);
    }
}

/// Deleted definitions by (process id, version), whose number is not given again.
pub enum DeletedByProcess {}

impl Index for DeletedByProcess {
    type Record = DeletedDefinition;
    type Key<'a> = (&'a str, i32);
    const TABLE: Table = Table::DeletedByProcess;
}

/// A file of a deployment, as uploaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// The deployment.
    pub deployment_key: u64,
    /// File name within the deployment.
    pub name: String,
    /// Content.
    pub bytes: Vec<u8>,
}

impl Record for Resource {
    type Owner = TenantOwned;
    type Key<'a> = (u64, &'a str);
    const TABLE: Table = Table::Resources;

    fn key(&self) -> (u64, &str) {
        (self.deployment_key, &self.name)
    }
}
