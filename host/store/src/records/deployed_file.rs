//! Deployed files that are no models: forms, and what jobs are linked to.

use serde::{Deserialize, Serialize};

use crate::Table;
use crate::record::{Index, IndexSink, Record, TenantOwned};

/// What a deployed file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FileKind {
    /// A form of user tasks.
    Form,
    /// Anything else.
    Other,
}

/// One version of a deployed file that is no model. Its content is the
/// [`Resource`](super::Resource) it came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeployedFile {
    /// Key of this version.
    pub key: u64,
    /// What it is.
    pub kind: FileKind,
    /// What it calls itself, else its name.
    pub file_id: String,
    /// 1, 2, 3 ... for each kind and id of the tenant.
    pub version: i32,
    /// The author's own name for the version.
    pub version_tag: Option<String>,
    /// Name of the resource in the deployment.
    pub resource_name: String,
    /// SHA-256 of the resource.
    pub digest: [u8; 32],
    /// The deployment it came with.
    pub deployment_key: u64,
    /// Milliseconds since 1970, UTC.
    pub deployed_at: i64,
    /// Whether it was deleted; the row keeps its version number from coming back.
    pub deleted: bool,
}

impl Record for DeployedFile {
    type Owner = TenantOwned;
    type Key<'a> = u64;
    const TABLE: Table = Table::DeployedFiles;

    fn key(&self) -> u64 {
        self.key
    }

    fn indexes(&self, sink: &mut IndexSink) {
        sink.entry::<FilesById>(&(self.kind as u8, &*self.file_id, self.version));
    }
}

/// Files by (kind, id, version): the latest version is the first of a reverse scan.
pub enum FilesById {}

impl Index for FilesById {
    type Record = DeployedFile;
    type Key<'a> = (u8, &'a str, i32);
    const TABLE: Table = Table::FilesById;
}
