//! Power is cut at every sync of a workload, over a disk with a volatile write cache.
//!
//! The workload runs once, over a backend that records every write. A disk as a cut at sync `n`
//! leaves it is then rebuilt from the record: what was written before sync `n - 1` is there; of the
//! writes since, none, all, or a random part, torn at sectors. Each such disk is opened and checked.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod disk;

use std::sync::{Arc, Mutex, mpsc};

use anyam_store::records::{
    ActivatableJobs, HistorySegment, InstanceBlob, Job, JobKind, JobState, SpaceUsage, Timer,
    Variable,
};
use anyam_store::{
    Batch, Change, Database, Direction::Forward, FIRST_KEY, Limits, Reader, RedbStore, StoreError,
    TenantId,
};
use disk::{Cut, MemoryDisk, RecordingDisk, Rng};

const BATCHES: usize = 400;
const CACHE: usize = 1 << 20;
/// Batches after which a batch's job completes and its timer goes.
const LATER: usize = 3;
const TENANT: TenantId = TenantId(3);

/// What the workload saw: for each batch its block, and how many syncs had finished when the block
/// was handed out and when the batch was acknowledged.
#[derive(Default)]
struct Seen {
    blocks: Vec<u64>,
    given: Vec<u64>,
    acknowledged: Arc<Mutex<Vec<u64>>>,
}

#[test]
fn acknowledged_batches_survive_a_power_cut_at_every_sync() {
    let disk = RecordingDisk::default();
    // A store file is created under another name and renamed, so no cut is seen in between.
    drop(RedbStore::with_backend(disk.clone(), CACHE).unwrap());
    let created = disk.syncs();
    let seen = run_workload(&disk);
    let syncs = disk.syncs();
    assert!(
        syncs - created > 100,
        "the workload has only {} syncs",
        syncs - created
    );
    let acknowledged = seen.acknowledged.lock().unwrap().clone();
    assert_eq!(acknowledged.len(), BATCHES);

    let mut partial = 0;
    for sync in created + 1..=syncs {
        let lasting = acknowledged.iter().filter(|at| **at < sync).count();
        let given = seen.given.iter().filter(|at| **at < sync).count();
        for seed in 0..4 {
            let cut = match seed {
                0 => Cut::LosesAll,
                1 => Cut::LosesNothing,
                _ => Cut::Tears(Rng::new(sync * 31 + seed)),
            };
            let image = MemoryDisk::new(disk.image(sync, cut));
            let found = check_disk(image, &seen.blocks[..given], lasting, &seen.blocks)
                .unwrap_or_else(|error| panic!("cut at sync {sync}, seed {seed}: {error}"));
            partial += usize::from(found > lasting);
        }
    }
    assert!(
        partial > 0,
        "no cut left a finished but unacknowledged commit"
    );
}

fn run_workload(disk: &RecordingDisk) -> Seen {
    let store = RedbStore::with_backend(disk.clone(), CACHE).unwrap();
    let database = Database::open(store, Limits::default()).unwrap();
    let mut seen = Seen::default();
    let mut rng = Rng::new(1);
    let (sender, receiver) = mpsc::channel();
    let mut waiting = 0;
    for i in 0..BATCHES {
        // Most of a range of blocks goes unused now and then, so that many ranges are reserved.
        (0..rng.below(12_000)).for_each(|_| _ = database.next_block());
        seen.blocks.push(database.next_block());
        seen.given.push(disk.syncs());
        let (done, disk) = (sender.clone(), disk.clone());
        let acknowledged = Arc::clone(&seen.acknowledged);
        database
            .submit(batch(i, &seen.blocks), move |result| {
                result.unwrap();
                acknowledged.lock().unwrap().push(disk.syncs());
                done.send(()).unwrap();
            })
            .unwrap();
        waiting += 1;
        // Its expectation is wrong behind batch `i`, so nothing of it may ever be found.
        let done = sender.clone();
        database
            .submit(refused(i, &seen.blocks), move |result| {
                assert!(matches!(result, Err(StoreError::Conflict { .. })));
                done.send(()).unwrap();
            })
            .unwrap();
        waiting += 1;
        if rng.below(3) == 0 {
            (0..waiting).for_each(|_| receiver.recv().unwrap());
            waiting = 0;
        }
    }
    database.close().unwrap();
    seen
}

/// A batch that expects that batch `i` was not there.
fn refused(i: usize, blocks: &[u64]) -> Batch {
    let mut batch = Batch::new();
    batch
        .tenant(TENANT)
        .expect::<InstanceBlob>(&blocks[i], None)
        .put(&InstanceBlob {
            instance: blocks[i],
            bytes: vec![0xbb; 100],
        })
        .put(&HistorySegment {
            instance: 0,
            seq: 1_000_000,
            bytes: vec![],
        })
        .count(&UNUSED, &[Change::Add(1), Change::Add(1)]);
    batch
}

const UNUSED: SpaceUsage = SpaceUsage {
    space: 1,
    bytes: 0,
    keys: 0,
};

/// Batch `i` counts itself and its number, adds an instance, its job, timer, variables and a history segment, and completes the
/// job of the batch `LATER` before.
fn batch(i: usize, blocks: &[u64]) -> Batch {
    let mut batch = Batch::new();
    batch.system().put(&timer(i, blocks));
    let mut tenant = batch.tenant(TENANT);
    tenant
        .put(&blob(i, blocks))
        .put(&job(i, blocks, JobState::Created));
    variables(i, blocks)
        .iter()
        .for_each(|variable| _ = tenant.put(variable));
    tenant.put(&HistorySegment {
        instance: 0,
        seq: i as u64,
        bytes: vec![i as u8; 40],
    });
    tenant
        .expect::<InstanceBlob>(&blocks[i], None)
        .count(&UNUSED, &[Change::Add(i as i64), Change::Add(1)]);
    if let Some(earlier) = i.checked_sub(LATER) {
        let (old, new) = (
            job(earlier, blocks, JobState::Created),
            job(earlier, blocks, JobState::Completed),
        );
        tenant.replace(&old, &new);
        batch.system().delete(&timer(earlier, blocks));
    }
    batch
}

fn blob(i: usize, blocks: &[u64]) -> InstanceBlob {
    let length = Rng::new(i as u64).below(if i.is_multiple_of(50) { 60_000 } else { 3_000 });
    InstanceBlob {
        instance: blocks[i],
        bytes: (0..length).map(|at| (at * 7 + i as u64) as u8).collect(),
    }
}

fn variables(i: usize, blocks: &[u64]) -> Vec<Variable> {
    let variable = |at| Variable {
        key: blocks[i] + 10 + at,
        instance: blocks[i],
        scope: blocks[i],
        name: format!("v{at}"),
        value: format!("[{i}]"),
    };
    (0..i as u64 % 4).map(variable).collect()
}

fn timer(i: usize, blocks: &[u64]) -> Timer {
    Timer {
        due: 5_000 - i as i64 * 10,
        key: blocks[i] + 2,
        instance: blocks[i],
        tenant: TENANT.0,
    }
}

fn job(i: usize, blocks: &[u64], state: JobState) -> Job {
    Job {
        key: blocks[i] + 1,
        instance: blocks[i],
        definition_key: 1,
        process_id: "order".into(),
        process_version: 1,
        element_id: "ship".into(),
        element_instance: blocks[i] + 3,
        job_type: format!("type-{}", i % 3),
        step: false,
        retries: 3,
        attempt: 0,
        state,
        worker: None,
        deadline: None,
        error_message: None,
        error_code: None,
        headers: vec![],
        created_at: i as i64,
        ended_at: None,
        kind: JobKind::BpmnElement,
        listener: None,
        priority: 0,
        denied: None,
        denied_reason: None,
    }
}

/// Opens the disk and checks that it holds exactly the first `n` batches, `n >= lasting`, and goes
/// on from there. Gives back `n`.
fn check_disk(
    disk: MemoryDisk,
    given: &[u64],
    lasting: usize,
    blocks: &[u64],
) -> Result<usize, Box<dyn std::error::Error>> {
    let database = Database::open(RedbStore::with_backend(disk, CACHE)?, Limits::default())?;
    let there = check_rows(&database.read()?, blocks)?;
    if there < lasting {
        return Err(format!("{lasting} batches were acknowledged, {there} are there").into());
    }
    let block = database.next_block();
    let highest = given.iter().max().copied().unwrap_or(0);
    assert!(block >= FIRST_KEY && block.is_multiple_of(anyam_store::BLOCK));
    if block <= highest {
        return Err(format!("block {block} comes after {highest}").into());
    }
    let mut batch = Batch::new();
    batch.tenant(TENANT).put(&InstanceBlob {
        instance: block,
        bytes: vec![9],
    });
    let (done, committed) = mpsc::channel();
    database.submit(batch, move |result| done.send(result).unwrap())?;
    committed.recv()??;
    let row = database
        .read()?
        .tenant(TENANT)
        .get::<InstanceBlob>(&block)?;
    assert_eq!(row.unwrap().bytes, [9]);
    Ok(there)
}

fn check_rows(reader: &Reader, blocks: &[u64]) -> anyam_store::Result<usize> {
    let tenant = reader.tenant(TENANT);
    let history = tenant
        .scan::<HistorySegment>((), Forward)
        .collect::<Result<Vec<_>, _>>()?;
    let there = history.len();
    assert!(
        history
            .iter()
            .map(|segment| segment.seq)
            .eq(0..there as u64),
        "a batch is missing"
    );

    let blobs = tenant
        .scan::<InstanceBlob>((), Forward)
        .collect::<Result<Vec<_>, _>>()?;
    assert_eq!(
        blobs,
        (0..there).map(|i| blob(i, blocks)).collect::<Vec<_>>()
    );

    let counted = tenant.get::<SpaceUsage>(&1)?;
    let counted = counted.map_or((0, 0), |counted| (counted.bytes, counted.keys));
    let expected = (0..there as u64).sum::<u64>();
    assert_eq!(counted, (expected, there as u64));

    let found = tenant
        .scan::<Variable>((), Forward)
        .collect::<Result<Vec<_>, _>>()?;
    assert_eq!(
        found,
        (0..there)
            .flat_map(|i| variables(i, blocks))
            .collect::<Vec<_>>()
    );

    let waits = |i: &usize| i + LATER >= there;
    let expected = (0..there).map(|i| {
        let state = if waits(&i) {
            JobState::Created
        } else {
            JobState::Completed
        };
        job(i, blocks, state)
    });
    let jobs = tenant
        .scan::<Job>((), Forward)
        .collect::<Result<Vec<_>, _>>()?;
    assert_eq!(jobs, expected.collect::<Vec<_>>());

    let mut waiting = tenant
        .index::<ActivatableJobs>((), Forward)
        .collect::<Result<Vec<_>, _>>()?;
    waiting.sort_by_key(|job| job.key);
    let created = |i| job(i, blocks, JobState::Created);
    assert_eq!(
        waiting,
        (0..there).filter(waits).map(created).collect::<Vec<_>>()
    );

    let timers = reader
        .system()
        .scan::<Timer>((), Forward)
        .collect::<Result<Vec<_>, _>>()?;
    let expected = (0..there).filter(waits).map(|i| timer(i, blocks)).rev();
    assert_eq!(timers, expected.collect::<Vec<_>>());
    Ok(there)
}
