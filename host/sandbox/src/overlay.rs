//! What a call has seen and wants to change, over what is committed.
//!
//! A call reads its own writes. Nobody else does: they become [`Changes`], which the host stores
//! with the result of the step or not at all.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sha2::{Digest, Sha256};

use crate::limits::Limits;
use crate::outside::{
    Changes, Entry, Location, OutgoingMessage, Outside, OutsideError, Quota, Space,
};

/// The changes of one call so far, and what it took to make them.
#[derive(Debug, Default)]
pub(crate) struct Overlay {
    seen: BTreeMap<Location, Option<[u8; 32]>>,
    writes: BTreeMap<Location, Write>,
    messages: Vec<OutgoingMessage>,
    reads: usize,
    read_bytes: usize,
    /// Of keys and values in `writes`.
    write_bytes: usize,
    message_bytes: usize,
    /// What `writes` makes of the quota of a space: present from the first write on.
    spaces: BTreeMap<Space, Tally>,
    /// Bytes in values that are not written yet.
    pub(crate) buffered: Buffered,
}

#[derive(Debug)]
struct Write {
    value: Option<Vec<u8>>,
    /// Size of the committed value that it replaces.
    replaces: Option<usize>,
}

#[derive(Debug)]
struct Tally {
    quota: Quota,
    bytes: i64,
    keys: i64,
}

/// A count of bytes that streams of the call share.
#[derive(Clone, Debug, Default)]
pub(crate) struct Buffered(Arc<AtomicUsize>);

impl Buffered {
    /// Takes room for `bytes` where no more than `limit` are taken then.
    pub(crate) fn take(&self, bytes: usize, limit: usize) -> bool {
        let update = |taken: usize| taken.checked_add(bytes).filter(|taken| *taken <= limit);
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, update)
            .is_ok()
    }

    /// The most that can be taken.
    pub(crate) fn left(&self, limit: usize) -> usize {
        limit.saturating_sub(self.0.load(Ordering::Relaxed))
    }
}

impl Overlay {
    pub(crate) fn into_changes(self) -> Changes {
        let writes = self.writes.into_iter();
        Changes {
            seen: self.seen.into_iter().collect(),
            writes: writes.map(|(at, write)| (at, write.value)).collect(),
            messages: self.messages,
        }
    }
}

/// The data of a tenant as one call sees it. Errors are sentences for people.
pub(crate) struct View<'a> {
    pub(crate) overlay: &'a mut Overlay,
    pub(crate) outside: &'a dyn Outside,
    pub(crate) limits: &'a Limits,
}

impl View<'_> {
    /// The value at a location.
    pub(crate) fn read(&mut self, at: &Location) -> Result<Option<Vec<u8>>, String> {
        if let Some(write) = self.overlay.writes.get(at) {
            return Ok(write.value.clone());
        }
        let value = self.committed(at)?;
        // The first value counts: if another one was committed since, then the changes of this
        // call may rest on either, and it has to run again.
        if !self.overlay.seen.contains_key(at) {
            let digest = value.as_deref().map(digest);
            self.overlay.seen.insert(at.clone(), digest);
        }
        Ok(value)
    }

    /// Sets or removes the value at a location.
    pub(crate) fn write(&mut self, at: Location, value: Option<Vec<u8>>) -> Result<(), String> {
        let replaces = self.replaced(&at)?;
        let before = self.overlay.writes.get(&at);
        let stored = match before {
            Some(write) => write.value.as_ref().map(Vec::len),
            None => replaces,
        };
        let key = at.key.len();
        let held = before.map_or(0, |write| key + write.value.as_ref().map_or(0, Vec::len));
        let holds = key + value.as_ref().map_or(0, Vec::len);
        let write_bytes = self.overlay.write_bytes - held + holds;
        if write_bytes > self.limits.storage_write_bytes {
            return Err(format!(
                "the changes of the call have {write_bytes} bytes; the limit is {} (limit \
                 storage_write_bytes)",
                self.limits.storage_write_bytes
            ));
        }
        self.count(&at, stored, value.as_ref().map(Vec::len))?;
        self.overlay.write_bytes = write_bytes;
        self.overlay.writes.insert(at, Write { value, replaces });
        Ok(())
    }

    /// Whether `more` locations that were not written yet can be.
    pub(crate) fn room_for_writes(&self, more: usize) -> Result<(), String> {
        if self.overlay.writes.len().saturating_add(more) > self.limits.storage_writes {
            return Err(format!(
                "a call may change {} keys and objects (limit storage_writes)",
                self.limits.storage_writes
            ));
        }
        Ok(())
    }

    /// The size and age of the value at a location.
    pub(crate) fn info(&mut self, at: &Location) -> Result<Option<Entry>, String> {
        let Some(value) = self.read(at)? else {
            return Ok(None);
        };
        let committed = self.outside.entry(at).map_err(said)?;
        let created_at = match committed {
            Some(entry) => entry.created_at,
            None => u64::try_from(self.outside.now().as_millis()).unwrap_or(u64::MAX),
        };
        Ok(Some(Entry {
            key: at.key.clone(),
            size: value.len() as u64,
            created_at,
        }))
    }

    /// At most `limit` keys of a bucket that come after `after`, in byte order. Fewer only where
    /// there are no more.
    pub(crate) fn list(
        &mut self,
        space: Space,
        bucket: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>, String> {
        let own = self.own_writes(space, bucket, after);
        let removed = own.values().filter(|is_there| !**is_there).count();
        self.count_read()?;
        let asked = limit.saturating_add(removed);
        let committed = self
            .outside
            .list(space, bucket, after, asked)
            .map_err(said)?;
        let mut keys: Vec<_> = committed.into_iter().map(|entry| entry.key).collect();
        self.count_read_bytes(keys.iter().map(String::len).sum())?;
        keys.retain(|key| !own.contains_key(key));
        keys.extend(
            own.into_iter()
                .filter_map(|(key, is_there)| is_there.then_some(key)),
        );
        keys.sort_unstable();
        keys.truncate(limit);
        Ok(keys)
    }

    /// Adds a message to those to be published.
    pub(crate) fn publish(&mut self, message: OutgoingMessage) -> Result<(), String> {
        let Limits {
            messages,
            message_bytes,
            ..
        } = *self.limits;
        if self.overlay.messages.len() >= messages {
            return Err(format!(
                "a call may publish {messages} messages (limit messages)"
            ));
        }
        let size = message.name.len()
            + message.correlation_key.len()
            + message.variables.len()
            + message.message_id.as_ref().map_or(0, String::len);
        let bytes = self.overlay.message_bytes.saturating_add(size);
        if bytes > message_bytes {
            return Err(format!(
                "the messages of the call have {bytes} bytes; the limit is {message_bytes} (limit \
                 message_bytes)"
            ));
        }
        self.overlay.message_bytes = bytes;
        self.overlay.messages.push(message);
        Ok(())
    }

    /// Size of the committed value that a write to this location replaces.
    fn replaced(&mut self, at: &Location) -> Result<Option<usize>, String> {
        if let Some(write) = self.overlay.writes.get(at) {
            return Ok(write.replaces);
        }
        self.room_for_writes(1)?;
        Ok(self.committed(at)?.map(|value| value.len()))
    }

    /// Keeps the quota of the space. Giving back is always allowed.
    fn count(
        &mut self,
        at: &Location,
        before: Option<usize>,
        after: Option<usize>,
    ) -> Result<(), String> {
        let tally = match self.overlay.spaces.entry(at.space) {
            std::collections::btree_map::Entry::Occupied(tally) => tally.into_mut(),
            std::collections::btree_map::Entry::Vacant(place) => place.insert(Tally {
                quota: self.outside.quota(at.space).map_err(said)?,
                bytes: 0,
                keys: 0,
            }),
        };
        let quota = &tally.quota;
        if let Some(size) = after
            && size as u64 > quota.max_value_bytes
        {
            return Err(format!(
                "quota exceeded: the value has {size} bytes, and one may have {}",
                quota.max_value_bytes
            ));
        }
        let cost = |size: Option<usize>| size.map_or(0, |size| signed(at.key.len() + size));
        let more_bytes = cost(after) - cost(before);
        let more_keys = i64::from(after.is_some()) - i64::from(before.is_some());
        for (what, used, more, max) in [
            (
                "bytes",
                quota.used_bytes,
                tally.bytes + more_bytes,
                quota.max_bytes,
            ),
            (
                "keys",
                quota.used_keys,
                tally.keys + more_keys,
                quota.max_keys,
            ),
        ] {
            let grows = if what == "bytes" {
                more_bytes > 0
            } else {
                more_keys > 0
            };
            let needed = used.saturating_add_signed(more);
            if grows && needed > max {
                return Err(format!(
                    "quota exceeded: the tenant's {} would have {needed} {what}, and may have {max}",
                    match at.space {
                        Space::KeyValue => "key-value stores",
                        Space::Blob => "blob containers",
                    }
                ));
            }
        }
        tally.bytes += more_bytes;
        tally.keys += more_keys;
        Ok(())
    }

    fn committed(&mut self, at: &Location) -> Result<Option<Vec<u8>>, String> {
        self.count_read()?;
        let value = self.outside.read(at).map_err(said)?;
        self.count_read_bytes(value.as_ref().map_or(0, Vec::len))?;
        Ok(value)
    }

    fn count_read(&mut self) -> Result<(), String> {
        if self.overlay.reads >= self.limits.storage_reads {
            return Err(format!(
                "a call may read {} times from stores and containers (limit storage_reads)",
                self.limits.storage_reads
            ));
        }
        self.overlay.reads += 1;
        Ok(())
    }

    fn count_read_bytes(&mut self, more: usize) -> Result<(), String> {
        let bytes = self.overlay.read_bytes.saturating_add(more);
        self.overlay.read_bytes = bytes;
        if bytes > self.limits.storage_read_bytes {
            return Err(format!(
                "the call has read {bytes} bytes from stores and containers; the limit is {} \
                 (limit storage_read_bytes)",
                self.limits.storage_read_bytes
            ));
        }
        Ok(())
    }

    /// The keys that the call has written in this part of a bucket, and whether they are there.
    fn own_writes(
        &self,
        space: Space,
        bucket: &str,
        after: Option<&str>,
    ) -> BTreeMap<String, bool> {
        let first = Location {
            space,
            bucket: bucket.to_owned(),
            key: after.unwrap_or_default().to_owned(),
        };
        self.overlay
            .writes
            .range(first..)
            .take_while(|(at, _)| at.space == space && at.bucket == bucket)
            .filter(|(at, _)| after.is_none_or(|after| at.key.as_str() > after))
            .map(|(at, write)| (at.key.clone(), write.value.is_some()))
            .collect()
    }
}

/// SHA-256 of a value.
pub(crate) fn digest(value: &[u8]) -> [u8; 32] {
    Sha256::digest(value).into()
}

fn said(error: OutsideError) -> String {
    error.0
}

fn signed(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}
