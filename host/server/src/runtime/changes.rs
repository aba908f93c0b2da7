//! What a step's call changes outside, stored in one batch with the step's result.
//!
//! The call saw committed values and gathered what it wants to change. Its batch expects that what
//! it saw, and what it replaces, is still so; where another call was faster, nothing of the batch
//! is stored and the step is called again on what is there now. Quotas are counters of the store,
//! so that two calls of one tenant that write different keys do not stand in each other's way.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use anyam_sandbox::{Changes, Failure, Location, Space};
use anyam_store::records::{INLINE_BYTES, SpaceUsage, StoredContent, StoredValue};
use anyam_store::{Batch, Change, Stamp, StoreError, TenantId, TenantReader, TenantWriter};
use sha2::{Digest as _, Sha256};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::Inner;
use super::correlation::Outbox;
use super::data_limits::{DataLimits, SpaceLimits};
use super::outside::number;

/// How often a batch is built anew where only what it replaces was changed, before the step is
/// called again.
const BUILDS: usize = 8;

/// Why a step's changes and its result were not stored.
pub(super) enum Unstored {
    /// What the call saw at this place is no longer so.
    Stale(Location),
    /// They may not be stored: the call has failed.
    Refused(Failure),
    /// The store's reasons.
    Store(StoreError),
}

impl From<StoreError> for Unstored {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Whether what the call did depends on what it saw: it changes something, or saw several values,
/// which must be of one time.
pub(super) fn depend(changes: &Changes) -> bool {
    !changes.is_empty() || changes.seen.len() > 1
}

/// Commits `base`, which holds the result of a step, with the changes of its call. Gives back the
/// messages that are to be correlated now.
pub(super) async fn commit(
    inner: &Arc<Inner>,
    tenant: TenantId,
    changes: &Changes,
    base: Batch,
) -> Result<Outbox, Unstored> {
    check(changes, &inner.limits_of(tenant).data).map_err(Unstored::Refused)?;
    let outbox = Outbox::fill(inner, tenant, &changes.messages).await?;
    let mut places = changes.seen.iter().map(|(at, _)| at);
    let at = places.next().or(changes.writes.first().map(|(at, _)| at));
    let mut builds = 0;
    loop {
        let mut batch = base.clone();
        add(inner, tenant, changes, &mut batch)?;
        outbox.add(tenant, &mut batch);
        builds += 1;
        match (super::committed(&inner.database, batch).await, at) {
            (Ok(()), _) => return Ok(outbox),
            (Err(StoreError::Conflict { .. }), Some(at)) if builds == BUILDS => {
                return Err(Unstored::Stale(at.clone()));
            }
            (Err(StoreError::Conflict { .. }), Some(_)) => {}
            (Err(full @ StoreError::Full { .. }), _) => {
                return Err(Unstored::Refused(Failure::Retryable {
                    message: format!("the step's result could not be stored: {full}"),
                    retry_after_ms: None,
                }));
            }
            (Err(error), _) => return Err(error.into()),
        }
    }
}

fn check(changes: &Changes, limits: &DataLimits) -> Result<(), Failure> {
    for (at, value) in &changes.writes {
        let size = value.as_ref().map_or(0, |value| value.len() as u64);
        let most = limits.space(at.space).value_bytes;
        for (what, size, most, limit) in [
            (
                "name of a bucket",
                at.bucket.len() as u64,
                limits.bucket_bytes as u64,
                "bucket_bytes",
            ),
            (
                "key",
                at.key.len() as u64,
                limits.key_bytes as u64,
                "key_bytes",
            ),
            ("value", size, most, "value_bytes"),
        ] {
            if size > most {
                return Err(Failure::Permanent {
                    message: format!(
                        "the step stores a {what} of {size} bytes, allowed are {most} (limit \
                         {limit})"
                    ),
                });
            }
        }
    }
    Ok(())
}

/// Adds the writes of a call, what they and the call depend on, and what they use of the quotas.
fn add(
    inner: &Inner,
    tenant: TenantId,
    changes: &Changes,
    batch: &mut Batch,
) -> Result<(), Unstored> {
    let reader = inner.database.read()?;
    let rows = reader.tenant(tenant);
    let mut writer = batch.tenant(tenant);
    let mut there = BTreeMap::new();
    for (at, seen) in &changes.seen {
        let (value, stamp) = value_at(rows, at)?;
        if value.as_ref().map(|value| value.digest) != *seen {
            return Err(Unstored::Stale(at.clone()));
        }
        expect(&mut writer, at, stamp);
        there.insert(at, value);
    }
    let mut used = BTreeMap::new();
    for (at, value) in &changes.writes {
        let old = match there.remove(at) {
            Some(old) => old,
            None => {
                let (old, stamp) = value_at(rows, at)?;
                expect(&mut writer, at, stamp);
                old
            }
        };
        let (bytes, keys) = used.entry(at.space).or_insert((0, 0));
        let name = (at.bucket.len() + at.key.len()) as u64;
        if let Some(old) = &old {
            *bytes -= signed(name + old.size);
            *keys -= 1;
        }
        match value {
            Some(value) => {
                *bytes += signed(name + value.len() as u64);
                *keys += 1;
                put(&mut writer, at, (old, value), inner.now().0);
            }
            None => remove(&mut writer, old),
        }
    }
    let limits = inner.limits_of(tenant);
    for (space, used) in used {
        count(&mut writer, space, used, limits.data.space(space));
    }
    Ok(())
}

fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

type Found = (Option<StoredValue>, Option<Stamp>);

fn value_at(rows: TenantReader<'_>, at: &Location) -> Result<Found, StoreError> {
    let key = (number(at.space), &*at.bucket, &*at.key);
    Ok(rows.stamped::<StoredValue>(&key)?.unzip())
}

fn expect(writer: &mut TenantWriter<'_>, at: &Location, stamp: Option<Stamp>) {
    let key = (number(at.space), &*at.bucket, &*at.key);
    writer.expect::<StoredValue>(&key, stamp);
}

fn put(
    writer: &mut TenantWriter<'_>,
    at: &Location,
    (old, value): (Option<StoredValue>, &[u8]),
    now: i64,
) {
    let is_inline = value.len() <= INLINE_BYTES;
    let row = StoredValue {
        space: number(at.space),
        bucket: at.bucket.clone(),
        key: at.key.clone(),
        size: value.len() as u64,
        digest: Sha256::digest(value).into(),
        created_at: old.as_ref().map_or(now, |old| old.created_at),
        inline: is_inline.then(|| value.to_vec()),
    };
    writer.put(&row);
    let was_beside = old.is_some_and(|old| old.inline.is_none());
    if !is_inline {
        writer.put(&beside(row, value.to_vec()));
    } else if was_beside {
        writer.delete(&beside(row, Vec::new()));
    }
}

fn remove(writer: &mut TenantWriter<'_>, old: Option<StoredValue>) {
    let Some(old) = old else { return };
    writer.delete(&old);
    if old.inline.is_none() {
        writer.delete(&beside(old, Vec::new()));
    }
}

fn beside(value: StoredValue, bytes: Vec<u8>) -> StoredContent {
    StoredContent {
        space: value.space,
        bucket: value.bucket,
        key: value.key,
        bytes,
    }
}

fn count(
    writer: &mut TenantWriter<'_>,
    space: Space,
    (bytes, keys): (i64, i64),
    limits: &SpaceLimits,
) {
    let (of_bytes, of_keys) = match space {
        Space::KeyValue => (
            "the bytes in the tenant's key-value stores (quota key_value.bytes)",
            "the keys in the tenant's key-value stores (quota key_value.keys)",
        ),
        Space::Blob => (
            "the bytes in the tenant's blob containers (quota blob_store.bytes)",
            "the blobs in the tenant's containers (quota blob_store.keys)",
        ),
    };
    let unused = SpaceUsage {
        space: number(space),
        bytes: 0,
        keys: 0,
    };
    let within = |by, most, what| Change::AddWithin { by, most, what };
    writer.count(
        &unused,
        &[
            within(bytes, limits.bytes, of_bytes),
            within(keys, limits.keys, of_keys),
        ],
    );
}

/// A queue for calls whose data others change all the time: who was too late calls again when
/// those before it are done.
pub(super) struct Contended([Arc<Mutex<()>>; 64]);

/// A place at the head of such a queue; given back when it is dropped.
pub(super) type Head = OwnedMutexGuard<()>;

impl Default for Contended {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Arc::default()))
    }
}

impl Contended {
    pub(super) async fn wait(&self, tenant: TenantId, at: &Location) -> Head {
        let mut hasher = DefaultHasher::new();
        (tenant, at).hash(&mut hasher);
        let queue = hasher.finish() % self.0.len() as u64;
        let queue = usize::try_from(queue).expect("less than the number of queues");
        self.0[queue].clone().lock_owned().await
    }
}
