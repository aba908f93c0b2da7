//! Deployed process definitions and the resources they came from.

use serde::{Deserialize, Serialize};

use crate::Table;
use crate::record::{Index, IndexSink, Record, TenantOwned};

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
}

impl Record for ProcessDefinition {
    type Owner = TenantOwned;
    type Key<'a> = u64;
    const TABLE: Table = Table::Definitions;

    fn key(&self) -> u64 {
        self.key
    }

    fn indexes(&self, sink: &mut IndexSink) {
        sink.entry::<DefinitionsByProcess>(&(&*self.process_id, self.version));
    }
}

/// Definitions by (process id, version): the latest version is the first of a reverse scan.
pub enum DefinitionsByProcess {}

impl Index for DefinitionsByProcess {
    type Record = ProcessDefinition;
    type Key<'a> = (&'a str, i32);
    const TABLE: Table = Table::DefinitionsByProcess;
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
