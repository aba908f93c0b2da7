//! The files of a case that are no models: forms, and what jobs are linked to.
//!
//! The key of a file is its number among all that were deployed, from 1.

use anyam_bpmn::graph::Binding;
use anyam_engine::key::ResourceKey;
use anyam_engine::{ResourceKind, Resources};
use serde_json::Value;

/// Every version of every file, oldest first.
#[derive(Default)]
pub struct ResourceVersions(Vec<Version>);

struct Version {
    kind: ResourceKind,
    id: String,
    tag: Option<String>,
    deployment: usize,
}

impl ResourceVersions {
    /// Adds a file. A form, and whatever else is JSON, says its id and version tag itself.
    pub fn deploy(&mut self, name: &str, bytes: &[u8], deployment: usize) {
        let content: Value = serde_json::from_slice(bytes).unwrap_or_default();
        let text = |member: &str| content[member].as_str().map(str::to_owned);
        let kind = match name.ends_with(".form") {
            true => ResourceKind::Form,
            false => ResourceKind::Other,
        };
        self.0.push(Version {
            kind,
            id: text("id").unwrap_or_else(|| name.to_owned()),
            tag: text("versionTag"),
            deployment,
        });
    }

    /// As a process of a deployment sees them.
    pub fn of(&self, deployment: usize) -> Seen<'_> {
        Seen {
            versions: &self.0,
            deployment,
        }
    }
}

pub struct Seen<'a> {
    versions: &'a [Version],
    deployment: usize,
}

impl Resources for Seen<'_> {
    fn find(&self, kind: ResourceKind, id: &str, binding: &Binding) -> Result<ResourceKey, String> {
        let fits = |version: &Version| match binding {
            Binding::Latest => true,
            Binding::Deployment => version.deployment == self.deployment,
            Binding::VersionTag(tag) => version.tag.as_deref() == Some(tag),
        };
        let found = self
            .versions
            .iter()
            .rposition(|version| version.kind == kind && version.id == *id && fits(version));
        let found = found.map(|at| ResourceKey(at as u64 + 1));
        found.ok_or_else(|| format!("there is no {kind:?} '{id}' for the binding {binding:?}"))
    }
}
