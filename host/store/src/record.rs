//! Typed rows: how a plain struct becomes bytes under a key, with its index entries.

use serde::{Serialize, de::DeserializeOwned};

use crate::{KeyBytes, Result, StoreError, Table};

/// A tenant. Every row a tenant owns has its four big-endian bytes in front of the key.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize,
)]
pub struct TenantId(pub u32);

impl std::fmt::Display for TenantId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Who owns a record's rows: [`TenantOwned`] or [`SystemOwned`].
pub trait Owner: sealed::Sealed {
    /// Bytes that stand for it in front of a key.
    const BYTES: usize;
}

/// Rows of one tenant; reached only through [`Reader::tenant`](crate::Reader::tenant) and
/// [`Batch::tenant`](crate::Batch::tenant).
pub enum TenantOwned {}

/// Rows of the system, which point to tenants but hold none of their content.
pub enum SystemOwned {}

impl Owner for TenantOwned {
    const BYTES: usize = size_of::<TenantId>();
}

impl Owner for SystemOwned {
    const BYTES: usize = 0;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::TenantOwned {}
    impl Sealed for super::SystemOwned {}
}

/// A row of a table.
///
/// The value on disk is one version byte and then the record, [`postcard`] unless
/// [`encode`](Record::encode) says otherwise.
pub trait Record: Serialize + DeserializeOwned + 'static {
    /// Who owns the rows.
    type Owner: Owner;
    /// The key, borrowed from the record where it is text.
    type Key<'a>: KeyBytes
    where
        Self: 'a;
    /// The table the rows are in; no other record or index uses it.
    const TABLE: Table;
    /// The version of values written now. Raise it with any change of the fields, and read the
    /// older versions in [`decode`](Record::decode).
    const VERSION: u8 = 1;

    /// The key of this row.
    fn key(&self) -> Self::Key<'_>;

    /// Names this row's index entries. They depend on the record alone.
    fn indexes(&self, sink: &mut IndexSink) {
        let _ = sink;
    }

    /// Appends the value, without the version byte.
    fn encode(&self, out: &mut Vec<u8>) {
        let filled = postcard::to_extend(self, std::mem::take(out));
        *out = filled.expect("records are plain data, which postcard always encodes");
    }

    /// Reads a value of any version ever released.
    ///
    /// # Errors
    /// [`StoreError::UnknownVersion`], [`StoreError::Corrupt`].
    fn decode(version: u8, bytes: &[u8]) -> Result<Self> {
        if version != Self::VERSION {
            return Err(StoreError::UnknownVersion {
                table: Self::TABLE,
                version,
            });
        }
        postcard::from_bytes(bytes).map_err(|error| StoreError::corrupt(Self::TABLE, error))
    }
}

/// A secondary index: a table from index keys to the primary keys of records.
pub trait Index {
    /// What the index finds.
    type Record: Record;
    /// The index key. Unique: of two records with one index key, the index finds the later put.
    type Key<'a>: KeyBytes;
    /// The table the entries are in; no other record or index uses it.
    const TABLE: Table;
}

/// Takes the index entries of a record.
pub struct IndexSink {
    owner: Vec<u8>,
    pub(crate) entries: Vec<(Table, Vec<u8>)>,
}

impl IndexSink {
    pub(crate) fn new(owner: Vec<u8>) -> Self {
        IndexSink {
            owner,
            entries: Vec::new(),
        }
    }

    /// Adds an entry under `key`.
    pub fn entry<I: Index>(&mut self, key: &I::Key<'_>) {
        let mut bytes = Vec::with_capacity(self.owner.len() + 24);
        bytes.extend_from_slice(&self.owner);
        key.encode(&mut bytes);
        self.entries.push((I::TABLE, bytes));
    }
}

/// Reads a value of the current version, or of version 1, which had fewer fields.
pub(crate) fn decode_since_version_1<V1, R>(version: u8, bytes: &[u8]) -> Result<R>
where
    V1: DeserializeOwned,
    R: Record + From<V1>,
{
    let corrupt = |error| StoreError::corrupt(R::TABLE, error);
    match version {
        1 => Ok(postcard::from_bytes::<V1>(bytes).map_err(corrupt)?.into()),
        _ if version == R::VERSION => postcard::from_bytes(bytes).map_err(corrupt),
        _ => Err(StoreError::UnknownVersion {
            table: R::TABLE,
            version,
        }),
    }
}

/// Reads a stored value: the version byte, then the record.
pub(crate) fn decode_value<R: Record>(value: &[u8]) -> Result<R> {
    match value {
        [version, bytes @ ..] => R::decode(*version, bytes),
        [] => Err(StoreError::corrupt(R::TABLE, "empty value")),
    }
}
