//! What every part of the runtime shares: time, chance, who owns a key, the way to an instance, and
//! commits.

use std::sync::Arc;

use anyam_engine::value::Timestamp;
use anyam_store::{BLOCK, Batch, Database, StoreError, TenantId};
use tokio::sync::oneshot;

use super::catalog::Deployed;
use super::requests::{Address, Reply};
use super::shard::{self, Envelope, Request, Shard};
use super::{Inner, Runtime};
use crate::error::{Error, Result};

impl Runtime {
    /// Does some work to its end, also where the caller stops waiting: what is committed is then
    /// followed up.
    ///
    /// # Errors
    /// The work's.
    pub(super) async fn to_the_end<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        match self.inner.tasks.spawn(work).await {
            Ok(done) => done,
            Err(error) if error.is_cancelled() => Err(interrupted()),
            Err(error) => Err(Error::Internal(error.to_string())),
        }
    }
}

impl Inner {
    /// Where the random functions of one command's expressions begin.
    pub(super) fn seed(&self) -> anyam_feel::Seed {
        let mut seed = [0; 8];
        self.randomness.fill(&mut seed);
        anyam_feel::Seed(u64::from_le_bytes(seed))
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn shard(&self, instance: u64) -> &Shard {
        let at = (instance / BLOCK) % self.shards.len() as u64;
        &self.shards[usize::try_from(at).expect("less than the number of shards")]
    }

    pub(super) fn locate(&self, key: u64) -> Result<Option<Address>> {
        let owner = self.database.read()?.owner_of(key)?;
        Ok(owner.map(|owner| Address {
            tenant: TenantId(owner.tenant),
            instance: owner.instance,
        }))
    }

    /// A definition with the bindings of its deployment, for what begins now.
    pub(super) fn definition(&self, tenant: TenantId, key: u64) -> Result<Option<Arc<Deployed>>> {
        let found = self.definition_at(tenant, key, 0)?;
        Ok(found.filter(|found| !found.deleted))
    }

    /// A definition with the bindings that a revision of it stands for now. It may be deleted: an
    /// instance that began at the same time goes on.
    pub(super) fn definition_at(
        &self,
        tenant: TenantId,
        key: u64,
        revision: u32,
    ) -> Result<Option<Arc<Deployed>>> {
        if let Some(known) = self.catalog.known(tenant, (key, revision)) {
            return Ok(Some(known));
        }
        let bindings = self.current_revision(tenant, key, revision)?;
        let named = (tenant, self.tenants.name(tenant));
        let limits = || self.limits_of_stored(tenant);
        let at = (key, bindings);
        self.catalog.get(&self.database, &limits, named, at)
    }

    /// Sends a request to an instance and waits for the answer.
    pub(super) async fn send(
        self: &Arc<Self>,
        address: Address,
        request: Request,
    ) -> Result<Reply> {
        let (reply, answer) = oneshot::channel();
        shard::push(
            self,
            address,
            Envelope {
                request,
                reply: Some(reply),
            },
        )?;
        answer.await.unwrap_or_else(|_| Err(interrupted()))
    }
}

/// The answer to a request whose work was dropped without one.
pub(super) fn interrupted() -> Error {
    Error::Unavailable("the server stopped working on this request; try again".to_owned())
}

/// Commits a batch and waits until it is durable.
///
/// # Errors
/// The store's; nothing is stored then.
pub(crate) async fn commit(database: &Database, batch: Batch) -> Result<()> {
    Ok(committed(database, batch).await?)
}

pub(super) async fn committed(database: &Database, batch: Batch) -> Result<(), StoreError> {
    let (done, wait) = oneshot::channel();
    database.submit(batch, move |result| {
        // Nobody waits any more where the caller was dropped.
        let _ = done.send(result);
    })?;
    wait.await.unwrap_or(Err(StoreError::Closed))
}
