//! The embedded backend, on redb.

use std::fs::File;
use std::ops::Bound;
use std::path::Path;
use std::sync::OnceLock;

use redb::{ReadableDatabase, StorageBackend, TableDefinition, TableError};

use crate::store::{Direction, ReadView, Rows, Store, Table};
use crate::{Batch, Operation, Refused, Resolved, Result, StoreError, resolve};

type Bytes = &'static [u8];
type ReadTable = redb::ReadOnlyTable<Bytes, Bytes>;

const fn definition(table: Table) -> TableDefinition<'static, Bytes, Bytes> {
    TableDefinition::new(table.name())
}

/// A store in one redb file, which one process at a time may have open.
///
/// A commit is redb's one-phase durable commit: checksummed pages and one `fdatasync`. After a
/// crash the next open verifies and repairs the file, which takes time in proportion to its size.
pub struct RedbStore {
    database: redb::Database,
}

impl RedbStore {
    /// Opens the file at `path`, or creates it. redb keeps up to `cache_bytes` of pages in memory;
    /// data that fits there is read without system calls.
    ///
    /// A new file is made as `path` with `.new` behind it and renamed once it is durable, so that a
    /// crash at the first start leaves nothing at `path` that does not open.
    ///
    /// # Errors
    /// [`StoreError::Backend`]: no access, open elsewhere, not a redb file, damaged.
    pub fn open(path: impl AsRef<Path>, cache_bytes: usize) -> Result<RedbStore> {
        let path = path.as_ref();
        let mut builder = redb::Builder::new();
        builder.set_cache_size(cache_bytes);
        if !path
            .try_exists()
            .map_err(|error| StoreError::backend("open", error))?
        {
            create(path).map_err(|error| StoreError::backend("create", error))?;
        }
        builder
            .open(path)
            .map(|database| RedbStore { database })
            .map_err(|error| StoreError::backend("open", error))
    }

    /// Opens or creates a store in any redb backend, such as memory.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn with_backend(backend: impl StorageBackend, cache_bytes: usize) -> Result<RedbStore> {
        redb::Builder::new()
            .set_cache_size(cache_bytes)
            .create_with_backend(backend)
            .map(|database| RedbStore { database })
            .map_err(|error| StoreError::backend("open", error))
    }
}

/// Makes an empty store file appear at `path` in one step.
fn create(path: &Path) -> Result<(), redb::Error> {
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    // Left by a crash in an earlier attempt; never held data.
    match std::fs::remove_file(&new) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    redb::Database::create(&new)?.close()?;
    std::fs::rename(&new, path)?;
    // The rename is durable once the directory is.
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(())
}

impl Store for RedbStore {
    fn read(&self) -> Result<Box<dyn ReadView>> {
        let transaction = self
            .database
            .begin_read()
            .map_err(|error| StoreError::backend("read", error))?;
        Ok(Box::new(View {
            transaction,
            tables: [const { OnceLock::new() }; Table::ALL.len()],
        }))
    }

    fn commit(&self, batches: &[Batch]) -> Result<Vec<Refused>> {
        // Nobody else writes, so that what is read here is what the transaction finds.
        let resolved = resolve(batches, &*self.read()?)?;
        write(&self.database, batches, &resolved)
            .map_err(|error| StoreError::backend("commit", error))?;
        Ok(resolved.refused)
    }
}

fn write(
    database: &redb::Database,
    batches: &[Batch],
    resolved: &Resolved,
) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    let mut refused = resolved
        .refused
        .iter()
        .map(|refused| refused.batch)
        .peekable();
    let taken = batches
        .iter()
        .enumerate()
        .filter(|(at, _)| refused.next_if_eq(at).is_none());
    let mut operations: Vec<Operation<'_>> =
        taken.flat_map(|(_, batch)| batch.operations()).collect();
    let settled = resolved.settled.iter();
    operations.extend(settled.map(|(table, key, value)| Operation {
        table: *table,
        key,
        value: value.as_deref(),
    }));
    // Writes in key order touch each page once. The sort is stable, so of several writes to one
    // key the last one stays last; it alone counts.
    operations.sort_by(|a, b| (a.table, a.key).cmp(&(b.table, b.key)));
    for group in operations.chunk_by(|a, b| a.table == b.table) {
        let mut table = transaction.open_table(definition(group[0].table))?;
        for same_key in group.chunk_by(|a, b| a.key == b.key) {
            let last = same_key[same_key.len() - 1];
            match last.value {
                Some(value) => table.insert(last.key, value)?,
                None => table.remove(last.key)?,
            };
        }
    }
    transaction.commit()?;
    Ok(())
}

struct View {
    transaction: redb::ReadTransaction,
    /// Opened as they are used; `None` for a table nothing was ever written to.
    tables: [OnceLock<Option<ReadTable>>; Table::ALL.len()],
}

impl View {
    fn table(&self, table: Table) -> Result<Option<&ReadTable>> {
        let slot = &self.tables[table as usize];
        if let Some(open) = slot.get() {
            return Ok(open.as_ref());
        }
        let open = match self.transaction.open_table(definition(table)) {
            Ok(open) => Some(open),
            Err(TableError::TableDoesNotExist(_)) => None,
            Err(error) => return Err(StoreError::backend("read", error)),
        };
        Ok(slot.get_or_init(|| open).as_ref())
    }
}

impl ReadView for View {
    fn get(&self, table: Table, key: &[u8], found: &mut dyn FnMut(&[u8])) -> Result<bool> {
        let Some(table) = self.table(table)? else {
            return Ok(false);
        };
        match table
            .get(key)
            .map_err(|error| StoreError::backend("read", error))?
        {
            Some(value) => {
                found(value.value());
                Ok(true)
            }
            None => Ok(false),
        }
    }

    fn scan<'a>(
        &'a self,
        table: Table,
        start: Bound<&[u8]>,
        end: Bound<&[u8]>,
        direction: Direction,
    ) -> Result<Box<dyn Rows + 'a>> {
        let range = match self.table(table)? {
            Some(table) if !is_empty(start, end) => Some(
                table
                    .range::<&[u8]>((start, end))
                    .map_err(|error| StoreError::backend("read", error))?,
            ),
            _ => None,
        };
        Ok(Box::new(RangeRows { range, direction }))
    }
}

/// True if no key can be between the bounds.
fn is_empty(start: Bound<&[u8]>, end: Bound<&[u8]>) -> bool {
    match (start, end) {
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
        (Bound::Included(start), Bound::Included(end)) => start > end,
        (
            Bound::Included(start) | Bound::Excluded(start),
            Bound::Included(end) | Bound::Excluded(end),
        ) => start >= end,
    }
}

struct RangeRows {
    range: Option<redb::Range<'static, Bytes, Bytes>>,
    direction: Direction,
}

impl Rows for RangeRows {
    fn next(&mut self, row: &mut dyn FnMut(&[u8], &[u8])) -> Result<bool> {
        let Some(range) = &mut self.range else {
            return Ok(false);
        };
        let next = match self.direction {
            Direction::Forward => range.next(),
            Direction::Reverse => range.next_back(),
        };
        match next
            .transpose()
            .map_err(|error| StoreError::backend("read", error))?
        {
            Some((key, value)) => {
                row(key.value(), value.value());
                Ok(true)
            }
            None => Ok(false),
        }
    }
}
