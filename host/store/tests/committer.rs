//! The group committer: grouping, bounds, failure, shutdown, keys over restarts.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod disk;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use anyam_store::records::{InstanceBlob, SpaceUsage, Variable};
use anyam_store::*;
use disk::MemoryDisk;

const TENANT: TenantId = TenantId(1);

/// A store whose commits wait while the test holds its gate.
struct Gated {
    store: RedbStore,
    gate: Arc<Mutex<()>>,
}

impl Store for Gated {
    fn read(&self) -> Result<Box<dyn ReadView>> {
        self.store.read()
    }

    fn commit(&self, batches: &[Batch]) -> Result<Vec<Refused>> {
        let _open = self.gate.lock().unwrap();
        self.store.commit(batches)
    }
}

fn on(disk: &MemoryDisk) -> RedbStore {
    RedbStore::with_backend(disk.clone(), 1 << 20).unwrap()
}

fn gated(limits: Limits) -> (Database, Arc<Mutex<()>>) {
    let gate = Arc::new(Mutex::new(()));
    let store = Gated {
        store: on(&MemoryDisk::default()),
        gate: Arc::clone(&gate),
    };
    (Database::open(store, limits).unwrap(), gate)
}

fn blob(instance: u64, length: usize) -> Batch {
    let mut batch = Batch::new();
    batch.tenant(TENANT).put(&InstanceBlob {
        instance,
        bytes: vec![1; length],
    });
    batch
}

fn wait(database: &Database, batch: Batch) -> Result<()> {
    let (done, committed) = mpsc::channel();
    database.submit(batch, move |result| done.send(result).unwrap())?;
    committed.recv().unwrap()
}

/// Submits a batch and returns when the writer has taken it and stands at the closed gate.
fn occupy_writer(database: &Database) {
    database.submit(blob(1, 1), |_| {}).unwrap();
    // The queue holds one batch, so a second is refused until the writer has taken the first.
    while database.submit(Batch::new(), |_| {}).is_err() {
        std::thread::yield_now();
    }
}

#[test]
fn batches_of_many_threads_share_commits() {
    let (database, gate) = gated(Limits::default());
    let closed = gate.lock().unwrap();
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (database, sender) = (database.clone(), sender.clone());
            scope.spawn(move || {
                for i in 0..100 {
                    let sender = sender.clone();
                    let batch = blob(thread * 1_000 + i, 100);
                    database
                        .submit(batch, move |result| sender.send(result).unwrap())
                        .unwrap();
                }
            });
        }
    });
    drop(closed);
    assert!(receiver.iter().take(800).all(|result| result.is_ok()));
    let stats = database.stats();
    assert_eq!((stats.batches, stats.operations), (800, 800));
    assert!(stats.commits <= 2, "{stats:?}");
    let reader = database.read().unwrap();
    assert_eq!(
        reader
            .tenant(TENANT)
            .scan::<InstanceBlob>((), Direction::Forward)
            .count(),
        800
    );
}

#[test]
fn a_commit_takes_no_more_than_its_bytes() {
    let (database, gate) = gated(Limits {
        commit_bytes: 10_000,
        ..Limits::default()
    });
    let closed = gate.lock().unwrap();
    (0..10).for_each(|i| database.submit(blob(i, 4_900), |_| {}).unwrap());
    drop(closed);
    wait(&database, Batch::new()).unwrap();
    let commits = database.stats().commits;
    assert!(
        (5..=6).contains(&commits),
        "{commits} commits, two batches fit in one"
    );
}

#[test]
fn a_commit_that_gathers_ends_when_nothing_more_comes() {
    let (database, gate) = gated(Limits {
        commit_interval: Duration::from_secs(3_600),
        ..Limits::default()
    });
    // The second round is gathered: the first one's commit is of many.
    for round in 0..3 {
        let closed = gate.lock().unwrap();
        (0..10).for_each(|i| database.submit(blob(round * 10 + i, 100), |_| {}).unwrap());
        drop(closed);
        wait(&database, Batch::new()).unwrap();
    }
    // So does a close.
    (0..10).for_each(|i| database.submit(blob(100 + i, 100), |_| {}).unwrap());
    database.close().unwrap();
    assert_eq!(database.stats().batches, 43);
}

#[test]
fn a_queue_full_of_batches_refuses_one_more() {
    let (database, gate) = gated(Limits {
        queue_batches: 1,
        ..Limits::default()
    });
    let closed = gate.lock().unwrap();
    occupy_writer(&database);
    let refused_so_far = database.stats().refused;
    let called = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&called);
    let refused = database.submit(blob(3, 1), move |_| {
        _ = count.fetch_add(1, Ordering::SeqCst)
    });
    assert!(
        matches!(refused, Err(StoreError::Overloaded { batches: 1, .. })),
        "{refused:?}"
    );
    assert_eq!(database.stats().refused, refused_so_far + 1);
    drop(closed);
    while database.stats().batches < 2 {
        std::thread::yield_now();
    }
    wait(&database, blob(4, 1)).unwrap();
    assert_eq!(
        called.load(Ordering::SeqCst),
        0,
        "a refused batch is not completed"
    );
    assert_eq!(
        database
            .read()
            .unwrap()
            .tenant(TENANT)
            .get::<InstanceBlob>(&3)
            .unwrap(),
        None
    );
}

#[test]
fn a_queue_full_of_bytes_refuses_one_more() {
    let size = blob(0, 1_000).bytes();
    let limits = Limits {
        queue_bytes: size * 3,
        batch_bytes: size * 3,
        ..Limits::default()
    };
    let (database, gate) = gated(limits);
    let closed = gate.lock().unwrap();
    database.submit(blob(0, 0), |_| {}).unwrap();
    // The first batch may still wait or be at the gate; either way at most three more fit.
    let taken = (1..=5)
        .take_while(|i| database.submit(blob(*i, 1_000), |_| {}).is_ok())
        .count();
    assert!((2..=3).contains(&taken), "{taken} batches were taken");
    drop(closed);
    while database.stats().batches <= taken as u64 {
        std::thread::yield_now();
    }
    wait(&database, blob(9, 1_000)).unwrap();
}

#[test]
fn sizes_are_refused_past_their_limit() {
    let key = 4 + 8;
    let value = 1 + 8 + 100;
    let limits = Limits {
        value_bytes: value,
        key_bytes: key,
        batch_bytes: key + value,
        ..Limits::default()
    };
    let (database, _gate) = gated(limits);
    let what = |batch| match database.submit(batch, |_| {}) {
        Err(StoreError::TooLarge { what, .. }) => what,
        other => panic!("{other:?}"),
    };
    wait(&database, blob(1, 100)).unwrap();
    assert_eq!(what(blob(1, 101)), "value");
    let mut two = blob(1, 100);
    two.tenant(TENANT).put(&InstanceBlob {
        instance: 2,
        bytes: vec![],
    });
    assert_eq!(what(two), "batch");
    let variable = Variable {
        key: 1,
        instance: 1,
        scope: 1,
        name: "v".into(),
        value: "1".into(),
    };
    let mut long = Batch::new();
    long.tenant(TENANT).put(&variable);
    assert_eq!(what(long), "key");
}

#[test]
fn after_a_disk_failure_everything_is_refused_and_nothing_acknowledged_is_lost() {
    let disk = MemoryDisk::default();
    let database = Database::open(on(&disk), Limits::default()).unwrap();
    wait(&database, blob(1, 10)).unwrap();
    disk.set_broken(true);
    let failed = |result| matches!(result, Err(StoreError::Failed { .. }));
    assert!(failed(wait(&database, blob(2, 10))));
    assert!(failed(database.submit(blob(3, 10), |_| {})));
    let block = database.next_block();
    (0..200_000).for_each(|_| _ = database.next_block());
    assert!(failed(database.close()));
    drop(database);
    disk.set_broken(false);
    let database = Database::open(on(&MemoryDisk::new(disk.bytes())), Limits::default()).unwrap();
    let rows = database.read().unwrap();
    assert!(
        rows.tenant(TENANT)
            .get::<InstanceBlob>(&1)
            .unwrap()
            .is_some()
    );
    assert_eq!(rows.tenant(TENANT).get::<InstanceBlob>(&3).unwrap(), None);
    assert!(database.next_block() > block);
}

/// Batches of one commit see what those before them leave, and one that does not hold is left out
/// alone.
#[test]
fn batches_of_one_commit_are_checked_one_after_the_other() {
    let (database, gate) = gated(Limits::default());
    wait(&database, blob(7, 7)).unwrap();
    let stamp = |instance| {
        let reader = database.read().unwrap();
        let row = reader.tenant(TENANT).stamped::<InstanceBlob>(&instance);
        row.unwrap().map(|(_, stamp)| stamp)
    };
    let before = stamp(7);
    let closed = gate.lock().unwrap();
    database.submit(blob(1, 1), |_| {}).unwrap();
    let (sender, receiver) = mpsc::channel();
    let counted = SpaceUsage {
        space: 1,
        bytes: 0,
        keys: 0,
    };
    // Every one wants to be the next after what was read: one can be.
    for length in 1..=5 {
        let mut batch = blob(7, length);
        batch
            .tenant(TENANT)
            .expect::<InstanceBlob>(&7, before)
            .count(&counted, &[Change::Add(1)]);
        let sender = sender.clone();
        database
            .submit(batch, move |result| sender.send((length, result)).unwrap())
            .unwrap();
    }
    // These expect nothing, or what the first of them leaves.
    for (length, expects_absent) in [(6, true), (7, true), (8, false)] {
        let mut batch = blob(100, length);
        if expects_absent {
            batch.tenant(TENANT).expect::<InstanceBlob>(&100, None);
        }
        let sender = sender.clone();
        database
            .submit(batch, move |result| sender.send((length, result)).unwrap())
            .unwrap();
    }
    drop(closed);
    let told: Vec<(usize, bool)> = receiver
        .iter()
        .take(8)
        .map(|(length, result): (usize, Result<()>)| {
            let conflict = matches!(result, Err(StoreError::Conflict { .. }));
            assert!(result.is_ok() || conflict, "{result:?}");
            (length, conflict)
        })
        .collect();
    let conflicts = [false, true, true, true, true, false, true, false];
    assert_eq!(told, (1..=8).zip(conflicts).collect::<Vec<_>>());
    let stats = database.stats();
    assert_eq!(stats.conflicts, 5, "{stats:?}");
    assert!(stats.commits <= 3, "the batches share a commit: {stats:?}");
    let reader = database.read().unwrap();
    let rows = reader.tenant(TENANT);
    let length = |instance| {
        let row = rows.get::<InstanceBlob>(&instance).unwrap();
        row.unwrap().bytes.len()
    };
    assert_eq!((length(7), length(100)), (1, 8));
    assert_eq!(rows.get::<SpaceUsage>(&1).unwrap().unwrap().bytes, 1);
}

#[test]
fn a_backend_that_panics_is_a_failure() {
    struct Panics(RedbStore, AtomicU64);
    impl Store for Panics {
        fn read(&self) -> Result<Box<dyn ReadView>> {
            self.0.read()
        }
        fn commit(&self, batches: &[Batch]) -> Result<Vec<Refused>> {
            assert_eq!(
                self.1.fetch_add(1, Ordering::SeqCst),
                0,
                "panics after the first commit"
            );
            self.0.commit(batches)
        }
    }
    let store = Panics(on(&MemoryDisk::default()), AtomicU64::new(0));
    let database = Database::open(store, Limits::default()).unwrap();
    assert!(matches!(
        wait(&database, blob(1, 1)),
        Err(StoreError::Failed { .. })
    ));
    assert!(matches!(
        database.submit(blob(1, 1), |_| {}),
        Err(StoreError::Failed { .. })
    ));
}

#[test]
fn a_panic_in_a_completion_harms_no_other_batch() {
    let database = Database::open(on(&MemoryDisk::default()), Limits::default()).unwrap();
    database
        .submit(blob(1, 1), |_| panic!("a caller's mistake"))
        .unwrap();
    wait(&database, blob(2, 1)).unwrap();
}

#[test]
fn closing_commits_what_waits_and_takes_nothing_more() {
    let (database, gate) = gated(Limits::default());
    let closed = gate.lock().unwrap();
    let completed = Arc::new(AtomicU64::new(0));
    for i in 0..100 {
        let completed = Arc::clone(&completed);
        let done = move |result: Result<()>| {
            _ = completed.fetch_add(u64::from(result.is_ok()), Ordering::SeqCst);
        };
        database.submit(blob(i, 1), done).unwrap();
    }
    drop(closed);
    database.close().unwrap();
    database.close().unwrap();
    assert_eq!(completed.load(Ordering::SeqCst), 100);
    assert!(matches!(
        database.submit(blob(1, 1), |_| {}),
        Err(StoreError::Closed)
    ));
    let reader = database.read().unwrap();
    assert_eq!(
        reader
            .tenant(TENANT)
            .scan::<InstanceBlob>((), Direction::Forward)
            .count(),
        100
    );
}

#[test]
fn a_completion_may_drop_the_last_handle() {
    let (database, gate) = gated(Limits::default());
    let closed = gate.lock().unwrap();
    let (done, completed) = mpsc::channel();
    let last = database.clone();
    database
        .submit(blob(1, 1), move |result| {
            drop(last);
            done.send(result).unwrap();
        })
        .unwrap();
    // The writer waits at the gate until this thread's handle is gone or is being dropped.
    let dropped = std::thread::spawn(move || drop(database));
    drop(closed);
    completed.recv().unwrap().unwrap();
    dropped.join().unwrap();
}

#[test]
fn blocks_rise_over_restarts_and_never_come_twice() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    let mut last = 0;
    for _ in 0..3 {
        let database =
            Database::open(RedbStore::open(&path, 1 << 20).unwrap(), Limits::default()).unwrap();
        let blocks = std::thread::scope(|scope| {
            let take = || {
                (0..50_000)
                    .map(|_| database.next_block())
                    .collect::<Vec<_>>()
            };
            let threads = [scope.spawn(take), scope.spawn(take), scope.spawn(take)];
            threads.map(|thread| thread.join().unwrap())
        });
        assert!(blocks.iter().all(|taken| taken.is_sorted()));
        let mut all = blocks.concat();
        all.sort();
        assert!(all[0] > last || last == 0);
        assert!(all.windows(2).all(|pair| pair[0] + BLOCK <= pair[1]));
        last = all[all.len() - 1];
    }
}

#[test]
fn a_newer_format_is_refused_untouched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    let meta = redb::TableDefinition::<&[u8], &[u8]>::new("meta");
    let rows = [("format", 2u64), ("high-water", 77)];
    let file = redb::Database::create(&path).unwrap();
    let write = file.begin_write().unwrap();
    for (row, value) in rows {
        let bytes = value.to_be_bytes();
        write
            .open_table(meta)
            .unwrap()
            .insert(row.as_bytes(), &bytes[..])
            .unwrap();
    }
    write.commit().unwrap();
    // As a crash leaves it, it would be repaired; as a stop leaves it, marked as open.
    let crashed = std::fs::read(&path).unwrap();
    drop(file);
    let stopped = std::fs::read(&path).unwrap();
    assert_ne!(crashed, stopped);
    for bytes in [crashed, stopped] {
        std::fs::write(&path, &bytes).unwrap();
        let refused = RedbStore::open(&path, 1 << 20).err();
        assert!(
            matches!(
                refused,
                Some(StoreError::NewerFormat {
                    found: 2,
                    known: FORMAT
                })
            ),
            "{refused:?}"
        );
        assert!(
            std::fs::read(&path).unwrap() == bytes,
            "the file was changed"
        );
    }
}

#[test]
fn a_file_that_is_no_store_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    std::fs::write(&path, "not a store".repeat(1_000)).unwrap();
    assert!(matches!(
        RedbStore::open(&path, 1 << 20),
        Err(StoreError::Backend { .. })
    ));
    assert!(RedbStore::open(folder.path().join("none/data"), 1 << 20).is_err());
}

#[test]
fn a_creation_that_was_cut_short_is_begun_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    std::fs::write(folder.path().join("data.new"), [0; 5_000]).unwrap();
    let database = Database::open(RedbStore::open(&path, 1 << 20).unwrap(), Limits::default());
    wait(&database.unwrap(), blob(1, 1)).unwrap();
}

#[test]
fn a_driven_database_writes_where_it_is_told() {
    let store = on(&MemoryDisk::default());
    let woken = Arc::new(AtomicUsize::new(0));
    let told = woken.clone();
    let wake = move || _ = told.fetch_add(1, Ordering::SeqCst);
    let database = Database::open_driven(store, Limits::default(), wake).unwrap();
    assert!(!database.write_waiting(), "nothing waits");
    let (done, result) = mpsc::channel();
    let submit = |key| {
        let done = done.clone();
        database.submit(blob(key, 1), move |result| done.send(result).unwrap())
    };
    submit(1).unwrap();
    submit(2).unwrap();
    assert_eq!(woken.load(Ordering::SeqCst), 2);
    assert!(result.try_recv().is_err(), "written before it was told");
    assert!(!database.write_waiting());
    assert_eq!(result.try_iter().filter(|done| done.is_ok()).count(), 2);
    assert_eq!(database.stats().commits, 1);
    submit(3).unwrap();
    database.close().unwrap();
    result.try_recv().unwrap().unwrap();
    assert!(!database.write_waiting());
    assert!(matches!(submit(4), Err(StoreError::Closed)));
}
