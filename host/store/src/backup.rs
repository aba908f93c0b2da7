//! Backups: a snapshot as one stream of bytes that says by itself whether it is whole.
//!
//! A stream is `anyam-backup`, the version of this form and that of the data (each four big-endian
//! bytes), and then parts: byte 1, the length of a table's name in one byte and the name; or byte
//! 2, the lengths of a key and a value in four bytes each, the key and the value; and last byte 0,
//! the number of rows in eight bytes and the SHA-256 of everything before it.

use std::io::{self, Read, Write};
use std::ops::Bound;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::database::{FORMAT, check_format, format_of};
use crate::disk::FileDisk;
use crate::redb_store::{Opened, View, definition};
use crate::store::{Direction, ReadView};
use crate::{Limits, Result, StoreError, Table};

const MAGIC: &[u8; 12] = b"anyam-backup";
const VERSION: u32 = 1;
const END: u8 = 0;
const TABLE: u8 = 1;
const ROW: u8 = 2;

/// Bytes of rows that a restore commits at once.
const COMMIT_BYTES: usize = 32 << 20;

/// Pages kept in memory while a backup is made, in bytes.
const CACHE_BYTES: usize = 16 << 20;

/// What a backup holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackupSummary {
    /// Rows of all tables.
    pub rows: u64,
    /// Bytes of the backup.
    pub bytes: u64,
    /// SHA-256 of the backup but for its last 32 bytes, which are this.
    pub digest: [u8; 32],
}

/// Writes everything in a view.
pub(crate) fn back_up(view: &dyn ReadView, out: &mut dyn Write) -> Result<BackupSummary> {
    let mut out = Sink {
        out,
        digest: Sha256::new(),
        bytes: 0,
    };
    out.put(MAGIC)?;
    out.put(&VERSION.to_be_bytes())?;
    out.put(&format_of(view)?.to_be_bytes())?;
    let mut rows: u64 = 0;
    for table in Table::ALL {
        let name = table.name().as_bytes();
        out.put(&[TABLE, u8::try_from(name.len()).expect("names are short")])?;
        out.put(name)?;
        let mut scan = view.scan(
            *table,
            Bound::Unbounded,
            Bound::Unbounded,
            Direction::Forward,
        )?;
        let mut done = Ok(());
        while scan.next(&mut |key, value| done = out.row(key, value))? {
            std::mem::replace(&mut done, Ok(()))?;
            rows += 1;
        }
    }
    out.put(&[END])?;
    out.put(&rows.to_be_bytes())?;
    let digest: [u8; 32] = out.digest.finalize_reset().into();
    out.put(&digest)?;
    out.out.flush().map_err(failed)?;
    let bytes = out.bytes;
    Ok(BackupSummary {
        rows,
        bytes,
        digest,
    })
}

/// Writes a backup of the store in the file at `path`, which no server may have open, and changes
/// nothing of it.
///
/// # Errors
/// [`StoreError::Backend`], [`StoreError::NewerFormat`].
pub fn back_up_file(path: impl AsRef<Path>, out: &mut dyn Write) -> Result<BackupSummary> {
    let opened = Opened::on(&FileDisk::new(path.as_ref()), CACHE_BYTES)?;
    let view = View::of(&opened.database)?;
    check_format(&view)?;
    back_up(&view, out)
}

fn failed(error: io::Error) -> StoreError {
    StoreError::backend("backup", error)
}

struct Sink<'w> {
    out: &'w mut dyn Write,
    digest: Sha256,
    bytes: u64,
}

impl Sink<'_> {
    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.digest.update(bytes);
        self.bytes += bytes.len() as u64;
        self.out.write_all(bytes).map_err(failed)
    }

    fn row(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        let length = |bytes: &[u8]| u32::try_from(bytes.len()).map(u32::to_be_bytes);
        let (Ok(key_length), Ok(value_length)) = (length(key), length(value)) else {
            return Err(failed(io::Error::other("a row is larger than 4 GiB")));
        };
        self.put(&[ROW])?;
        self.put(&key_length)?;
        self.put(&value_length)?;
        self.put(key)?;
        self.put(value)
    }
}

/// Makes a store at `path` of a backup. The store appears there in one step, once all of the
/// backup was read and found to be whole; nothing may be there before.
///
/// # Errors
/// [`StoreError::BadBackup`] where it is damaged, cut off or none; [`StoreError::NewerFormat`];
/// [`StoreError::Backend`].
pub fn restore(backup: &mut dyn Read, path: impl AsRef<Path>) -> Result<BackupSummary> {
    let disk = FileDisk::new(path.as_ref());
    let cannot = |error: io::Error| StoreError::backend("restore", error);
    if disk.exists().map_err(cannot)? {
        let there = format!("{} is there already", path.as_ref().display());
        return Err(cannot(io::Error::other(there)));
    }
    let new = Unfinished::beside(path.as_ref());
    let summary = {
        let database = redb::Database::create(&new.0)
            .map_err(|error| StoreError::backend("restore", error))?;
        let summary = load(backup, |rows| put(&database, rows))?;
        database
            .close()
            .map_err(|error| StoreError::backend("restore", error))?;
        summary
    };
    disk.take(&new.0).map_err(cannot)?;
    Ok(summary)
}

/// A file that is removed unless it was renamed.
struct Unfinished(PathBuf);

impl Unfinished {
    fn beside(path: &Path) -> Self {
        let mut new = path.as_os_str().to_owned();
        new.push(".restoring");
        let new = PathBuf::from(new);
        // Left by a restore that was cut short; it was never a store.
        let _ = std::fs::remove_file(&new);
        Self(new)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Reads all of a backup and finds whether it is whole.
///
/// # Errors
/// As [`restore`].
pub fn verify(backup: &mut dyn Read) -> Result<BackupSummary> {
    load(backup, |_| Ok(()))
}

type Row = (Table, Vec<u8>, Vec<u8>);

/// Reads all of a backup and gives its rows to `put`, many at a time.
fn load(backup: &mut dyn Read, put: impl Fn(&[Row]) -> Result<()>) -> Result<BackupSummary> {
    let mut source = Source {
        backup,
        digest: Sha256::new(),
        bytes: 0,
    };
    source.head()?;
    let mut rows = 0;
    let mut table = None;
    let mut waiting: Vec<Row> = Vec::new();
    let mut bytes = 0;
    loop {
        match source.array::<1>()? {
            [TABLE] => table = Some(source.table()?),
            [ROW] => {
                let table = table.ok_or_else(|| bad("a row stands in front of every table"))?;
                let (key, value) = source.row()?;
                bytes += key.len() + value.len();
                rows += 1;
                waiting.push((table, key, value));
                if bytes >= COMMIT_BYTES {
                    put(&waiting)?;
                    waiting.clear();
                    bytes = 0;
                }
            }
            [END] => break,
            [other] => return Err(bad(format_args!("it has a part of unknown kind {other}"))),
        }
    }
    if u64::from_be_bytes(source.array()?) != rows {
        return Err(bad("it has not as many rows as it says"));
    }
    let digest: [u8; 32] = source.digest.finalize_reset().into();
    if source.array()? != digest {
        return Err(bad("its digest is not that of its content: it is damaged"));
    }
    if source.backup.read(&mut [0]).map_err(unreadable)? != 0 {
        return Err(bad("something stands behind its end"));
    }
    put(&waiting)?;
    Ok(BackupSummary {
        rows,
        bytes: source.bytes,
        digest,
    })
}

fn put(database: &redb::Database, rows: &[Row]) -> Result<()> {
    let write = || -> Result<(), redb::Error> {
        let transaction = database.begin_write()?;
        for group in rows.chunk_by(|a, b| a.0 == b.0) {
            let mut table = transaction.open_table(definition(group[0].0))?;
            for (_, key, value) in group {
                table.insert(&**key, &**value)?;
            }
        }
        transaction.commit()?;
        Ok(())
    };
    write().map_err(|error| StoreError::backend("restore", error))
}

fn bad(reason: impl std::fmt::Display) -> StoreError {
    StoreError::BadBackup {
        reason: reason.to_string().into(),
    }
}

fn unreadable(error: io::Error) -> StoreError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => bad("it is cut off"),
        _ => bad(error),
    }
}

struct Source<'r> {
    backup: &'r mut dyn Read,
    digest: Sha256,
    bytes: u64,
}

impl Source<'_> {
    fn head(&mut self) -> Result<()> {
        if self.array()? != *MAGIC {
            return Err(bad("it is no backup of Anyam"));
        }
        for known in [VERSION, FORMAT] {
            let found = u32::from_be_bytes(self.array()?);
            if found > known {
                return Err(StoreError::NewerFormat { found, known });
            }
        }
        Ok(())
    }

    fn table(&mut self) -> Result<Table> {
        let [length] = self.array()?;
        let name = self.bytes(usize::from(length))?;
        let known = Table::ALL
            .iter()
            .find(|table| table.name().as_bytes() == name);
        known.copied().ok_or_else(|| {
            let name = String::from_utf8_lossy(&name);
            bad(format_args!(
                "it has a table that this release does not know: {name:?}"
            ))
        })
    }

    fn row(&mut self) -> Result<(Vec<u8>, Vec<u8>)> {
        let limits = Limits::default();
        let mut lengths = [0; 2];
        for (length, (limit, what)) in lengths
            .iter_mut()
            .zip([(limits.key_bytes, "key"), (limits.value_bytes, "value")])
        {
            *length = u32::from_be_bytes(self.array()?) as usize;
            // A damaged length must not ask for memory.
            if *length > limit {
                return Err(bad(format_args!("it has a {what} of {length} bytes")));
            }
        }
        Ok((self.bytes(lengths[0])?, self.bytes(lengths[1])?))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn bytes(&mut self, length: usize) -> Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<()> {
        self.backup.read_exact(bytes).map_err(unreadable)?;
        self.digest.update(&*bytes);
        self.bytes += bytes.len() as u64;
        Ok(())
    }
}
