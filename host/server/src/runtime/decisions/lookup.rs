//! Which stored version is meant.

use anyam_bpmn::graph::Binding;
use anyam_store::records::{
    Decision, DecisionRequirements, DecisionsById, DecisionsByRequirements, RequirementsById,
};
use anyam_store::{Direction, TenantReader};

use crate::error::Result;

/// The version of a DMN file with the highest number, deleted or not.
pub(super) fn newest_requirements(
    rows: TenantReader<'_>,
    id: &str,
) -> Result<Option<DecisionRequirements>> {
    let mut versions = rows.index::<RequirementsById>((id,), Direction::Reverse);
    Ok(versions.next().transpose()?)
}

/// The version of a decision with the highest number, deleted or not.
pub(super) fn newest(rows: TenantReader<'_>, id: &str) -> Result<Option<Decision>> {
    let mut versions = rows.index::<DecisionsById>((id,), Direction::Reverse);
    Ok(versions.next().transpose()?)
}

/// The latest version of a decision.
pub(super) fn latest(rows: TenantReader<'_>, id: &str) -> Result<Option<Decision>> {
    latest_with(rows, id, |_| true)
}

fn latest_with(
    rows: TenantReader<'_>,
    id: &str,
    fits: impl Fn(&Decision) -> bool,
) -> Result<Option<Decision>> {
    for version in rows.index::<DecisionsById>((id,), Direction::Reverse) {
        let version = version?;
        if !version.deleted && fits(&version) {
            return Ok(Some(version));
        }
    }
    Ok(None)
}

/// The decisions of a version of a file, in the file's order.
pub(super) fn decisions_of(rows: TenantReader<'_>, requirements: u64) -> Result<Vec<Decision>> {
    let found = rows.index::<DecisionsByRequirements>((requirements,), Direction::Forward);
    Ok(found.collect::<anyam_store::Result<_>>()?)
}

/// The version that was the latest when a deployment was made, that deployment included.
pub(super) fn latest_of_deployment(
    rows: TenantReader<'_>,
    id: &str,
    deployment: u64,
) -> Result<Option<Decision>> {
    latest_with(rows, id, |version| version.deployment_key <= deployment)
}

/// The version that a process of a deployment means.
///
/// # Errors
/// The store's.
pub(super) fn bound(
    rows: TenantReader<'_>,
    id: &str,
    binding: &Binding,
    deployment: u64,
) -> Result<Option<Decision>> {
    match binding {
        Binding::Latest => latest(rows, id),
        Binding::Deployment => latest_of_deployment(rows, id, deployment),
        Binding::VersionTag(tag) => latest_with(rows, id, |version| {
            version.version_tag.as_deref() == Some(tag)
        }),
    }
}
