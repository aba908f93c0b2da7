//! The embedded backend, on redb.

use std::ops::Bound;
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError, RwLock, RwLockReadGuard};

use redb::{ReadableDatabase, StorageBackend, TableDefinition, TableError};

use crate::database::check_format;
use crate::disk::{Disk, FileDisk};
use crate::held_back::{HeldBack, is_full};
use crate::store::{Direction, ReadView, Rows, Store, Table};
use crate::{Batch, Operation, Refused, Resolved, Result, StoreError, resolve};

type Bytes = &'static [u8];
type ReadTable = redb::ReadOnlyTable<Bytes, Bytes>;

pub(crate) const fn definition(table: Table) -> TableDefinition<'static, Bytes, Bytes> {
    TableDefinition::new(table.name())
}

/// A store in one redb file, which one process at a time may have open.
///
/// A commit is redb's one-phase durable commit: checksummed pages and one `fdatasync`. After a
/// crash the next open verifies and repairs the file, which takes time in proportion to its size.
///
/// A disk without space is no failure: the commit is told [`StoreError::DiskFull`], the file is
/// opened again, and reads go on.
pub struct RedbStore {
    /// `None` only while it could not be opened again after the disk was full.
    opened: RwLock<Option<Opened>>,
    /// What to open again; a store in a bare backend is not.
    disk: Option<Box<dyn Disk>>,
    cache_bytes: usize,
    keep_free: u64,
    /// A commit that failed for lack of space, and may still have come through.
    unsettled: Mutex<Option<Resolved>>,
}

pub(crate) struct Opened {
    pub(crate) database: redb::Database,
    pub(crate) below: Option<HeldBack>,
}

/// Bytes on the disk that a commit may need for each byte of its batches.
const WRITTEN_FOR_EACH: u64 = 4;

impl RedbStore {
    /// Opens the file at `path`, or creates it. redb keeps up to `cache_bytes` of pages in memory;
    /// data that fits there is read without system calls.
    ///
    /// A new file is made as `path` with `.new` behind it and renamed once it is durable, so that a
    /// crash at the first start leaves nothing at `path` that does not open.
    ///
    /// # Errors
    /// [`StoreError::Backend`]: no access, open elsewhere, not a redb file, damaged.
    /// [`StoreError::NewerFormat`], with the file as it was, byte for byte.
    pub fn open(path: impl AsRef<Path>, cache_bytes: usize) -> Result<RedbStore> {
        let disk = FileDisk::new(path.as_ref());
        if !disk
            .exists()
            .map_err(|error| StoreError::backend("open", error))?
        {
            disk.create()
                .map_err(|error| StoreError::backend("create", error))?;
        }
        Self::open_disk(disk, cache_bytes)
    }

    /// Opens or creates a store on any disk.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_disk(disk: impl Disk, cache_bytes: usize) -> Result<RedbStore> {
        let opened = Opened::on(&disk, cache_bytes)?;
        let store = RedbStore {
            opened: RwLock::new(Some(opened)),
            disk: Some(Box::new(disk)),
            cache_bytes,
            keep_free: 0,
            unsettled: Mutex::default(),
        };
        check_format(&*store.read()?)?;
        store.let_go()?;
        Ok(store)
    }

    /// Opens or creates a store in any redb backend, such as memory.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn with_backend(backend: impl StorageBackend, cache_bytes: usize) -> Result<RedbStore> {
        let database = redb::Builder::new()
            .set_cache_size(cache_bytes)
            .create_with_backend(backend)
            .map_err(|error| StoreError::backend("open", error))?;
        let opened = Opened {
            database,
            below: None,
        };
        Ok(RedbStore {
            opened: RwLock::new(Some(opened)),
            disk: None,
            cache_bytes,
            keep_free: 0,
            unsettled: Mutex::default(),
        })
    }

    /// Takes no commit that would leave less than `bytes` free on the disk: what else is on it has
    /// room to breathe, and a commit that has begun does not run out of space.
    #[must_use]
    pub fn keep_free(mut self, bytes: u64) -> Self {
        self.keep_free = bytes;
        self
    }

    /// Gives back to the disk what the store no longer needs. Whether there was anything.
    ///
    /// # Errors
    /// [`StoreError::Backend`].
    pub fn compact(&mut self) -> Result<bool> {
        let opened = self
            .opened
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        let opened = opened.as_mut().ok_or_else(not_open)?;
        opened
            .database
            .compact()
            .map_err(|error| StoreError::backend("compact", error))
    }

    /// Lets changes that were held back at the opening go to the disk.
    fn let_go(&self) -> Result<()> {
        let opened = self.opened();
        let Some(below) = opened.as_ref().and_then(|opened| opened.below.as_ref()) else {
            return Ok(());
        };
        below.let_go().map_err(|error| match is_full(&error) {
            true => StoreError::disk_full(error),
            false => StoreError::backend("open", error),
        })
    }

    fn opened(&self) -> RwLockReadGuard<'_, Option<Opened>> {
        self.opened.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens the disk again, its changes held back until there is space for them.
    fn open_again(&self) -> Result<()> {
        let mut slot = self.opened.write().unwrap_or_else(PoisonError::into_inner);
        let disk = self.disk.as_deref().ok_or_else(not_open)?;
        *slot = None;
        *slot = Some(Opened::on(disk, self.cache_bytes)?);
        Ok(())
    }

    /// Makes the store writable again after the disk was full, as far as there is space.
    fn recover(&self) -> Result<()> {
        if self.opened().is_none() {
            self.open_again()?;
        }
        self.let_go()
    }

    fn write(&self, operations: &[Operation<'_>]) -> Result<()> {
        let opened = self.opened();
        let opened = opened.as_ref().ok_or_else(not_open)?;
        apply(&opened.database, operations).map_err(|error| match &opened.below {
            Some(below) if below.was_full() => StoreError::disk_full(error),
            _ => StoreError::backend("commit", error),
        })
    }
}

impl Opened {
    /// Opens a disk, with its changes held back.
    pub(crate) fn on(disk: &dyn Disk, cache_bytes: usize) -> Result<Self> {
        let bytes = disk
            .open()
            .map_err(|error| StoreError::backend("open", error))?;
        let below = HeldBack::new(bytes).map_err(|error| StoreError::backend("open", error))?;
        let database = redb::Builder::new()
            .set_cache_size(cache_bytes)
            .create_with_backend(below.clone())
            .map_err(|error| StoreError::backend("open", error))?;
        Ok(Opened {
            database,
            below: Some(below),
        })
    }
}

fn not_open() -> StoreError {
    StoreError::backend("open", "the store could not be opened again")
}

impl Store for RedbStore {
    fn read(&self) -> Result<Box<dyn ReadView>> {
        let opened = self.opened();
        let opened = opened.as_ref().ok_or_else(not_open)?;
        Ok(Box::new(View::of(&opened.database)?))
    }

    fn room(&self, bytes: u64) -> Result<()> {
        let Some(free) = self.disk.as_ref().and_then(|disk| disk.free()) else {
            return Ok(());
        };
        let wanted = self
            .keep_free
            .saturating_add(bytes.saturating_mul(WRITTEN_FOR_EACH));
        if free >= wanted {
            return Ok(());
        }
        Err(StoreError::disk_full(format_args!(
            "{free} bytes are free on it and {wanted} are wanted"
        )))
    }

    fn commit(&self, batches: &[Batch]) -> Result<Vec<Refused>> {
        let mut unsettled = self
            .unsettled
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(resolved) = &*unsettled {
            self.recover()?;
            let there = is_there(&*self.read()?, &operations(batches, resolved))?;
            let resolved = unsettled.take().expect("it was there above");
            if there {
                return Ok(resolved.refused);
            }
        }
        // Nobody else writes, so that what is read here is what the transaction finds.
        let resolved = resolve(batches, &*self.read()?)?;
        match self.write(&operations(batches, &resolved)) {
            Err(full @ StoreError::DiskFull { .. }) => {
                *unsettled = Some(resolved);
                // Where this fails it is tried again with the commit.
                if let Err(error) = self.open_again() {
                    return Err(StoreError::disk_full(error));
                }
                Err(full)
            }
            written => written.map(|()| resolved.refused),
        }
    }
}

/// What the batches that are taken write, in key order, each key once.
fn operations<'b>(batches: &'b [Batch], resolved: &'b Resolved) -> Vec<Operation<'b>> {
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
    let last_of_each = |group: &[Operation<'b>]| group[group.len() - 1];
    let same = |a: &Operation<'_>, b: &Operation<'_>| (a.table, a.key) == (b.table, b.key);
    operations.chunk_by(same).map(last_of_each).collect()
}

fn apply(database: &redb::Database, operations: &[Operation<'_>]) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    for group in operations.chunk_by(|a, b| a.table == b.table) {
        let mut table = transaction.open_table(definition(group[0].table))?;
        for operation in group {
            match operation.value {
                Some(value) => table.insert(operation.key, value)?,
                None => table.remove(operation.key)?,
            };
        }
    }
    transaction.commit()?;
    Ok(())
}

/// Whether everything is as the writes leave it. Then they were done, or need not be.
fn is_there(view: &dyn ReadView, operations: &[Operation<'_>]) -> Result<bool> {
    for operation in operations {
        let mut same = operation.value.is_none();
        view.get(operation.table, operation.key, &mut |found| {
            same = operation.value == Some(found);
        })?;
        if !same {
            return Ok(false);
        }
    }
    Ok(true)
}

pub(crate) struct View {
    transaction: redb::ReadTransaction,
    /// Opened as they are used; `None` for a table nothing was ever written to.
    tables: [OnceLock<Option<ReadTable>>; Table::ALL.len()],
}

impl View {
    pub(crate) fn of(database: &redb::Database) -> Result<Self> {
        let transaction = database
            .begin_read()
            .map_err(|error| StoreError::backend("read", error))?;
        Ok(View {
            transaction,
            tables: [const { OnceLock::new() }; Table::ALL.len()],
        })
    }

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
