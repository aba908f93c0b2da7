//! How fast the store writes on this disk, with every commit synced.
//!
//! `cargo run --release -p anyam-store --example throughput [FOLDER]`

use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyam_store::records::{HistorySegment, InstanceBlob, Variable};
use anyam_store::{Batch, Database, Direction, Limits, RedbStore, Result, TenantId};

const TENANT: TenantId = TenantId(1);
const TIME: Duration = Duration::from_secs(3);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = match std::env::args().nth(1) {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir_in(".")?,
    };
    let open = |name: &str| -> Result<Database> {
        Database::open(
            RedbStore::open(folder.path().join(name), 256 << 20)?,
            Limits::default(),
        )
    };
    report(
        "1,000-row batches, rising keys",
        run(&open("rows")?, 2, |i| rows(i * 1_000))?,
    );
    report(
        "1,000-row batches, random keys",
        run(&open("random")?, 2, |i| rows(scatter(i)))?,
    );
    for waiting in [1, 16, 64, 256, 1_024] {
        let name = format!("instances-{waiting}");
        let database = open(&name)?;
        let run = run(&database, waiting, |_| instance(database.next_block()))?;
        report(&format!("6-row instances, {waiting} at a time"), run);
    }
    reads(&open("rows")?)
}

struct Run {
    elapsed: Duration,
    batches: u64,
    operations: u64,
    commits: u64,
}

/// Keeps `waiting` batches submitted for [`TIME`].
fn run(database: &Database, waiting: usize, batch: impl Fn(u64) -> Batch) -> Result<Run> {
    let before = database.stats();
    let (sender, receiver) = mpsc::channel();
    let start = Instant::now();
    let mut submitted = 0;
    let mut in_flight = 0;
    while start.elapsed() < TIME || in_flight > 0 {
        while in_flight < waiting && start.elapsed() < TIME {
            let sender = sender.clone();
            database.submit(batch(submitted), move |result| _ = sender.send(result))?;
            submitted += 1;
            in_flight += 1;
        }
        if in_flight > 0 {
            receiver.recv().expect("every batch completes")?;
            in_flight -= 1;
        }
    }
    let stats = database.stats();
    Ok(Run {
        elapsed: start.elapsed(),
        batches: stats.batches - before.batches,
        operations: stats.operations - before.operations,
        commits: stats.commits - before.commits,
    })
}

fn rows(first: u64) -> Batch {
    let mut batch = Batch::new();
    let mut tenant = batch.tenant(TENANT);
    for at in 0..1_000 {
        let key = if first >> 40 == 0 {
            first + at
        } else {
            scatter(first ^ at)
        };
        tenant.put(&HistorySegment {
            instance: key,
            seq: 0,
            bytes: vec![7; 100],
        });
    }
    batch
}

fn instance(block: u64) -> Batch {
    let mut batch = Batch::new();
    let mut tenant = batch.tenant(TENANT);
    tenant.put(&InstanceBlob {
        instance: block,
        bytes: vec![7; 300],
    });
    tenant.put(&HistorySegment {
        instance: block,
        seq: 0,
        bytes: vec![7; 200],
    });
    for at in 0..4 {
        tenant.put(&Variable {
            key: block + 1 + at,
            instance: block,
            scope: block,
            name: "amount".into(),
            value: "1234.50".into(),
        });
    }
    batch
}

/// A number far from its neighbours' (splitmix64), never below 2^40.
fn scatter(i: u64) -> u64 {
    let mut z = i.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z ^ (z >> 27) | 1 << 40
}

fn reads(database: &Database) -> Result<(), Box<dyn std::error::Error>> {
    let start = Instant::now();
    let mut found = 0;
    for i in 0..200_000u64 {
        let key = (scatter(i) % 100_000, 0);
        let reader = database.read()?;
        found += u64::from(reader.tenant(TENANT).get::<HistorySegment>(&key)?.is_some());
    }
    line(
        "point reads, a snapshot each",
        found as f64 / start.elapsed().as_secs_f64(),
        "rows/s",
        "",
    );
    let start = Instant::now();
    let reader = database.read()?;
    let scan = reader
        .tenant(TENANT)
        .scan::<HistorySegment>((), Direction::Forward);
    let rows = scan.take(500_000).filter(Result::is_ok).count();
    line(
        "scan, decoded",
        rows as f64 / start.elapsed().as_secs_f64(),
        "rows/s",
        "",
    );
    Ok(())
}

fn report(what: &str, run: Run) {
    let seconds = run.elapsed.as_secs_f64();
    let more = format!(
        "{:>9.0} batches/s {:>7.0} commits/s",
        run.batches as f64 / seconds,
        run.commits as f64 / seconds
    );
    line(what, run.operations as f64 / seconds, "rows/s", &more);
}

#[allow(clippy::print_stdout, reason = "printing is what the example is for")]
fn line(what: &str, rate: f64, unit: &str, more: &str) {
    println!("{what:<36} {rate:>10.0} {unit} {more}");
}
