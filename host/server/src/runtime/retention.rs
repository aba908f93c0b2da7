//! What is over is removed once it is old: process instances with everything that belongs to them,
//! and decisions that requests asked for. What was used stays counted.
//!
//! Instances are looked at in the order of their keys, which is that of their starts, so that
//! nothing has to be written beforehand to find those that are old. Each tenant has an age of its
//! own (`retention` of its limits).

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;

use anyam_store::records::{
    BlockOwner, CorrelatedMessage, DecisionInstance, DecisionInstancesByProcess, ElementInstance,
    HistorySegment, Incident, InstanceState, Job, Outgoing, ProcessInstance, UserTask, Variable,
};
use anyam_store::{
    BLOCK, Batch, Direction, Reader, Record, Result as StoreResult, StoreError, TenantId,
    TenantOwned,
};

use super::{Inner, committed};
use crate::error::Result;

/// Instances in a row that have begun after the time in question, behind which no older ones are
/// looked for. Keys and times may differ by as much as a clock was set.
const YOUNG: usize = 256;

/// Removes what is old until the server stops.
pub(super) async fn serve(inner: Arc<Inner>) {
    loop {
        let pause = inner.limits.runtime.retention_interval;
        tokio::select! {
            biased;
            () = inner.clock.sleep(pause) => {}
            () = inner.stopping.cancelled() => return,
        }
        for tenant in inner.tenants.all() {
            match sweep(&inner, tenant).await {
                Ok(ControlFlow::Continue(())) => {}
                Ok(ControlFlow::Break(())) => return,
                Err(error) => tracing::warn!(%tenant, %error, "old instances are not removed"),
            }
        }
    }
}

/// Removes what is old of one tenant, a little at a time; broken off where the server stops.
async fn sweep(inner: &Arc<Inner>, tenant: TenantId) -> Result<ControlFlow<()>> {
    let limits = inner.limits_of(tenant);
    let limits = &limits.runtime;
    let age = i64::try_from(limits.retention.as_millis()).unwrap_or(i64::MAX);
    // Nothing is older than the count of time.
    let Some(since) = inner.now().0.checked_sub(age).filter(|since| *since >= 0) else {
        return Ok(ControlFlow::Continue(()));
    };
    let mut next = Some(0);
    while let Some(after) = next {
        let (old, at) = {
            let reader = inner.database.read()?;
            find(&reader, tenant, since, after, limits.retention_rows)?
        };
        for instance in old {
            while remove(inner, tenant, (instance, since)).await? {
                if rest(inner).await.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        next = at;
        if rest(inner).await.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    while remove_decisions(inner, tenant, since).await? {
        if rest(inner).await.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// Lets others have the store.
async fn rest(inner: &Inner) -> ControlFlow<()> {
    tokio::select! {
        biased;
        () = inner.stopping.cancelled() => ControlFlow::Break(()),
        () = inner.clock.sleep(inner.limits.runtime.retention_pause) => ControlFlow::Continue(()),
    }
}

/// Instances behind the key `after` that ended at `since` or before, among the next `rows`, and the
/// key to go on behind.
fn find(
    reader: &Reader,
    tenant: TenantId,
    since: i64,
    after: u64,
    rows: usize,
) -> StoreResult<(Vec<u64>, Option<u64>)> {
    let (mut old, mut young, mut last) = (Vec::new(), 0, None);
    let all = reader
        .tenant(tenant)
        .scan::<ProcessInstance>((), Direction::Forward);
    for (seen, row) in all.after(&after).enumerate() {
        let row = row?;
        if seen == rows {
            return Ok((old, last));
        }
        last = Some(row.key);
        young = if row.started_at > since { young + 1 } else { 0 };
        if young == YOUNG {
            break;
        }
        if is_old(reader, tenant, &row, since)? {
            old.push(row.key);
        }
    }
    Ok((old, None))
}

/// Whether an instance may go. One that was called stays as long as what called it in the first
/// place is active, and one that has sent something stays until that was taken.
fn is_old(
    reader: &Reader,
    tenant: TenantId,
    row: &ProcessInstance,
    since: i64,
) -> StoreResult<bool> {
    if row.state == InstanceState::Active || row.ended_at.is_none_or(|ended| ended > since) {
        return Ok(false);
    }
    if let Some(parent) = row.parent {
        let root = reader.tenant(tenant).get::<ProcessInstance>(&parent.root)?;
        if root.is_some_and(|root| root.state == InstanceState::Active) {
            return Ok(false);
        }
    }
    let sent = reader.system();
    let mut sent = sent.scan::<Outgoing>((row.key,), Direction::Forward);
    Ok(sent.next().transpose()?.is_none())
}

/// Removes some rows of an instance, its own last; whether there are more.
async fn remove(inner: &Inner, tenant: TenantId, (instance, since): (u64, i64)) -> Result<bool> {
    let (batch, more) = {
        let reader = inner.database.read()?;
        let mut removal = Removal::new(&reader, tenant, inner.limits.runtime.retention_rows);
        let more = removal.instance(instance, since)?;
        (removal.batch, more)
    };
    match committed(&inner.database, batch).await {
        Ok(()) => Ok(more),
        // Somebody has changed the instance: it is looked at again with the next sweep.
        Err(StoreError::Conflict { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Removes some decisions that requests have asked for; whether there may be more.
async fn remove_decisions(inner: &Inner, tenant: TenantId, since: i64) -> Result<bool> {
    let rows = inner.limits.runtime.retention_rows;
    let (batch, more) = {
        let reader = inner.database.read()?;
        let mut removal = Removal::new(&reader, tenant, rows);
        let all = reader
            .tenant(tenant)
            .scan::<DecisionInstance>((), Direction::Forward);
        let mut young = 0;
        for made in all {
            let made = made?;
            young = if made.evaluated_at > since {
                young + 1
            } else {
                0
            };
            if young == YOUNG || removal.left == 0 {
                break;
            }
            // Those of process instances go with these.
            if made.instance == 0 && made.evaluated_at <= since {
                removal.row(&made);
            }
        }
        let more = removal.left == 0;
        (removal.batch, more)
    };
    if !batch.is_empty() {
        committed(&inner.database, batch).await?;
    }
    Ok(more)
}

/// Rows that go in one commit.
struct Removal<'r> {
    reader: &'r Reader,
    tenant: TenantId,
    batch: Batch,
    /// How many more may go.
    left: usize,
    blocks: BTreeSet<u64>,
}

impl<'r> Removal<'r> {
    fn new(reader: &'r Reader, tenant: TenantId, rows: usize) -> Self {
        Self {
            reader,
            tenant,
            batch: Batch::new(),
            left: rows,
            blocks: BTreeSet::new(),
        }
    }

    fn row<R: Record<Owner = TenantOwned>>(&mut self, record: &R) {
        self.batch.tenant(self.tenant).delete(record);
        self.left -= 1;
    }

    /// What belongs to an instance, and the instance itself once there is nothing else; whether
    /// there is more.
    fn instance(&mut self, instance: u64, since: i64) -> StoreResult<bool> {
        self.rows::<ElementInstance>(instance)?;
        self.rows::<Variable>(instance)?;
        self.rows::<Job>(instance)?;
        self.rows::<UserTask>(instance)?;
        self.rows::<Incident>(instance)?;
        self.rows::<CorrelatedMessage>(instance)?;
        self.rows::<HistorySegment>(instance)?;
        let rows = self.reader.tenant(self.tenant);
        let made = rows.index::<DecisionInstancesByProcess>((instance,), Direction::Forward);
        for made in made.take(self.left) {
            self.row(&made?);
        }
        if self.left == 0 {
            // What has a row yet is found by the instance, not by its keys.
            self.blocks.remove(&block(instance));
            self.owners(instance)?;
            return Ok(true);
        }
        let stamped = rows.stamped::<ProcessInstance>(&instance)?;
        if let Some((row, stamp)) = stamped
            && is_old(self.reader, self.tenant, &row, since)?
        {
            self.batch
                .tenant(self.tenant)
                .expect::<ProcessInstance>(&instance, Some(stamp))
                .delete(&row);
            self.blocks.insert(block(instance));
        }
        self.owners(instance)?;
        Ok(false)
    }

    fn rows<R>(&mut self, instance: u64) -> StoreResult<()>
    where
        R: for<'k> Record<Owner = TenantOwned, Key<'k> = (u64, u64)>,
    {
        let rows = self.reader.tenant(self.tenant);
        for record in rows
            .scan::<R>((instance,), Direction::Forward)
            .take(self.left)
        {
            let record = record?;
            self.blocks.insert(block(record.key().1));
            self.row(&record);
        }
        Ok(())
    }

    /// The blocks of keys that what goes had its keys from.
    fn owners(&mut self, instance: u64) -> StoreResult<()> {
        for block in &self.blocks {
            let owner = self.reader.system().get::<BlockOwner>(block)?;
            if let Some(owner) = owner.filter(|owner| owner.instance == instance) {
                self.batch.system().delete(&owner);
            }
        }
        Ok(())
    }
}

/// The first key of the block that a key is in.
fn block(key: u64) -> u64 {
    key & !(BLOCK - 1)
}
