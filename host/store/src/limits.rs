//! The bounds of the store.

use std::time::Duration;

/// Bounds of one [`Database`](crate::Database). Sizes are in bytes of keys and values as stored.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Batches that may wait for the writer; one more is refused as overload.
    pub queue_batches: usize,
    /// Bytes that may wait for the writer; a batch that would exceed them is refused as overload.
    pub queue_bytes: usize,
    /// Bytes after which a commit takes no further batch (it always takes one).
    pub commit_bytes: usize,
    /// How long after the one before a commit begins at the earliest where many batches come: a
    /// commit of many costs less for each. Where few come a commit begins at once.
    pub commit_interval: Duration,
    /// The largest batch. Not above `queue_bytes`, or the largest batch would never be taken.
    pub batch_bytes: usize,
    /// The longest key, tenant included.
    pub key_bytes: usize,
    /// The largest value.
    pub value_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            queue_batches: 16_384,
            queue_bytes: 256 << 20,
            commit_bytes: 16 << 20,
            commit_interval: Duration::from_millis(4),
            batch_bytes: 128 << 20,
            key_bytes: 16 << 10,
            value_bytes: 64 << 20,
        }
    }
}
