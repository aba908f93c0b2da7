//! The check of a store: is every row readable, and is every index what its records give?

use std::ops::Bound;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use redb::{DatabaseError, StorageError};

use crate::database::check_format;
use crate::disk::{Disk, FileDisk};
use crate::held_back::HeldBack;
use crate::record::{Index, IndexSink, Owner, Record, decode_value};
use crate::records::every::{Visitor, visit_every};
use crate::redb_store::{Opened, View};
use crate::store::{Direction, ReadView};
use crate::{KeyBytes, Result, StoreError, Table};

/// What a check found.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// How many rows of which table were read.
    pub rows: Vec<(Table, u64)>,
    /// What is wrong, up to as many as were asked for.
    pub findings: Vec<Finding>,
    /// How many more there are.
    pub left_out: u64,
    most: usize,
}

/// Something that is wrong with a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The table it is in, where that is known.
    pub table: Option<Table>,
    /// The key of the row, where it is about one.
    pub key: Option<Vec<u8>>,
    /// What is wrong.
    pub what: String,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(table) = self.table {
            write!(f, "{table}: ")?;
        }
        if let Some(key) = &self.key {
            write!(f, "{}: ", Hex(key))?;
        }
        f.write_str(&self.what)
    }
}

struct Hex<'a>(&'a [u8]);

impl std::fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Checked {
    fn new(most: usize) -> Self {
        Checked {
            most,
            ..Checked::default()
        }
    }

    fn find(&mut self, table: Option<Table>, key: Option<&[u8]>, what: impl Into<String>) {
        if self.findings.len() == self.most {
            self.left_out += 1;
            return;
        }
        self.findings.push(Finding {
            table,
            key: key.map(<[u8]>::to_vec),
            what: what.into(),
        });
    }
}

/// Pages kept in memory while rows are checked, in bytes.
const CACHE_BYTES: usize = 64 << 20;

/// Checks the store in the file at `path`, which no server may have open, and changes nothing of
/// it. Tells up to `most` findings.
///
/// Every page's checksum is compared; the first page that is damaged is named by its place in the
/// file and by the table and key that it holds. Then every value is decoded, and every index is
/// compared with what its records give.
///
/// # Errors
/// [`StoreError::Backend`] where it cannot be opened at all; [`StoreError::NewerFormat`].
pub fn check_file(path: impl AsRef<Path>, most: usize) -> Result<Checked> {
    let disk = FileDisk::new(path.as_ref());
    let mut checked = Checked::new(most);
    let damaged = damaged_page(&disk, &mut checked)?;
    let opened = Opened::on(&disk, damaged.map_or(CACHE_BYTES, |_| 0))?;
    let view = View::of(&opened.database)?;
    check_format(&view)?;
    let bad_table = damaged.and_then(|page| {
        let below = opened.below.as_ref()?;
        below.watch(page);
        let place = place_of_page(&view, below);
        let what = format!("the page at byte {page} of the file is damaged");
        match &place {
            Some((table, Some(key))) => checked.find(
                Some(*table),
                None,
                format!(
                    "{what}; the last row in front of it has the key {}",
                    Hex(key)
                ),
            ),
            Some((table, None)) => checked.find(
                Some(*table),
                None,
                format!("{what}; no row of the table can be read"),
            ),
            None => checked.find(None, None, format!("{what}; it holds no rows")),
        }
        place.map(|(table, _)| table)
    });
    let mut rows = RowCheck {
        view: &view,
        checked: &mut checked,
        entries: [0; Table::ALL.len()],
        bad_table,
    };
    visit_every(&mut rows);
    Ok(checked)
}

/// Compares the checksums of all pages; where the first one is that does not fit.
fn damaged_page(disk: &FileDisk, checked: &mut Checked) -> Result<Option<u64>> {
    const NONE: u64 = u64::MAX;
    let cannot = |error: std::io::Error| StoreError::backend("open", error);
    let below = HeldBack::new(disk.open().map_err(cannot)?).map_err(cannot)?;
    let damaged = Arc::new(AtomicU64::new(NONE));
    let mut builder = redb::Builder::new();
    builder.set_cache_size(0).set_check_integrity_on_open(true);
    builder.set_repair_callback({
        let (below, damaged) = (below.clone(), Arc::clone(&damaged));
        move |session| {
            // It is told a share of about a third once the newest commit was found to be damaged;
            // what was read last is where.
            if (0.2..0.5).contains(&session.progress()) {
                let _ = damaged.compare_exchange(
                    NONE,
                    below.last_read(),
                    Ordering::Relaxed,
                    Ordering::Relaxed,
                );
            }
        }
    });
    let opened = builder.create_with_backend(below.clone());
    let mut page = Some(damaged.load(Ordering::Relaxed)).filter(|page| *page != NONE);
    if let Err(DatabaseError::Storage(StorageError::Corrupted(_))) = &opened {
        page = page.or(Some(below.last_read()));
    }
    match (opened, page) {
        (Ok(_), None) => Ok(None),
        (Ok(_), Some(page)) => {
            let what = format!(
                "the newest commit is damaged (page at byte {page} of the file); the one before it \
                 is whole, and the next start goes on from there"
            );
            checked.find(None, None, what);
            Ok(None)
        }
        (Err(_), Some(page)) => Ok(Some(page)),
        (Err(error), None) => Err(StoreError::backend("open", error)),
    }
}

/// The table and the last key that are read before the watched page is.
fn place_of_page(view: &View, below: &HeldBack) -> Option<(Table, Option<Vec<u8>>)> {
    for table in Table::ALL {
        let mut last = None;
        // What is damaged may be anything, also what makes its reader panic.
        let read = catch_unwind(AssertUnwindSafe(|| {
            let all = (Bound::Unbounded, Bound::Unbounded);
            let mut rows = view.scan(*table, all.0, all.1, Direction::Forward)?;
            let mut before = None;
            while !below.saw_it() && rows.next(&mut |key, _| before = Some(key.to_vec()))? {
                if !below.saw_it() {
                    last = before.take();
                }
            }
            Ok::<_, StoreError>(())
        }));
        if below.saw_it() || !matches!(read, Ok(Ok(()))) {
            return Some((*table, last));
        }
    }
    None
}

struct RowCheck<'v> {
    view: &'v dyn ReadView,
    checked: &'v mut Checked,
    /// How many entries the records give each index.
    entries: [u64; Table::ALL.len()],
    /// A table that is known to be damaged.
    bad_table: Option<Table>,
}

impl RowCheck<'_> {
    /// Calls `look` with every row of a table; how many there are.
    fn rows(&mut self, table: Table, mut look: impl FnMut(&mut Self, &[u8], &[u8])) -> u64 {
        let view = self.view;
        let mut count = 0;
        let read = catch_unwind(AssertUnwindSafe(|| {
            let all = (Bound::Unbounded, Bound::Unbounded);
            let mut rows = view.scan(table, all.0, all.1, Direction::Forward)?;
            while rows.next(&mut |key, value| look(self, key, value))? {
                count += 1;
            }
            Ok::<_, StoreError>(())
        }));
        match read {
            Ok(Ok(())) => {}
            Ok(Err(error)) => self.checked.find(Some(table), None, error.to_string()),
            Err(_) => self.checked.find(Some(table), None, "it cannot be read"),
        }
        self.checked.rows.push((table, count));
        count
    }

    fn record_row<R: Record>(&mut self, key: &[u8], value: &[u8]) {
        let found = |this: &mut Self, what: String| {
            this.checked.find(Some(R::TABLE), Some(key), what);
        };
        let record: R = match decode_value(value) {
            Ok(record) => record,
            Err(error) => return found(self, error.to_string()),
        };
        let Some((owner, of_row)) = key.split_at_checked(R::Owner::BYTES) else {
            return found(self, "the key is too short".to_owned());
        };
        let mut own = Vec::new();
        record.key().encode(&mut own);
        if own != of_row {
            return found(
                self,
                format!("the row says of itself that its key is {}", Hex(&own)),
            );
        }
        for (table, entry) in entries_of(owner, &record) {
            self.entries[table as usize] += 1;
            if Some(table) == self.bad_table {
                continue;
            }
            let mut same = false;
            let read = self
                .view
                .get(table, &entry, &mut |primary| same = primary == of_row);
            let what = match read {
                Ok(true) if same => continue,
                Ok(true) => format!("the entry {} leads to another row", Hex(&entry)),
                Ok(false) => format!("the entry {} is missing", Hex(&entry)),
                Err(error) => error.to_string(),
            };
            self.checked.find(Some(table), Some(key), what);
        }
    }

    fn index_row<I: Index>(&mut self, key: &[u8], value: &[u8]) {
        let owner = key
            .get(..<I::Record as Record>::Owner::BYTES)
            .unwrap_or_default();
        let primary = [owner, value].concat();
        let mut given = false;
        let read = self.view.get(I::Record::TABLE, &primary, &mut |value| {
            let record = decode_value::<I::Record>(value);
            given = record
                .is_ok_and(|record| entries_of(owner, &record).contains(&(I::TABLE, key.to_vec())));
        });
        let what = match read {
            Ok(true) if given => return,
            Ok(true) => "the row it leads to gives no such entry".to_owned(),
            Ok(false) => "it leads to no row".to_owned(),
            Err(error) => error.to_string(),
        };
        self.checked.find(Some(I::TABLE), Some(key), what);
    }
}

impl Visitor for RowCheck<'_> {
    fn record<R: Record>(&mut self) {
        if self.bad_table != Some(R::TABLE) {
            self.rows(R::TABLE, Self::record_row::<R>);
        }
    }

    fn index<I: Index>(&mut self) {
        let bad = [Some(I::TABLE), Some(I::Record::TABLE)];
        if self.bad_table.is_some() && bad.contains(&self.bad_table) {
            return;
        }
        let count = self.rows(I::TABLE, |_, _, _| ());
        // Every entry that the records give was looked for, so that only too many are left to find.
        if count > self.entries[I::TABLE as usize] {
            self.rows(I::TABLE, Self::index_row::<I>);
            self.checked.rows.pop();
        }
    }
}

fn entries_of<R: Record>(owner: &[u8], record: &R) -> Vec<(Table, Vec<u8>)> {
    let mut sink = IndexSink::new(owner.to_vec());
    record.indexes(&mut sink);
    sink.entries
}
