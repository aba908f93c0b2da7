//! The end of a version of a DMN file.

use anyam_store::records::{Decision, DecisionRequirements, ProcessDefinition, Resource};
use anyam_store::{Batch, Direction, TenantReader};

use super::lookup;
use crate::error::{Error, Result};
use crate::runtime::{Runtime, commit};

impl Runtime {
    /// Deletes a version of a DMN file with its decisions. The versions before it are the latest
    /// again; its version numbers do not come back. What became of its decisions stays.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] for a process, which cannot be deleted; the store's.
    pub async fn delete_resource(&self, key: u64) -> Result<()> {
        let inner = &self.inner;
        let _deploying = inner.deploying.lock().await;
        let missing = || Error::NotFound(format!("there is no deployed resource {key}"));
        let tenant = self.locate(key)?.ok_or_else(missing)?.tenant;
        let mut batch = Batch::new();
        {
            let reader = inner.database.read()?;
            let rows = reader.tenant(tenant);
            let Some(file) = rows.get::<DecisionRequirements>(&key)? else {
                return Err(match rows.get::<ProcessDefinition>(&key)? {
                    Some(_) => Error::Conflict(format!(
                        "resource {key} is a process definition; only versions of DMN files can \
                         be deleted, by their decisionRequirementsKey"
                    )),
                    None => missing(),
                });
            };
            if file.deleted {
                return Err(missing());
            }
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
        Ok(())
    }
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
