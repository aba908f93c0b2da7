//! What a step's call changes outside, stored in one batch with the step's result.
//!
//! The call saw committed values and gathered what it wants to change. Its batch expects that what
//! it saw, and what it replaces, is still so; where another call was faster, nothing of the batch
//! is stored and the step is called again on what is there now. Quotas are counters of the store,
//! so that two calls of one tenant that write different keys do not stand in each other's way.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyam_sandbox::{Changes, Failure, Location, Space};
use anyam_store::records::{INLINE_BYTES, SpaceUsage, StoredContent, StoredValue};
use anyam_store::{Batch, Change, Stamp, StoreError, TenantId, TenantReader, TenantWriter};
use sha2::{Digest as _, Sha256};

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

#[cfg(test)]
mod tests {
    use anyam_sandbox::{CompilerCommand, Config, OutgoingMessage, Sandbox};
    use anyam_store::records::Message;
    use anyam_store::{Database, Direction, RedbStore};

    use super::super::{Runtime, RuntimeConfig, outside};
    use super::*;
    use crate::limits::Limits;

    const TENANT: TenantId = TenantId(0);

    /// Nothing here compiles a component.
    async fn start(folder: &tempfile::TempDir, change: impl FnOnce(&mut Limits)) -> Runtime {
        let store = RedbStore::open(folder.path().join("store"), 16 << 20).unwrap();
        let database = Database::open(store, Default::default()).unwrap();
        let compiler = CompilerCommand {
            program: "none".into(),
            args: Vec::new(),
        };
        let sandbox = Sandbox::new(Config::new(folder.path().join("c"), compiler)).unwrap();
        let mut config = RuntimeConfig::default();
        change(&mut config.limits);
        Runtime::start(database, sandbox, config).await.unwrap()
    }

    fn at(space: Space, key: &str) -> Location {
        Location {
            space,
            bucket: "b".into(),
            key: key.into(),
        }
    }

    fn writes(space: Space, key: &str, length: usize) -> Changes {
        Changes {
            writes: vec![(at(space, key), Some(vec![7; length]))],
            ..Changes::default()
        }
    }

    async fn stored(runtime: &Runtime, changes: &Changes) -> Result<(), Unstored> {
        commit(&runtime.inner, TENANT, changes, Batch::new())
            .await
            .map(drop)
    }

    async fn refusal(runtime: &Runtime, changes: &Changes) -> Failure {
        match stored(runtime, changes).await {
            Err(Unstored::Refused(failure)) => failure,
            Err(Unstored::Stale(at)) => panic!("stale at {at:?}"),
            Err(Unstored::Store(error)) => panic!("{error}"),
            Ok(()) => panic!("it was stored"),
        }
    }

    fn text(failure: &Failure) -> &str {
        match failure {
            Failure::Retryable { message, .. } | Failure::Permanent { message } => message,
            Failure::BpmnError { code, .. } => code,
        }
    }

    fn outside(runtime: &Runtime) -> Arc<dyn anyam_sandbox::Outside> {
        let access = outside::access(&runtime.inner, TENANT, None).unwrap();
        access.outside
    }

    #[tokio::test]
    async fn values_of_every_size_are_read_back_listed_and_counted() {
        let folder = tempfile::tempdir().unwrap();
        let runtime = start(&folder, |_| ()).await;
        let outside = outside(&runtime);
        for space in [Space::KeyValue, Space::Blob] {
            for (key, length) in [("a", 0), ("b", INLINE_BYTES), ("c", INLINE_BYTES + 1)] {
                assert!(stored(&runtime, &writes(space, key, length)).await.is_ok());
                let read = outside.read(&at(space, key)).unwrap();
                assert_eq!(read, Some(vec![7; length]), "{space:?} {key}");
            }
            let list = outside.list(space, "b", None, 10).unwrap();
            let sizes: Vec<_> = list.iter().map(|e| (&*e.key, e.size as usize)).collect();
            assert_eq!(
                sizes,
                [("a", 0), ("b", INLINE_BYTES), ("c", INLINE_BYTES + 1)]
            );
            let rest = outside.list(space, "b", Some("a"), 1).unwrap();
            assert_eq!(rest.len(), 1);
            assert_eq!(
                (&*rest[0].key, rest[0].created_at),
                ("b", list[1].created_at)
            );
            assert_eq!(outside.list(space, "a", None, 10).unwrap(), []);
            let quota = outside.quota(space).unwrap();
            let bytes = 2 * INLINE_BYTES as u64 + 1 + 3 * 2;
            assert_eq!((quota.used_bytes, quota.used_keys), (bytes, 3));
            // From beside to inline, and gone.
            assert!(stored(&runtime, &writes(space, "c", 1)).await.is_ok());
            assert_eq!(outside.read(&at(space, "c")).unwrap(), Some(vec![7]));
            let gone = Changes {
                writes: ["a", "b", "c", "d"]
                    .map(|key| (at(space, key), None))
                    .to_vec(),
                ..Changes::default()
            };
            assert!(stored(&runtime, &gone).await.is_ok());
            assert_eq!(outside.list(space, "b", None, 10).unwrap(), []);
            let quota = outside.quota(space).unwrap();
            assert_eq!((quota.used_bytes, quota.used_keys), (0, 0));
        }
        let reader = runtime.read().unwrap();
        let beside = reader
            .tenant(TENANT)
            .scan::<StoredContent>((), Direction::Forward);
        assert_eq!(beside.count(), 0);
    }

    #[tokio::test]
    async fn changes_hold_only_on_what_was_seen() {
        let folder = tempfile::tempdir().unwrap();
        let runtime = start(&folder, |_| ()).await;
        let absent = Changes {
            seen: vec![(at(Space::KeyValue, "k"), None)],
            ..writes(Space::KeyValue, "k", 2)
        };
        assert!(stored(&runtime, &absent).await.is_ok());
        let Err(Unstored::Stale(place)) = stored(&runtime, &absent).await else {
            panic!("it was stored twice");
        };
        assert_eq!(place, at(Space::KeyValue, "k"));
        let seen = Sha256::digest([7, 7]).into();
        let there = Changes {
            seen: vec![(at(Space::KeyValue, "k"), Some(seen))],
            ..writes(Space::KeyValue, "other", 1)
        };
        assert!(stored(&runtime, &there).await.is_ok());
        // The same value written again is what was seen.
        assert!(
            stored(&runtime, &writes(Space::KeyValue, "k", 2))
                .await
                .is_ok()
        );
        assert!(stored(&runtime, &there).await.is_ok());
        assert!(
            stored(&runtime, &writes(Space::KeyValue, "k", 3))
                .await
                .is_ok()
        );
        assert!(matches!(
            stored(&runtime, &there).await,
            Err(Unstored::Stale(_))
        ));
    }

    #[tokio::test]
    async fn limits_hold_at_their_edges_and_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let runtime = start(&folder, |limits| {
            let data = &mut limits.data;
            (data.key_value.keys, data.key_value.bytes) = (2, 10);
            (data.key_value.value_bytes, data.blob_store.value_bytes) = (5, 20);
            (data.bucket_bytes, data.key_bytes) = (1, 2);
            data.blob_store.keys = 1;
        })
        .await;
        let set = |key: &str, length| writes(Space::KeyValue, key, length);
        // The name and key take two bytes.
        assert!(stored(&runtime, &set("a", 5)).await.is_ok());
        let full = refusal(&runtime, &set("b", 2)).await;
        assert!(matches!(full, Failure::Retryable { .. }), "{full:?}");
        assert!(text(&full).contains("quota key_value.bytes) would be 11, the most is 10"));
        assert!(stored(&runtime, &set("b", 1)).await.is_ok());
        // What frees some is never refused.
        assert!(stored(&runtime, &set("a", 1)).await.is_ok());
        let full = refusal(&runtime, &set("c", 0)).await;
        assert!(text(&full).contains("quota key_value.keys"), "{full:?}");
        assert!(
            stored(&runtime, &writes(Space::Blob, "a", 20))
                .await
                .is_ok()
        );
        let full = refusal(&runtime, &writes(Space::Blob, "b", 0)).await;
        assert!(text(&full).contains("quota blob_store.keys"), "{full:?}");
        for (changes, limit) in [
            (set("a", 6), "limit value_bytes"),
            (set("abc", 0), "limit key_bytes"),
            (writes(Space::Blob, "a", 21), "limit value_bytes"),
        ] {
            let refused = refusal(&runtime, &changes).await;
            assert!(matches!(refused, Failure::Permanent { .. }), "{refused:?}");
            assert!(text(&refused).contains(limit), "{refused:?}");
        }
        let mut long = set("a", 0);
        long.writes[0].0.bucket = "bb".into();
        let refused = refusal(&runtime, &long).await;
        assert!(text(&refused).contains("limit bucket_bytes"), "{refused:?}");
    }

    #[tokio::test]
    async fn a_message_that_cannot_be_published_refuses_everything() {
        let folder = tempfile::tempdir().unwrap();
        let runtime = start(&folder, |limits| {
            limits.runtime.message_text_bytes = 3;
        })
        .await;
        let message = OutgoingMessage {
            name: "abc".into(),
            correlation_key: String::new(),
            variables: "{}".into(),
            time_to_live_ms: 1_000,
            message_id: None,
        };
        let with = |message: OutgoingMessage| Changes {
            messages: vec![message],
            ..writes(Space::KeyValue, "k", 1)
        };
        assert!(stored(&runtime, &with(message.clone())).await.is_ok());
        let name = "abcd".to_owned();
        let variables = "[]".to_owned();
        for refused in [
            OutgoingMessage {
                name,
                ..message.clone()
            },
            OutgoingMessage {
                variables,
                ..message.clone()
            },
            OutgoingMessage {
                time_to_live_ms: u64::MAX,
                ..message.clone()
            },
        ] {
            let mut changes = with(refused);
            changes.writes[0].1 = None;
            let refused = refusal(&runtime, &changes).await;
            assert!(matches!(refused, Failure::Permanent { .. }), "{refused:?}");
            assert!(text(&refused).contains("that the step publishes is refused"));
        }
        assert!(
            outside(&runtime)
                .read(&at(Space::KeyValue, "k"))
                .unwrap()
                .is_some()
        );
        let reader = runtime.read().unwrap();
        let messages = reader
            .tenant(TENANT)
            .scan::<Message>((), Direction::Forward);
        assert_eq!(messages.count(), 1);
    }
}
