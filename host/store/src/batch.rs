//! A batch: the writes of one transition, which become visible and durable together.

use std::ops::Range;

use crate::conditions::Stamp;
use crate::counter::{Change, Counter};
use crate::record::{IndexSink, SystemOwned, TenantOwned};
use crate::{KeyBytes, Record, Table, TenantId};

/// An ordered list of writes, applied all or none. Bytes of all keys and values stand in one buffer.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    buffer: Vec<u8>,
    operations: Vec<Packed>,
    expectations: Vec<PackedExpectation>,
    counts: Vec<PackedCount>,
    longest_key: usize,
    largest_value: usize,
}

#[derive(Clone, Debug)]
struct Packed {
    table: Table,
    key: Range<usize>,
    /// `None` deletes.
    value: Option<Range<usize>>,
}

/// A row as it must be for the batch to hold.
#[derive(Clone, Debug)]
struct PackedExpectation {
    table: Table,
    key: Range<usize>,
    /// `None` for a row that must not be there.
    stamp: Option<Stamp>,
}

#[derive(Clone, Debug)]
struct PackedCount {
    table: Table,
    key: Range<usize>,
    start: Range<usize>,
    changes: Vec<Change>,
}

/// What a batch adds to a row of numbers.
pub(crate) struct Count<'a> {
    pub(crate) row: (Table, &'a [u8]),
    /// The value that is changed where the row is not there.
    pub(crate) start: &'a [u8],
    pub(crate) changes: &'a [Change],
}

/// One write: `value` is put under `key`, or the key is deleted if there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation<'a> {
    /// Where.
    pub table: Table,
    /// The key.
    pub key: &'a [u8],
    /// The value to put; `None` deletes.
    pub value: Option<&'a [u8]>,
}

impl Batch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes to the rows of one tenant.
    pub fn tenant(&mut self, tenant: TenantId) -> TenantWriter<'_> {
        TenantWriter {
            batch: self,
            tenant,
        }
    }

    /// Writes to the system tables.
    pub fn system(&mut self) -> SystemWriter<'_> {
        SystemWriter { batch: self }
    }

    /// The number of writes, index entries and counters included.
    pub fn len(&self) -> usize {
        self.operations.len() + self.counts.len()
    }

    /// True if there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.operations.is_empty() && self.counts.is_empty()
    }

    /// Bytes of all keys and values.
    pub fn bytes(&self) -> usize {
        self.buffer.len()
    }

    /// The writes in the order they were added, counters left out.
    pub fn operations(&self) -> impl Iterator<Item = Operation<'_>> {
        self.operations.iter().map(|packed| Operation {
            table: packed.table,
            key: &self.buffer[packed.key.clone()],
            value: packed.value.clone().map(|value| &self.buffer[value]),
        })
    }

    /// The rows that must be as they were seen, and how; see [`TenantWriter::expect`].
    pub(crate) fn expectations(&self) -> impl Iterator<Item = ((Table, &[u8]), Option<Stamp>)> {
        self.expectations.iter().map(|packed| {
            (
                (packed.table, &self.buffer[packed.key.clone()]),
                packed.stamp,
            )
        })
    }

    pub(crate) fn has_expectations(&self) -> bool {
        !self.expectations.is_empty()
    }

    /// What is added to counters, after the writes; see [`TenantWriter::count`].
    pub(crate) fn counts(&self) -> impl Iterator<Item = Count<'_>> {
        self.counts.iter().map(|packed| Count {
            row: (packed.table, &self.buffer[packed.key.clone()]),
            start: &self.buffer[packed.start.clone()],
            changes: &packed.changes,
        })
    }

    pub(crate) fn longest_key(&self) -> usize {
        self.longest_key
    }

    pub(crate) fn largest_value(&self) -> usize {
        self.largest_value
    }

    pub(crate) fn put_with(&mut self, table: Table, key: &[u8], value: impl FnOnce(&mut Vec<u8>)) {
        let key = self.add_key(key);
        let start = self.buffer.len();
        value(&mut self.buffer);
        let value = start..self.buffer.len();
        self.largest_value = self.largest_value.max(value.len());
        self.operations.push(Packed {
            table,
            key,
            value: Some(value),
        });
    }

    fn remove(&mut self, table: Table, key: &[u8]) {
        let key = self.add_key(key);
        self.operations.push(Packed {
            table,
            key,
            value: None,
        });
    }

    fn add_key(&mut self, key: &[u8]) -> Range<usize> {
        self.longest_key = self.longest_key.max(key.len());
        let start = self.buffer.len();
        self.buffer.extend_from_slice(key);
        start..self.buffer.len()
    }

    fn put<R: Record>(&mut self, owner: &[u8], record: &R) {
        let key = row_key(owner, &record.key());
        for (table, entry) in entries(owner, record) {
            self.put_with(table, &entry, |value| {
                value.extend_from_slice(&key[owner.len()..])
            });
        }
        self.put_row(&key, record);
    }

    fn put_row<R: Record>(&mut self, key: &[u8], record: &R) {
        self.put_with(R::TABLE, key, |value| {
            value.push(R::VERSION);
            record.encode(value);
        });
    }

    fn replace<R: Record>(&mut self, owner: &[u8], old: &R, new: &R) {
        let key = row_key(owner, &new.key());
        debug_assert_eq!(
            key,
            row_key(owner, &old.key()),
            "a replaced row keeps its key"
        );
        let (before, after) = (entries(owner, old), entries(owner, new));
        for (table, entry) in before.iter().filter(|entry| !after.contains(entry)) {
            self.remove(*table, entry);
        }
        for (table, entry) in after.iter().filter(|entry| !before.contains(entry)) {
            self.put_with(*table, entry, |value| {
                value.extend_from_slice(&key[owner.len()..])
            });
        }
        self.put_row(&key, new);
    }

    fn delete<R: Record>(&mut self, owner: &[u8], record: &R) {
        for (table, entry) in entries(owner, record) {
            self.remove(table, &entry);
        }
        self.remove(R::TABLE, &row_key(owner, &record.key()));
    }
}

fn entries<R: Record>(owner: &[u8], record: &R) -> Vec<(Table, Vec<u8>)> {
    let mut sink = IndexSink::new(owner.to_vec());
    record.indexes(&mut sink);
    sink.entries
}

pub(crate) fn row_key(owner: &[u8], key: &impl KeyBytes) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(owner.len() + 24);
    bytes.extend_from_slice(owner);
    key.encode(&mut bytes);
    bytes
}

/// Adds writes to the rows of one tenant.
pub struct TenantWriter<'b> {
    batch: &'b mut Batch,
    tenant: TenantId,
}

impl TenantWriter<'_> {
    /// Writes a row and its index entries. If a row with this key may exist with other index
    /// entries, use [`replace`](Self::replace), or the old entries stay.
    pub fn put<R: Record<Owner = TenantOwned>>(&mut self, record: &R) -> &mut Self {
        self.batch.put(&self.tenant.0.to_be_bytes(), record);
        self
    }

    /// Writes `new` over `old`, which must be the row as stored and have the same key, and writes
    /// only the index entries that differ.
    pub fn replace<R: Record<Owner = TenantOwned>>(&mut self, old: &R, new: &R) -> &mut Self {
        self.batch.replace(&self.tenant.0.to_be_bytes(), old, new);
        self
    }

    /// Removes the row, which must be as stored, and its index entries.
    pub fn delete<R: Record<Owner = TenantOwned>>(&mut self, record: &R) -> &mut Self {
        self.batch.delete(&self.tenant.0.to_be_bytes(), record);
        self
    }
}

impl TenantWriter<'_> {
    /// Makes the whole batch depend on a row: it must be as it was when
    /// [`TenantReader::stamped`](crate::TenantReader::stamped) gave `stamp`, and absent for `None`,
    /// once every batch submitted before is applied. Where it is not, the batch is left out and
    /// told [`StoreError::Conflict`](crate::StoreError::Conflict).
    pub fn expect<R: Record<Owner = TenantOwned>>(
        &mut self,
        key: &R::Key<'_>,
        stamp: Option<Stamp>,
    ) -> &mut Self {
        let key = row_key(&self.tenant.0.to_be_bytes(), key);
        let key = self.batch.add_key(&key);
        self.batch.expectations.push(PackedExpectation {
            table: R::TABLE,
            key,
            stamp,
        });
        self
    }

    /// Changes the numbers of a row, the first by the first change and so on, and makes the row
    /// from `start` where it is not there. It sees what the batches before and this batch's own
    /// writes left there, and conflicts with nobody.
    ///
    /// The batch is left out and told [`StoreError::Full`](crate::StoreError::Full) where a number
    /// would leave its bounds.
    pub fn count<R: Counter<Owner = TenantOwned>>(
        &mut self,
        start: &R,
        changes: &[Change],
    ) -> &mut Self {
        let key = row_key(&self.tenant.0.to_be_bytes(), &start.key());
        let batch = &mut *self.batch;
        let key = batch.add_key(&key);
        let from = batch.buffer.len();
        batch.buffer.push(R::VERSION);
        start.encode(&mut batch.buffer);
        batch.counts.push(PackedCount {
            table: R::TABLE,
            key,
            start: from..batch.buffer.len(),
            changes: changes.to_vec(),
        });
        self
    }
}

/// Adds writes to the system tables.
pub struct SystemWriter<'b> {
    batch: &'b mut Batch,
}

impl SystemWriter<'_> {
    /// Writes a row and its index entries; see [`TenantWriter::put`].
    pub fn put<R: Record<Owner = SystemOwned>>(&mut self, record: &R) -> &mut Self {
        self.batch.put(&[], record);
        self
    }

    /// Writes `new` over `old`; see [`TenantWriter::replace`].
    pub fn replace<R: Record<Owner = SystemOwned>>(&mut self, old: &R, new: &R) -> &mut Self {
        self.batch.replace(&[], old, new);
        self
    }

    /// Removes the row and its index entries; see [`TenantWriter::delete`].
    pub fn delete<R: Record<Owner = SystemOwned>>(&mut self, record: &R) -> &mut Self {
        self.batch.delete(&[], record);
        self
    }
}
