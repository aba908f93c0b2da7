//! What lies outside of a call: the data, settings and sources that a host lends to it.
//!
//! A call never writes through this boundary. What it wants to change is gathered in [`Changes`]
//! and handed to the host with the answer, which stores it in the same transaction as the result
//! of the step: a call that fails, or whose result is not stored, has changed nothing.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// One of the two spaces in which a tenant keeps data for its steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Space {
    /// Small values under a key, in stores (`wasi:keyvalue`).
    KeyValue,
    /// Objects under a name, in containers (`wasi:blobstore`).
    Blob,
}

/// Where a value lies.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// The space.
    pub space: Space,
    /// The store or container.
    pub bucket: String,
    /// The key or the name of the object.
    pub key: String,
}

/// One entry of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key or the name of the object.
    pub key: String,
    /// Size of the value in bytes.
    pub size: u64,
    /// When it was stored first, in milliseconds since 1970.
    pub created_at: u64,
}

/// What a tenant has used of a space, and may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    /// Bytes of keys and values stored.
    pub used_bytes: u64,
    /// The most there may be.
    pub max_bytes: u64,
    /// Keys stored.
    pub used_keys: u64,
    /// The most there may be.
    pub max_keys: u64,
    /// The largest single value.
    pub max_value_bytes: u64,
}

/// Data that cannot be had, as a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct OutsideError(pub String);

/// The outside of the calls of one tenant. Whatever it gives belongs to that tenant alone.
///
/// Reads are of the state that is committed when they are made, and quick enough to be made while
/// the guest waits. There is nothing but the clock and randomness where an implementation does not
/// say otherwise.
pub trait Outside: Send + Sync {
    /// The wall clock: time since 1970-01-01T00:00:00Z.
    fn now(&self) -> Duration;

    /// Fills `bytes` with random ones.
    fn random(&self, bytes: &mut [u8]);

    /// The committed value at a location.
    ///
    /// # Errors
    /// It cannot be read.
    fn read(&self, at: &Location) -> Result<Option<Vec<u8>>, OutsideError> {
        let _ = at;
        Ok(None)
    }

    /// At most `limit` entries of a bucket whose keys come after `after`, in byte order of keys.
    ///
    /// # Errors
    /// They cannot be read.
    fn list(
        &self,
        space: Space,
        bucket: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Entry>, OutsideError> {
        let _ = (space, bucket, after, limit);
        Ok(Vec::new())
    }

    /// The size and age of the committed value at a location.
    ///
    /// # Errors
    /// It cannot be read.
    fn entry(&self, at: &Location) -> Result<Option<Entry>, OutsideError> {
        const PAGE: usize = 1_000;
        let mut after = None;
        loop {
            let page = self.list(at.space, &at.bucket, after.as_deref(), PAGE)?;
            let more = page.len() == PAGE;
            let last = page.last().map(|entry| entry.key.clone());
            if let Some(entry) = page.into_iter().find(|entry| entry.key == at.key) {
                return Ok(Some(entry));
            }
            match last {
                Some(last) if more && last < at.key => after = Some(last),
                _ => return Ok(None),
            }
        }
    }

    /// The quota of a space.
    ///
    /// # Errors
    /// It cannot be read.
    fn quota(&self, space: Space) -> Result<Quota, OutsideError> {
        let _ = space;
        Ok(Quota::default())
    }

    /// A configuration value of the tenant.
    fn config(&self, key: &str) -> Option<String> {
        let _ = key;
        None
    }

    /// All configuration values of the tenant, in order of their keys.
    fn configs(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    /// A secret of the tenant. It goes into outgoing requests and never into a guest.
    fn secret(&self, name: &str) -> Option<String> {
        let _ = name;
        None
    }
}

/// A message that a call publishes to the processes of its tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingMessage {
    /// The message's name.
    pub name: String,
    /// Its correlation key.
    pub correlation_key: String,
    /// A JSON object.
    pub variables: String,
    /// How long it is buffered, in milliseconds.
    pub time_to_live_ms: u64,
    /// A second message with the same id is dropped while the first is buffered.
    pub message_id: Option<String>,
}

/// What a call saw and wants to change outside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Every location whose committed value the call has read, with SHA-256 of that value. Its
    /// changes hold only while all of these are still so.
    pub seen: Vec<(Location, Option<[u8; 32]>)>,
    /// The values to store, or to delete; each location once.
    pub writes: Vec<(Location, Option<Vec<u8>>)>,
    /// The messages to publish, in order.
    pub messages: Vec<OutgoingMessage>,
}

impl Changes {
    /// Whether there is nothing to store.
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty() && self.messages.is_empty()
    }
}

/// An outside with the system's clock and randomness and nothing else in it.
#[derive(Clone, Copy, Debug, Default)]
pub struct NothingOutside;

impl Outside for NothingOutside {
    fn now(&self) -> Duration {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
    }

    fn random(&self, bytes: &mut [u8]) {
        // Without randomness of the system nothing on it is safe.
        getrandom::fill(bytes).expect("the system gives random bytes");
    }
}
