//! The end of a version of a file.

use anyam_store::records::{DeployedFile, Resource};
use anyam_store::{Batch, TenantId};

use crate::error::Result;
use crate::runtime::{Inner, commit};

/// Deletes a version of a file; whether there is one. Nobody deploys meanwhile. User tasks and jobs
/// that were told its key keep it.
///
/// # Errors
/// The store's.
pub(in crate::runtime) async fn delete(inner: &Inner, tenant: TenantId, key: u64) -> Result<bool> {
    let mut batch = Batch::new();
    {
        let reader = inner.database.read()?;
        let rows = reader.tenant(tenant);
        let file = rows.get::<DeployedFile>(&key)?;
        let Some(file) = file.filter(|file| !file.deleted) else {
            return Ok(false);
        };
        let mut changed = batch.tenant(tenant);
        let content = (file.deployment_key, &*file.resource_name);
        if let Some(resource) = rows.get::<Resource>(&content)? {
            changed.delete(&resource);
        }
        let deleted = DeployedFile {
            deleted: true,
            ..file.clone()
        };
        changed.replace(&file, &deleted);
    }
    commit(&inner.database, batch).await?;
    Ok(true)
}
