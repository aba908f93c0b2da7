//! The files of a deployment.

use anyam_bpmn::graph::{Binding, FormDefinition, NodeKind, ProcessGraph, Value};
use anyam_engine::key::KeySource;
use anyam_store::records::{DeployedFile, FileKind, Resource};
use anyam_store::{Batch, Reader, TenantId};
use sha2::{Digest, Sha256};

use super::{CheckedFile, lookup};
use crate::error::{Error, Result};
use crate::runtime::requests::ResourceFile;

/// A version of a file.
#[derive(Clone, Debug)]
pub struct FileVersion {
    /// The version.
    pub file: DeployedFile,
    /// Whether this deployment made it.
    pub(crate) fresh: bool,
}

/// What the versions of a deployment are made with.
pub(in crate::runtime) struct Terms<'a> {
    pub(in crate::runtime) reader: &'a Reader,
    pub(in crate::runtime) tenant: TenantId,
    pub(in crate::runtime) files: &'a [ResourceFile],
    pub(in crate::runtime) deployment_key: u64,
    pub(in crate::runtime) now: i64,
}

/// Gives every file its version: that of the last time where it is the same, else a new one, whose
/// rows are added to `batch`.
///
/// # Errors
/// The store's; [`Error::Conflict`] past the last version number.
pub(in crate::runtime) fn add(
    terms: &Terms<'_>,
    keys: &mut dyn KeySource,
    checked: &[CheckedFile],
    batch: &mut Batch,
) -> Result<Vec<FileVersion>> {
    let mut deployed = Vec::with_capacity(checked.len());
    for file in checked {
        let ResourceFile { name, bytes } = &terms.files[file.file];
        let digest: [u8; 32] = Sha256::digest(bytes).into();
        let newest = lookup::newest(terms.reader.tenant(terms.tenant), file.kind, &file.id)?;
        if let Some(known) = newest.as_ref()
            && !known.deleted
            && known.digest == digest
            && known.resource_name == *name
        {
            deployed.push(FileVersion {
                file: known.clone(),
                fresh: false,
            });
            continue;
        }
        let version = newest.map_or(0, |newest| newest.version).checked_add(1);
        let version = version.ok_or_else(|| Error::Conflict("too many versions".to_owned()))?;
        let file = DeployedFile {
            key: keys.next_key(),
            kind: file.kind,
            file_id: file.id.clone(),
            version,
            version_tag: file.version_tag.clone(),
            resource_name: name.clone(),
            digest,
            deployment_key: terms.deployment_key,
            deployed_at: terms.now,
            deleted: false,
        };
        let mut rows = batch.tenant(terms.tenant);
        rows.put(&Resource {
            deployment_key: terms.deployment_key,
            name: name.clone(),
            bytes: bytes.clone(),
        });
        rows.put(&file);
        deployed.push(FileVersion { file, fresh: true });
    }
    Ok(deployed)
}

/// Whether a process means, by the binding `deployment`, a file that this deployment made new.
pub(in crate::runtime) fn binds_fresh(graph: &ProcessGraph, deployed: &[FileVersion]) -> bool {
    let is_fresh = |kind: FileKind, id: &Value| {
        let mut fresh = deployed.iter().filter(|v| v.fresh && v.file.kind == kind);
        fresh.any(|version| match id {
            Value::Literal(id) => version.file.file_id == **id,
            Value::Expression(_) => true,
        })
    };
    graph.nodes.iter().any(|node| {
        let mut links = node.extras().linked_resources.iter();
        let form = match &node.kind {
            NodeKind::UserTask(task) => task.form.as_ref(),
            _ => None,
        };
        links.any(|link| {
            link.binding == Binding::Deployment && is_fresh(FileKind::Other, &link.resource_id)
        }) || matches!(form, Some(FormDefinition::Deployed { id, binding: Binding::Deployment })
                if is_fresh(FileKind::Form, id))
    })
}
