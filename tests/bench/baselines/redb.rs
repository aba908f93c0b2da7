//! The baseline of commits: redb alone, in transactions of the server's size.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use redb::{Database, TableDefinition};
use tempfile::TempDir;

use super::Work;
use crate::server::StoreStats;
use crate::usage::Usage;

const ROWS: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("rows");

/// The bytes of a key: tenant, instance and number of the row.
const KEY_BYTES: usize = 4 + 8 + 8;

/// Commits where each instance takes as many rows and bytes as the server's did, and a transaction
/// as many instances.
pub struct Commits {
    database: Database,
    file: PathBuf,
    _folder: TempDir,
    next: u64,
}

impl Commits {
    /// A database of its own.
    pub fn new() -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let file = folder.path().join("bare.redb");
        Self {
            database: Database::create(&file).expect("a database"),
            file,
            _folder: folder,
            next: 0,
        }
    }

    /// Commits for about `time` what an instance writes, `server` being what many of them wrote.
    pub fn run(&mut self, server: &StoreStats, time: Duration) -> Work {
        let shape = Shape::of(server);
        let (begin, first) = (Instant::now(), self.next);
        let before = Usage::of(&[std::process::id()]);
        let mut syncs = 0;
        while begin.elapsed() < time {
            let instances = self.next..self.next + shape.instances;
            commit(&self.database, instances, shape.rows, &shape.value).expect("redb commits");
            self.next += shape.instances;
            syncs += 1;
        }
        let used = Usage::of(&[std::process::id()]) - before;
        Work {
            completed: self.next - first,
            seconds: begin.elapsed().as_secs_f64(),
            disk_bytes: Some(used.disk_bytes),
            syncs: Some(syncs),
            note: format!(
                "{} instances a commit, {} rows of {} bytes each, as (a) has them at 256 \
                 connections; file of {} MB",
                shape.instances,
                shape.rows,
                shape.value.len() + KEY_BYTES,
                self.file.metadata().map_or(0, |meta| meta.len() >> 20),
            ),
        }
    }
}

/// What one transaction holds.
struct Shape {
    instances: u64,
    rows: u64,
    value: Vec<u8>,
}

impl Shape {
    fn of(server: &StoreStats) -> Self {
        let each = |amount: u64, of: u64| (amount as f64 / of.max(1) as f64).round() as u64;
        let rows = each(server.operations, server.batches).max(1);
        let bytes = each(server.bytes, server.operations) as usize;
        Self {
            instances: each(server.batches, server.commits).max(1),
            rows,
            value: vec![7; bytes.saturating_sub(KEY_BYTES)],
        }
    }
}

fn commit(
    database: &Database,
    instances: std::ops::Range<u64>,
    rows: u64,
    value: &[u8],
) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    let mut table = transaction.open_table(ROWS)?;
    for instance in instances {
        for row in 0..rows {
            let mut key = [0; KEY_BYTES];
            key[4..12].copy_from_slice(&instance.to_be_bytes());
            key[12..].copy_from_slice(&row.to_be_bytes());
            table.insert(&key[..], value)?;
        }
    }
    drop(table);
    transaction.commit()?;
    Ok(())
}
