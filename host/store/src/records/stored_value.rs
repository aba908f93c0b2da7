//! The data that a tenant's steps keep.

use serde::{Deserialize, Serialize};

use crate::record::{Record, TenantOwned};
use crate::{Result, StoreError, Table};

/// Contents of at most this many bytes stand in the value's row; others in a [`StoredContent`].
pub const INLINE_BYTES: usize = 1 << 10;

/// A value under a key, in a bucket of one of the spaces. The row is small, so that it is quickly
/// listed and compared, whatever the size of the content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredValue {
    /// The space.
    pub space: u8,
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// Bytes of the content.
    pub size: u64,
    /// SHA-256 of the content.
    pub digest: [u8; 32],
    /// When the key was stored first, in milliseconds since 1970, UTC.
    pub created_at: i64,
    /// The content, where it is small.
    pub inline: Option<Vec<u8>>,
}

impl Record for StoredValue {
    type Owner = TenantOwned;
    type Key<'a> = (u8, &'a str, &'a str);
    const TABLE: Table = Table::StoredValues;

    fn key(&self) -> (u8, &str, &str) {
        (self.space, &self.bucket, &self.key)
    }
}

/// The content of a [`StoredValue`] that is not small.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredContent {
    /// The space.
    pub space: u8,
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// The content.
    pub bytes: Vec<u8>,
}

impl Record for StoredContent {
    type Owner = TenantOwned;
    type Key<'a> = (u8, &'a str, &'a str);
    const TABLE: Table = Table::StoredContents;

    fn key(&self) -> (u8, &str, &str) {
        (self.space, &self.bucket, &self.key)
    }

    /// The content behind everything else, as it is: it may be large.
    fn encode(&self, out: &mut Vec<u8>) {
        let key = (self.space, &self.bucket, &self.key);
        let filled = postcard::to_extend(&key, std::mem::take(out));
        *out = filled.expect("records are plain data, which postcard always encodes");
        out.extend_from_slice(&self.bytes);
    }

    fn decode(version: u8, bytes: &[u8]) -> Result<Self> {
        let table = Self::TABLE;
        if version != Self::VERSION {
            return Err(StoreError::UnknownVersion { table, version });
        }
        let ((space, bucket, key), content) =
            postcard::take_from_bytes(bytes).map_err(|error| StoreError::corrupt(table, error))?;
        Ok(StoredContent {
            space,
            bucket,
            key,
            bytes: content.to_vec(),
        })
    }
}
