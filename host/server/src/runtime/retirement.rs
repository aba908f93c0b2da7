//! The end of step versions: nothing new is bound to a retired one, and one that nothing can use
//! any more may be removed.

use std::collections::HashMap;

use anyam_store::records::{
    ActiveInstances, BindingRevision, DeletedDefinition, InstanceBlob, ProcessDefinition, Rollout,
    StepBinding, StepVersion,
};
use anyam_store::{Batch, Direction, TenantId, TenantReader};

use super::{Runtime, commit, compatibility, instance};
use crate::error::{Error, Result};

impl Runtime {
    /// Marks a step version so that nothing new is bound to it. What is bound to it stays so.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] while it is rolled out; the store's.
    pub async fn retire_step(&self, tenant: TenantId, name: &str, version: &str) -> Result<()> {
        let inner = &self.inner;
        let _deploying = inner.deploying.lock().await;
        let mut batch = Batch::new();
        {
            let reader = inner.database.read()?;
            let rows = reader.tenant(tenant);
            let record = rows.get::<StepVersion>(&(name, version))?;
            let record = record.ok_or_else(|| {
                Error::NotFound(format!("the tenant has no step {name} {version}"))
            })?;
            if let Some(why) = rolled_out(rows, name, version)? {
                return Err(Error::Conflict(format!("step {name} {version} {why}")));
            }
            if record.retired_at.is_some() {
                return Ok(());
            }
            let retired = StepVersion {
                retired_at: Some(inner.now().0),
                ..record.clone()
            };
            batch.tenant(tenant).replace(&record, &retired);
        }
        commit(&inner.database, batch).await
    }

    /// Removes a step version that nothing can use: no latest version of a process is bound to it,
    /// no running instance, and no rollout names it. Older versions of processes that are bound to
    /// it cannot be started any more.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] saying what uses it; the store's.
    pub async fn delete_step(&self, tenant: TenantId, name: &str, version: &str) -> Result<()> {
        let inner = &self.inner;
        let _deploying = inner.deploying.lock().await;
        let used = {
            let reader = inner.database.read()?;
            user(reader.tenant(tenant), name, version)?
        };
        if let Some(why) = used {
            return Err(Error::Conflict(format!("step {name} {version} {why}")));
        }
        inner.steps.delete(tenant, name, version).await?;
        // What was compiled with it would still call it.
        inner.catalog.forget_tenant(tenant);
        Ok(())
    }
}

fn rolled_out(rows: TenantReader<'_>, name: &str, version: &str) -> Result<Option<String>> {
    let rollout = rows.get::<Rollout>(&name)?;
    let named = rollout.is_some_and(|rollout| {
        rollout.version == version || rollout.previous.as_deref() == Some(version)
    });
    Ok(named.then(|| "is part of a rollout; roll it back first".to_owned()))
}

/// What uses a step version, as the rest of a sentence.
fn user(rows: TenantReader<'_>, name: &str, version: &str) -> Result<Option<String>> {
    if let Some(why) = rolled_out(rows, name, version)? {
        return Ok(Some(why));
    }
    let uses = |bindings: &[StepBinding]| {
        let mut bindings = bindings.iter();
        bindings.any(|binding| binding.step_name == name && binding.step_version == version)
    };
    for latest in compatibility::latest(rows)? {
        if uses(&latest.bindings) {
            return Ok(Some(format!(
                "is used by the latest version {} of process '{}'",
                latest.version, latest.process_id
            )));
        }
    }
    // By definition: whether the revision 0 uses it, and which others do.
    let mut users: HashMap<u64, Vec<u32>> = HashMap::new();
    let live = rows.scan::<ProcessDefinition>((), Direction::Forward);
    // One that was deleted while an instance began is still run by it.
    let deleted = rows.scan::<DeletedDefinition>((), Direction::Forward);
    let deleted = deleted.map(|row| row.map(|row| row.definition));
    for definition in live.chain(deleted) {
        let definition = definition?;
        if uses(&definition.bindings) {
            users.entry(definition.key).or_default().push(0);
        }
    }
    for revision in rows.scan::<BindingRevision>((), Direction::Forward) {
        let revision = revision?;
        // Instances of a replaced one follow to the next.
        if revision.replaced_by.is_none() && uses(&revision.bindings) {
            let of = users.entry(revision.definition).or_default();
            of.push(revision.revision);
        }
    }
    if users.is_empty() {
        return Ok(None);
    }
    for row in rows.index::<ActiveInstances>((), Direction::Forward) {
        let row = row?;
        let Some(revisions) = users.get(&row.definition_key) else {
            continue;
        };
        let blob = rows.get::<InstanceBlob>(&row.key)?;
        let revision = blob.and_then(|blob| instance::revision_in(&blob.bytes));
        let Some(revision) = revision else { continue };
        if revisions.contains(&followed(rows, row.definition_key, revision)?) {
            return Ok(Some(format!(
                "is used by the running process instance {} of process '{}' version {}",
                row.key, row.process_id, row.process_version
            )));
        }
    }
    Ok(None)
}

/// The revision that the instances of a revision go on with.
fn followed(rows: TenantReader<'_>, definition: u64, mut revision: u32) -> Result<u32> {
    for _ in 0..1_000 {
        let row = match revision {
            0 => None,
            _ => rows.get::<BindingRevision>(&(definition, revision))?,
        };
        match row.and_then(|row| row.replaced_by) {
            Some(next) => revision = next,
            None => break,
        }
    }
    Ok(revision)
}
