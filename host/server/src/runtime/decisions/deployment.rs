//! The decisions of a deployment.

use std::collections::HashSet;

use anyam_bpmn::graph::{Binding, NodeKind, ProcessGraph, Value};
use anyam_engine::key::KeySource;
use anyam_store::records::{Decision, DecisionRequirements, Resource};
use anyam_store::{Batch, Reader, TenantId};
use sha2::{Digest, Sha256};

use super::CheckedDecisions;
use super::lookup;
use crate::error::{Error, Result};
use crate::runtime::requests::ResourceFile;

/// A version of a DMN file and of each of its decisions.
#[derive(Clone, Debug)]
pub struct DeployedDecisions {
    /// The file.
    pub requirements: DecisionRequirements,
    /// Its decisions, in its order.
    pub decisions: Vec<Decision>,
    /// Whether this deployment made the versions.
    pub(crate) fresh: bool,
}

/// What the versions of a deployment are made with.
pub(crate) struct Terms<'a> {
    pub reader: &'a Reader,
    pub tenant: TenantId,
    pub files: &'a [ResourceFile],
    pub deployment_key: u64,
    pub now: i64,
}

/// Gives every file its version: that of the last time where it and all that it imports are the
/// same, else a new one, whose rows are added to `batch`.
///
/// # Errors
/// The store's; [`Error::Conflict`] past the last version number.
pub(crate) fn add(
    terms: &Terms<'_>,
    keys: &mut dyn KeySource,
    checked: &[CheckedDecisions],
    batch: &mut Batch,
) -> Result<Vec<DeployedDecisions>> {
    let Terms { reader, tenant, .. } = *terms;
    let mut resources = HashSet::new();
    let mut deployed = Vec::new();
    for file in checked {
        let main = &terms.files[file.file];
        let digest = digest(file, terms.files);
        let rows = reader.tenant(tenant);
        let latest = lookup::newest_requirements(rows, &file.definitions.id)?;
        if let Some(latest) = &latest
            && !latest.deleted
            && latest.digest == digest
            && latest.resource_name == main.name
        {
            deployed.push(DeployedDecisions {
                decisions: lookup::decisions_of(rows, latest.key)?,
                requirements: latest.clone(),
                fresh: false,
            });
            continue;
        }
        let requirements = DecisionRequirements {
            key: keys.next_key(),
            requirements_id: file.definitions.id.to_string(),
            version: after(latest.map(|latest| latest.version))?,
            name: file.definitions.name.to_string(),
            resource_name: main.name.clone(),
            digest,
            imports: file
                .imports
                .iter()
                .map(|at| terms.files[*at].name.clone())
                .collect(),
            deployment_key: terms.deployment_key,
            deployed_at: terms.now,
            deleted: false,
        };
        let mut decisions = Vec::new();
        for decision in &file.definitions.decisions {
            let latest = lookup::newest(rows, &decision.id)?;
            decisions.push(Decision {
                key: keys.next_key(),
                decision_id: decision.id.to_string(),
                version: after(latest.map(|latest| latest.version))?,
                version_tag: decision.version_tag.as_deref().map(str::to_owned),
                name: decision.name.to_string(),
                requirements_key: requirements.key,
                requirements_id: requirements.requirements_id.clone(),
                requirements_version: requirements.version,
                requirements_name: requirements.name.clone(),
                deployment_key: terms.deployment_key,
                deleted: false,
            });
        }
        let mut rows = batch.tenant(tenant);
        for at in file.imports.iter().chain([&file.file]) {
            let ResourceFile { name, bytes } = &terms.files[*at];
            if resources.insert(*at) {
                rows.put(&Resource {
                    deployment_key: terms.deployment_key,
                    name: name.clone(),
                    bytes: bytes.clone(),
                });
            }
        }
        rows.put(&requirements);
        for decision in &decisions {
            rows.put(decision);
        }
        deployed.push(DeployedDecisions {
            requirements,
            decisions,
            fresh: true,
        });
    }
    Ok(deployed)
}

/// Whether a process means, by the binding `deployment`, a decision that this deployment made new.
pub(crate) fn binds_fresh(graph: &ProcessGraph, deployed: &[DeployedDecisions]) -> bool {
    let fresh = || {
        let files = deployed.iter().filter(|file| file.fresh);
        files.flat_map(|file| &file.decisions)
    };
    graph.nodes.iter().any(|node| match &node.kind {
        NodeKind::BusinessRuleTask(called) if called.binding == Binding::Deployment => {
            match &called.decision_id {
                Value::Literal(id) => fresh().any(|decision| decision.decision_id == **id),
                Value::Expression(_) => fresh().next().is_some(),
            }
        }
        _ => false,
    })
}

fn after(latest: Option<i32>) -> Result<i32> {
    let next = latest.unwrap_or(0).checked_add(1);
    next.ok_or_else(|| Error::Conflict("too many versions".to_owned()))
}

/// Stands for the content of a file and of all that it imports.
fn digest(file: &CheckedDecisions, files: &[ResourceFile]) -> [u8; 32] {
    let of = |at: &usize| -> [u8; 32] { Sha256::digest(&files[*at].bytes).into() };
    let mut imported: Vec<[u8; 32]> = file.imports.iter().map(of).collect();
    imported.sort_unstable();
    let mut all = Sha256::new();
    all.update(of(&file.file));
    for digest in imported {
        all.update(digest);
    }
    all.finalize().into()
}
