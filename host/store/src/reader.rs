//! Typed reads of a consistent snapshot.

use std::marker::PhantomData;
use std::ops::Bound;

use crate::batch::row_key;
use crate::key::{PrefixOf, after_prefix};
use crate::record::{Index, Record, SystemOwned, TenantOwned, decode_value};
use crate::records::BlockOwner;
use crate::store::{Direction, ReadView, Rows};
use crate::{BLOCK, Result, Stamp, StoreError, Table, TenantId};

/// A consistent snapshot of everything committed when it was taken. Hold it for a request, not for
/// longer: space freed by later commits cannot be reused while it lives.
pub struct Reader {
    view: Box<dyn ReadView>,
}

impl Reader {
    pub(crate) fn new(view: Box<dyn ReadView>) -> Self {
        Reader { view }
    }

    /// The rows of one tenant.
    pub fn tenant(&self, tenant: TenantId) -> TenantReader<'_> {
        TenantReader {
            view: &*self.view,
            owner: tenant.0.to_be_bytes(),
        }
    }

    /// The system tables.
    pub fn system(&self) -> SystemReader<'_> {
        SystemReader { view: &*self.view }
    }

    /// Writes all of the snapshot as a backup, which [`restore`](crate::restore) makes a store of.
    ///
    /// # Errors
    /// What the backend or `out` says.
    pub fn back_up(&self, out: &mut dyn std::io::Write) -> Result<crate::BackupSummary> {
        crate::backup::back_up(&*self.view, out)
    }

    /// Who owns the block that `key` is in; `None` for a key that was never given out or whose
    /// owner was never committed.
    pub fn owner_of(&self, key: u64) -> Result<Option<BlockOwner>> {
        self.system().get::<BlockOwner>(&(key & !(BLOCK - 1)))
    }
}

/// Reads the rows of one tenant.
#[derive(Clone, Copy)]
pub struct TenantReader<'r> {
    view: &'r dyn ReadView,
    owner: [u8; 4],
}

impl<'r> TenantReader<'r> {
    /// The row under `key`.
    pub fn get<R: Record<Owner = TenantOwned>>(&self, key: &R::Key<'_>) -> Result<Option<R>> {
        get(self.view, &row_key(&self.owner, key))
    }

    /// The row under `key`, with what stands for its value in
    /// [`TenantWriter::expect`](crate::TenantWriter::expect).
    pub fn stamped<R: Record<Owner = TenantOwned>>(
        &self,
        key: &R::Key<'_>,
    ) -> Result<Option<(R, Stamp)>> {
        let mut found = None;
        self.view
            .get(R::TABLE, &row_key(&self.owner, key), &mut |value| {
                found = Some(decode_value(value).map(|record| (record, Stamp::of(value))));
            })?;
        found.transpose()
    }

    /// The rows whose keys start with `prefix` (`()` for all), decoded as they are reached.
    pub fn scan<'k, R: Record<Owner = TenantOwned>>(
        &self,
        prefix: impl PrefixOf<R::Key<'k>>,
        direction: Direction,
    ) -> Scan<'r, R> {
        Scan::new(
            self.view,
            &self.owner,
            R::TABLE,
            None,
            |key| prefix.encode_prefix(key),
            direction,
        )
    }

    /// The records whose index keys start with `prefix` (`()` for all), in index order.
    pub fn index<'k, I: Index<Record: Record<Owner = TenantOwned>>>(
        &self,
        prefix: impl PrefixOf<I::Key<'k>>,
        direction: Direction,
    ) -> Scan<'r, I::Record> {
        let through = Some(I::Record::TABLE);
        Scan::new(
            self.view,
            &self.owner,
            I::TABLE,
            through,
            |key| prefix.encode_prefix(key),
            direction,
        )
    }
}

/// Reads the system tables.
#[derive(Clone, Copy)]
pub struct SystemReader<'r> {
    view: &'r dyn ReadView,
}

impl<'r> SystemReader<'r> {
    /// The row under `key`.
    pub fn get<R: Record<Owner = SystemOwned>>(&self, key: &R::Key<'_>) -> Result<Option<R>> {
        get(self.view, &row_key(&[], key))
    }

    /// The rows whose keys start with `prefix` (`()` for all), decoded as they are reached.
    pub fn scan<'k, R: Record<Owner = SystemOwned>>(
        &self,
        prefix: impl PrefixOf<R::Key<'k>>,
        direction: Direction,
    ) -> Scan<'r, R> {
        Scan::new(
            self.view,
            &[],
            R::TABLE,
            None,
            |key| prefix.encode_prefix(key),
            direction,
        )
    }

    /// The records whose index keys start with `prefix` (`()` for all), in index order.
    pub fn index<'k, I: Index<Record: Record<Owner = SystemOwned>>>(
        &self,
        prefix: impl PrefixOf<I::Key<'k>>,
        direction: Direction,
    ) -> Scan<'r, I::Record> {
        let through = Some(I::Record::TABLE);
        Scan::new(
            self.view,
            &[],
            I::TABLE,
            through,
            |key| prefix.encode_prefix(key),
            direction,
        )
    }
}

fn get<R: Record>(view: &dyn ReadView, key: &[u8]) -> Result<Option<R>> {
    let mut record = None;
    view.get(R::TABLE, key, &mut |value| {
        record = Some(decode_value(value))
    })?;
    record.transpose()
}

/// An iterator over records. Narrow it with [`after`](Scan::after), [`from`](Scan::from) or
/// [`until`](Scan::until) before the first `next`.
pub struct Scan<'r, R> {
    view: &'r dyn ReadView,
    owner: Vec<u8>,
    table: Table,
    /// The table of the records, if `table` is an index.
    through: Option<Table>,
    start: Bound<Vec<u8>>,
    end: Bound<Vec<u8>>,
    direction: Direction,
    rows: Option<Box<dyn Rows + 'r>>,
    ended: bool,
    record: PhantomData<fn() -> R>,
}

impl<'r, R: Record> Scan<'r, R> {
    fn new(
        view: &'r dyn ReadView,
        owner: &[u8],
        table: Table,
        through: Option<Table>,
        prefix: impl FnOnce(&mut Vec<u8>),
        direction: Direction,
    ) -> Self {
        let mut start = owner.to_vec();
        prefix(&mut start);
        let end = after_prefix(&start).map_or(Bound::Unbounded, Bound::Excluded);
        Scan {
            view,
            owner: owner.to_vec(),
            table,
            through,
            start: Bound::Included(start),
            end,
            direction,
            rows: None,
            ended: false,
            record: PhantomData,
        }
    }

    /// Goes on behind `key` in the direction of the scan: for pages. `key` is a key of what is
    /// scanned (the index key for an index) and must lie within the prefix.
    pub fn after(self, key: &impl crate::KeyBytes) -> Self {
        let bound = Bound::Excluded(row_key(&self.owner, key));
        self.starting(bound)
    }

    /// Starts at `key`, which is included and must lie within the prefix.
    pub fn from(self, key: &impl crate::KeyBytes) -> Self {
        let bound = Bound::Included(row_key(&self.owner, key));
        self.starting(bound)
    }

    /// Ends at `key`, which is included and must lie within the prefix. A leading part of the key
    /// stands for itself alone: use it as a limit between keys.
    pub fn until(mut self, key: &impl crate::KeyBytes) -> Self {
        let bound = Bound::Included(row_key(&self.owner, key));
        match self.direction {
            Direction::Forward => self.end = bound,
            Direction::Reverse => self.start = bound,
        }
        self
    }

    /// Counts the rows without decoding them.
    ///
    /// # Errors
    /// What the backend says.
    pub fn count_rows(mut self) -> Result<u64> {
        let mut count = 0;
        let rows = self.rows()?;
        while rows.next(&mut |_, _| count += 1)? {}
        Ok(count)
    }

    fn starting(mut self, bound: Bound<Vec<u8>>) -> Self {
        match self.direction {
            Direction::Forward => self.start = bound,
            Direction::Reverse => self.end = bound,
        }
        self
    }

    fn rows(&mut self) -> Result<&mut Box<dyn Rows + 'r>> {
        if self.rows.is_none() {
            let start = self.start.as_ref().map(Vec::as_slice);
            let end = self.end.as_ref().map(Vec::as_slice);
            self.rows = Some(self.view.scan(self.table, start, end, self.direction)?);
        }
        Ok(self.rows.as_mut().expect("opened above"))
    }

    fn advance(&mut self) -> Result<Option<R>> {
        let through = self.through;
        let mut primary = self.owner.clone();
        let mut record = None;
        let found = self.rows()?.next(&mut |_, value| match through {
            Some(_) => primary.extend_from_slice(value),
            None => record = Some(decode_value(value)),
        })?;
        let Some(table) = through.filter(|_| found) else {
            return record.transpose();
        };
        match get(self.view, &primary)? {
            Some(record) => Ok(Some(record)),
            None => Err(StoreError::corrupt(
                table,
                format_args!("{} points to no row", self.table),
            )),
        }
    }
}

impl<R: Record> Iterator for Scan<'_, R> {
    type Item = Result<R>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.advance().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}
