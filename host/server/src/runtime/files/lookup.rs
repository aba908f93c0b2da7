//! Which stored version of a file is meant.

use std::cell::RefCell;

use anyam_bpmn::graph::Binding;
use anyam_engine::key::ResourceKey;
use anyam_engine::{ResourceKind, Resources};
use anyam_store::records::{DeployedFile, FileKind, FilesById};
use anyam_store::{Direction, TenantId, TenantReader};

use crate::error::Result;
use crate::runtime::Inner;
use crate::runtime::catalog::Deployed;

/// The version of a file with the highest number, deleted or not.
pub(super) fn newest(
    rows: TenantReader<'_>,
    kind: FileKind,
    id: &str,
) -> Result<Option<DeployedFile>> {
    let mut versions = rows.index::<FilesById>((kind as u8, id), Direction::Reverse);
    Ok(versions.next().transpose()?)
}

/// The version that a process of a deployment means. What a deployment found unchanged was deployed
/// before it.
fn bound(
    rows: TenantReader<'_>,
    (kind, id): (FileKind, &str),
    binding: &Binding,
    deployment: u64,
) -> Result<Option<DeployedFile>> {
    let fits = |file: &DeployedFile| match binding {
        Binding::Latest => true,
        Binding::Deployment => file.deployment_key <= deployment,
        Binding::VersionTag(tag) => file.version_tag.as_deref() == Some(tag),
    };
    for version in rows.index::<FilesById>((kind as u8, id), Direction::Reverse) {
        let version = version?;
        if !version.deleted && fits(&version) {
            return Ok(Some(version));
        }
    }
    Ok(None)
}

/// Finds files for one command to an instance. What was found stays the same for the whole command.
pub(in crate::runtime) struct CommandFiles<'a> {
    inner: &'a Inner,
    tenant: TenantId,
    deployment: u64,
    found: RefCell<Vec<Found>>,
}

struct Found {
    kind: ResourceKind,
    id: Box<str>,
    binding: Binding,
    key: std::result::Result<ResourceKey, String>,
}

impl<'a> CommandFiles<'a> {
    /// For a command to an instance of a process.
    pub(in crate::runtime) fn of(inner: &'a Inner, deployed: &Deployed) -> Self {
        Self {
            inner,
            tenant: deployed.tenant,
            deployment: deployed.record.deployment_key,
            found: RefCell::default(),
        }
    }

    fn look(
        &self,
        kind: ResourceKind,
        id: &str,
        binding: &Binding,
    ) -> std::result::Result<ResourceKey, String> {
        let (stored, what) = match kind {
            ResourceKind::Form => (FileKind::Form, "form"),
            ResourceKind::Other => (FileKind::Other, "resource"),
        };
        let unreadable = |error| format!("the {what} '{id}' cannot be read: {error}");
        let reader = self.inner.database.read();
        let reader = reader.map_err(|error| unreadable(error.into()))?;
        let rows = reader.tenant(self.tenant);
        let file = bound(rows, (stored, id), binding, self.deployment).map_err(unreadable)?;
        let file = file.ok_or_else(|| match binding {
            Binding::Latest => format!("there is no {what} '{id}'; deploy it"),
            Binding::Deployment => {
                format!("there was no {what} '{id}' when the process was deployed")
            }
            Binding::VersionTag(tag) => {
                format!("there is no {what} '{id}' with the version tag '{tag}'; deploy it")
            }
        })?;
        Ok(ResourceKey(file.key))
    }
}

impl Resources for CommandFiles<'_> {
    fn find(
        &self,
        kind: ResourceKind,
        id: &str,
        binding: &Binding,
    ) -> std::result::Result<ResourceKey, String> {
        let mut found = self.found.borrow_mut();
        let known = found
            .iter()
            .find(|known| known.kind == kind && *known.id == *id && known.binding == *binding);
        if let Some(known) = known {
            return known.key.clone();
        }
        let key = self.look(kind, id, binding);
        found.push(Found {
            kind,
            id: id.into(),
            binding: binding.clone(),
            key: key.clone(),
        });
        key
    }
}
