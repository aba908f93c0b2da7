//! The end of deployed resources: versions of DMN files, and versions of processes that nothing runs.
//!
//! A deleted version of a process stays as a row that nothing but history looks at: what ran it is
//! still told by its model, and its number is not given again.

use std::sync::Arc;

use anyam_store::records::{
    ActiveInstances, BlockOwner, DefinitionsByProcess, DeletedByProcess, DeletedDefinition,
    ProcessDefinition,
};
use anyam_store::{Batch, Direction, Reader, TenantId};

use super::catalog::Deployed;
use super::deployment::latest_version;
use super::keys::InstanceKeys;
use super::off_thread::off_thread;
use super::{Inner, Runtime, commit, decisions, files, start_events};
use crate::error::{Error, Result};

/// The version of a process that is the latest once another is deleted, and what starts it.
type Successor = Option<(TenantId, start_events::Noted)>;

impl Runtime {
    /// A tenant's process definition to read the past by, which may be deleted.
    ///
    /// # Errors
    /// The store's.
    pub fn past_definition(&self, tenant: TenantId, key: u64) -> Result<Option<Arc<Deployed>>> {
        self.inner.definition_at(tenant, key, 0)
    }

    /// Deletes a version of a DMN file with its decisions, one of another file, or a version of a process with what
    /// starts it, where nothing runs it. The version before it is the latest again; version
    /// numbers do not come back. What became of its decisions and instances stays.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] for a process with running instances; the store's.
    pub async fn delete_resource(&self, key: u64) -> Result<()> {
        let runtime = self.clone();
        self.to_the_end(async move { runtime.delete_resource_now(key).await })
            .await
    }

    async fn delete_resource_now(&self, key: u64) -> Result<()> {
        let inner = &self.inner;
        let _deploying = inner.deploying.lock().await;
        let _no_change = inner.correlation.gathering.lock().await;
        let missing = || Error::NotFound(format!("there is no deployed resource {key}"));
        let tenant = self.locate(key)?.ok_or_else(missing)?.tenant;
        if decisions::delete(inner, tenant, key).await? {
            return Ok(());
        }
        if files::delete(inner, tenant, key).await? {
            return Ok(());
        }
        let found = inner.database.read()?.tenant(tenant).get(&key)?;
        let definition = found.ok_or_else(missing)?;
        self.delete_definition(tenant, definition).await
    }

    async fn delete_definition(
        &self,
        tenant: TenantId,
        definition: ProcessDefinition,
    ) -> Result<()> {
        let inner = &self.inner;
        let counting = inner.clone();
        let key = definition.key;
        let running = off_thread(move || running(&counting, tenant, key)).await;
        let running = running.map_err(|error| Error::Internal(error.to_string()))??;
        if running > 0 {
            let instances = match running {
                1 => "1 process instance runs".to_owned(),
                many => format!("{many} process instances run"),
            };
            return Err(Error::Conflict(format!(
                "{instances} version {} of process '{}'; cancel or migrate them first",
                definition.version, definition.process_id
            )));
        }
        let mut batch = Batch::new();
        let successor = {
            let reader = inner.database.read()?;
            start_events::forget(&reader, tenant, &definition, &mut batch)?;
            batch.tenant(tenant).delete(&definition);
            let successor = succeed(inner, &reader, (tenant, &definition), &mut batch)?;
            batch.tenant(tenant).put(&DeletedDefinition {
                deleted_at: inner.now().0,
                definition,
            });
            successor
        };
        commit(&inner.database, batch).await?;
        inner.catalog.forget_definition(key);
        if let Some((tenant, noted)) = successor {
            start_events::noted(inner, tenant, noted);
        }
        Ok(())
    }
}

/// The latest version number of a process that was given to a version that was deleted since.
///
/// # Errors
/// The store's.
pub(super) fn last_deleted(reader: &Reader, tenant: TenantId, process_id: &str) -> Result<i32> {
    let mut deleted = reader
        .tenant(tenant)
        .index::<DeletedByProcess>((process_id,), Direction::Reverse);
    let last = deleted.next().transpose()?;
    Ok(last.map_or(0, |last| last.definition.version))
}

/// How many instances run a definition.
fn running(inner: &Inner, tenant: TenantId, definition: u64) -> Result<usize> {
    let reader = inner.database.read()?;
    let active = reader
        .tenant(tenant)
        .index::<ActiveInstances>((), Direction::Forward);
    let mut count = 0;
    for instance in active {
        count += usize::from(instance?.definition_key == definition);
    }
    Ok(count)
}

/// Has the version before the latest one, which is deleted, started by its events again.
fn succeed(
    inner: &Inner,
    reader: &Reader,
    (tenant, deleted): (TenantId, &ProcessDefinition),
    batch: &mut Batch,
) -> Result<Successor> {
    let latest = latest_version(reader, tenant, &deleted.process_id)?;
    if latest.is_none_or(|latest| latest.key != deleted.key) {
        return Ok(None);
    }
    let mut versions = reader
        .tenant(tenant)
        .index::<DefinitionsByProcess>((&*deleted.process_id,), Direction::Reverse)
        .after(&(&*deleted.process_id, deleted.version));
    let Some(before) = versions.next().transpose()? else {
        return Ok(None);
    };
    let Some(deployed) = inner.definition(tenant, before.key)? else {
        return Ok(None);
    };
    let mut keys = InstanceKeys::of_new(inner.database.next_block());
    let mut noted = start_events::Noted::default();
    let mut source = keys.source(&inner.database);
    if let Err(findings) = start_events::note(inner, &deployed, &mut source, batch, &mut noted) {
        // Its time has no value any more, such as a date of the past: it is started by hand.
        tracing::warn!(
            process = before.process_id,
            version = before.version,
            ?findings,
            "what starts the process is not known any more"
        );
    }
    drop(source);
    for block in keys.taken {
        batch.system().put(&BlockOwner {
            block,
            tenant: tenant.0,
            instance: before.deployment_key,
        });
    }
    Ok(Some((tenant, noted)))
}
