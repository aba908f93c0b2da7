//! A disk without space: reads go on, writes wait, and nothing is lost or done twice.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use anyam_store::records::{ProcessInstance, SpaceUsage, Tenant};
use anyam_store::*;
use redb::StorageBackend;
use redb::backends::InMemoryBackend;

use crate::{CACHE, TENANT, commit, instance};

const PATIENCE: Duration = Duration::from_secs(60);

/// A disk in memory that takes so many more writes, resizes and syncs. Clones are the same disk,
/// also after it was opened again.
#[derive(Clone, Debug)]
struct Small {
    bytes: Arc<InMemoryBackend>,
    left: Arc<AtomicU64>,
    /// What it says of itself.
    free: Arc<AtomicU64>,
    opened: Arc<AtomicU64>,
}

impl Small {
    fn new() -> Self {
        Small {
            bytes: Arc::new(InMemoryBackend::new()),
            left: Arc::new(AtomicU64::new(u64::MAX)),
            free: Arc::new(AtomicU64::new(u64::MAX)),
            opened: Arc::default(),
        }
    }

    fn take(&self) -> io::Result<()> {
        let less = |left: u64| left.checked_sub(1);
        match self
            .left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, less)
        {
            Ok(_) => Ok(()),
            Err(_) => Err(io::Error::from(io::ErrorKind::StorageFull)),
        }
    }

    fn used(&self) -> u64 {
        u64::MAX - self.left.load(Ordering::SeqCst)
    }

    fn open(&self) -> Database {
        let store = RedbStore::open_disk(self.clone(), CACHE).unwrap();
        Database::open(store.keep_free(1 << 20), Limits::default()).unwrap()
    }
}

impl Disk for Small {
    fn open(&self) -> io::Result<Box<dyn StorageBackend>> {
        self.opened.fetch_add(1, Ordering::SeqCst);
        Ok(Box::new(self.clone()))
    }

    fn free(&self) -> Option<u64> {
        Some(self.free.load(Ordering::SeqCst))
    }
}

impl StorageBackend for Small {
    fn len(&self) -> io::Result<u64> {
        self.bytes.len()
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.bytes.read(offset, out)
    }
    fn set_len(&self, len: u64) -> io::Result<()> {
        self.take()?;
        self.bytes.set_len(len)
    }
    fn sync_data(&self) -> io::Result<()> {
        self.take()?;
        self.bytes.sync_data()
    }
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.take()?;
        self.bytes.write(offset, data)
    }
}

fn counted(database: &Database) -> (u64, u64) {
    let reader = database.read().unwrap();
    let tenant = reader.tenant(TENANT);
    let rows = tenant.scan::<ProcessInstance>((), Direction::Forward);
    let usage = tenant.get::<SpaceUsage>(&0).unwrap();
    (
        rows.count_rows().unwrap(),
        usage.map_or(0, |usage| usage.keys),
    )
}

fn is_full(database: &Database) -> bool {
    matches!(database.room(), Err(StoreError::DiskFull { .. }))
}

/// Submits a batch that cannot be stored; gives what it is told in the end.
fn stuck(database: &Database, told: &mpsc::Receiver<bool>, key: u64) -> mpsc::Receiver<Result<()>> {
    let (done, outcome) = mpsc::channel();
    database
        .submit(instance(key), move |result| done.send(result).unwrap())
        .unwrap();
    assert!(told.recv_timeout(PATIENCE).unwrap());
    outcome
}

fn watched(database: &Database) -> mpsc::Receiver<bool> {
    let (tell, told) = mpsc::channel();
    let tell = Mutex::new(tell);
    database.on_full(move |full| tell.lock().unwrap().send(full).unwrap());
    told
}

#[test]
fn too_little_free_space_stops_writes_before_they_begin() {
    let disk = Small::new();
    let database = disk.open();
    let told = watched(&database);
    commit(&database, instance(64)).unwrap();
    let used = disk.used();
    disk.free.store((1 << 20) - 1, Ordering::SeqCst);
    assert!(is_full(&database));
    let outcome = stuck(&database, &told, 128);
    assert_eq!(counted(&database), (1, 1));
    assert_eq!(disk.used(), used, "a write was begun");
    disk.free.store(2 << 20, Ordering::SeqCst);
    outcome.recv_timeout(PATIENCE).unwrap().unwrap();
    assert!(!told.recv_timeout(PATIENCE).unwrap());
    assert!(!is_full(&database));
    assert_eq!(counted(&database), (2, 2));
}

/// The disk is full at each write, resize and sync of a commit in turn.
#[test]
fn wherever_space_runs_out_in_a_commit_it_is_done_once_and_only_when_there_is_space() {
    let (mut at, mut opened_again) = (0, 0);
    loop {
        let disk = Small::new();
        let database = disk.open();
        let told = watched(&database);
        commit(&database, instance(64)).unwrap();
        disk.left.store(at, Ordering::SeqCst);
        let (done, outcome) = mpsc::channel();
        database
            .submit(instance(128), move |result| done.send(result).unwrap())
            .unwrap();
        let full = loop {
            if let Ok(full) = told.recv_timeout(Duration::from_millis(5)) {
                break full;
            }
            if let Ok(done) = outcome.try_recv() {
                done.unwrap();
                break false;
            }
        };
        if !full {
            assert!(
                at > 3,
                "the commit needs more than {at} changes of the disk"
            );
            break;
        }
        assert!(is_full(&database));
        let rows = counted(&database);
        assert!([(1, 1), (2, 2)].contains(&rows), "{rows:?}");
        outcome.recv_timeout(Duration::from_millis(1)).unwrap_err();
        disk.left.store(u64::MAX, Ordering::SeqCst);
        outcome.recv_timeout(PATIENCE).unwrap().unwrap();
        assert!(!told.recv_timeout(PATIENCE).unwrap());
        assert_eq!(counted(&database), (2, 2), "space ran out at {at}");
        commit(&database, instance(192)).unwrap();
        opened_again += u64::from(disk.opened.load(Ordering::SeqCst) > 1);
        database.close().unwrap();
        drop(database);
        assert_eq!(counted(&disk.open()), (3, 3), "space ran out at {at}");
        at += 1;
    }
    assert!(opened_again > 3);
}

#[test]
fn a_stop_on_a_full_disk_tells_what_waits_that_it_failed() {
    let disk = Small::new();
    let database = disk.open();
    let told = watched(&database);
    commit(&database, instance(64)).unwrap();
    disk.left.store(2, Ordering::SeqCst);
    let outcome = stuck(&database, &told, 128);
    assert!(matches!(database.close(), Err(StoreError::Failed { .. })));
    let told = outcome.recv_timeout(PATIENCE).unwrap();
    assert!(matches!(told, Err(StoreError::Failed { .. })), "{told:?}");
    drop(database);
    disk.left.store(u64::MAX, Ordering::SeqCst);
    let rows = counted(&disk.open());
    assert!([(1, 1), (2, 2)].contains(&rows), "{rows:?}");
}

#[test]
fn other_batches_than_the_one_without_space_wait_their_turn() {
    let disk = Small::new();
    let database = disk.open();
    let told = watched(&database);
    disk.free.store(0, Ordering::SeqCst);
    let first = stuck(&database, &told, 64);
    let waiting: Vec<_> = (2..20u64)
        .map(|at| {
            let (done, outcome) = mpsc::channel();
            let mut batch = instance(at * 64);
            batch.system().put(&Tenant {
                id: at as u32,
                name: at.to_string(),
            });
            database
                .submit(batch, move |result| done.send(result).unwrap())
                .unwrap();
            outcome
        })
        .collect();
    disk.free.store(u64::MAX, Ordering::SeqCst);
    first.recv_timeout(PATIENCE).unwrap().unwrap();
    for outcome in waiting {
        outcome.recv_timeout(PATIENCE).unwrap().unwrap();
    }
    assert_eq!(counted(&database), (19, 19));
}
