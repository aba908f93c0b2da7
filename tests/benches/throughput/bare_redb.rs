//! The first baseline: redb alone, in transactions of the server's size.

use std::time::{Duration, Instant};

use redb::{Database, TableDefinition};

use super::server::StoreStats;

const ROWS: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("rows");

/// The bytes of a key: tenant, instance and number of the row.
const KEY_BYTES: usize = 4 + 8 + 8;

/// Instances a second where each takes as many rows and bytes as the server's, and a transaction
/// as many instances.
pub fn measure(server: &StoreStats, time: Duration) -> f64 {
    let instances = (server.batches_per_commit().round() as u64).max(1);
    let rows = (server.rows_per_batch().round() as u64).max(1);
    let bytes = server.bytes_per_batch() / rows as f64;
    let value = vec![7; (bytes as usize).saturating_sub(KEY_BYTES)];
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let database = Database::create(folder.path().join("bare.redb")).expect("a database");
    let mut next = 0;
    let mut run = |time: Duration| {
        let (begin, first) = (Instant::now(), next);
        while begin.elapsed() < time {
            commit(&database, next..next + instances, rows, &value).expect("redb commits");
            next += instances;
        }
        (next - first) as f64 / begin.elapsed().as_secs_f64()
    };
    // A new file grows with almost every transaction; the server's does not.
    run(time / 4);
    run(time)
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
