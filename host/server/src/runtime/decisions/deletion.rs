//! The end of a version of a DMN file.

use anyam_store::records::{Decision, DecisionRequirements, Resource};
use anyam_store::{Batch, Direction, TenantId, TenantReader};

use super::lookup;
use crate::error::Result;
use crate::runtime::{Inner, commit};

/// Deletes a version of a DMN file with its decisions; whether there is one. Nobody deploys
/// meanwhile.
///
/// # Errors
/// The store's.
pub(in crate::runtime) async fn delete(inner: &Inner, tenant: TenantId, key: u64) -> Result<bool> {
    let mut batch = Batch::new();
    {
        let reader = inner.database.read()?;
        let rows = reader.tenant(tenant);
        let file = rows.get::<DecisionRequirements>(&key)?;
        let Some(file) = file.filter(|file| !file.deleted) else {
            return Ok(false);
        };
        let mut changed = batch.tenant(tenant);
        for name in unused(rows, &file)? {
            if let Some(resource) = rows.get::<Resource>(&(file.deployment_key, &name))? {
                changed.delete(&resource);
            }
        }
        for decision in lookup::decisions_of(rows, key)? {
            let deleted = Decision {
                deleted: true,
                ..decision.clone()
            };
            changed.replace(&decision, &deleted);
        }
        let deleted = DecisionRequirements {
            deleted: true,
            ..file.clone()
        };
        changed.replace(&file, &deleted);
    }
    commit(&inner.database, batch).await?;
    inner.decisions.forget(key);
    Ok(true)
}

/// The resources that nothing but this file of its deployment needs.
fn unused(rows: TenantReader<'_>, file: &DecisionRequirements) -> Result<Vec<String>> {
    let mut names = file.imports.clone();
    names.push(file.resource_name.clone());
    // Deployments are stored one after the other, so the files of one stand together.
    let scan = rows.scan::<DecisionRequirements>((), Direction::Forward);
    for other in scan.after(&file.deployment_key) {
        let other = other?;
        if other.deployment_key != file.deployment_key {
            break;
        }
        if other.key != file.key && !other.deleted {
            names.retain(|name| *name != other.resource_name && !other.imports.contains(name));
        }
    }
    Ok(names)
}
