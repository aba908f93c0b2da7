//! Batches that hold only under conditions, counters that batches add to, and contents.

use std::sync::mpsc;

use anyam_store::Direction::Forward;
use anyam_store::records::*;
use anyam_store::*;

use super::{ONE, TWO, all, commit, variable};

/// As [`commit`], for a batch that may be refused.
fn tried(database: &Database, fill: impl FnOnce(&mut Batch)) -> Result<()> {
    let mut batch = Batch::new();
    fill(&mut batch);
    let (done, committed) = mpsc::channel();
    database.submit(batch, move |result| done.send(result).unwrap())?;
    committed.recv().unwrap()
}

pub fn a_batch_holds_only_while_what_it_expects_does(database: &Database) {
    let stamp = |key: u64| {
        let reader = database.read().unwrap();
        let found = reader.tenant(ONE).stamped::<Variable>(&(1, key)).unwrap();
        found.map(|(_, stamp)| stamp)
    };
    // The row must not be there, and then be there as it was read.
    let with = |expected: Option<Stamp>, value: &str| {
        tried(database, |batch| {
            batch
                .tenant(ONE)
                .expect::<Variable>(&(1, 10), expected)
                .put(&variable(1, 10, value))
                .put(&variable(1, 11, value));
        })
    };
    assert_eq!(stamp(10), None);
    with(None, "1").unwrap();
    let first = stamp(10);
    let conflict = with(None, "2").unwrap_err();
    let table = Table::Variables;
    assert!(matches!(conflict, StoreError::Conflict { table: at } if at == table));
    with(first, "3").unwrap();
    assert!(matches!(with(first, "4"), Err(StoreError::Conflict { .. })));
    // The row of another tenant is another row.
    tried(database, |batch| {
        batch.tenant(TWO).expect::<Variable>(&(1, 10), None);
    })
    .unwrap();
    let reader = database.read().unwrap();
    let rows = all(reader.tenant(ONE).scan::<Variable>((), Forward));
    assert_eq!(rows, [variable(1, 10, "3"), variable(1, 11, "3")]);
    // The same value again is the same stamp.
    with(stamp(10), "1").unwrap();
    assert_eq!(stamp(10), first);
    commit(database, |batch| {
        batch.tenant(ONE).delete(&variable(1, 10, ""));
    });
    with(None, "5").unwrap();
}

fn usage(database: &Database, tenant: TenantId) -> Option<(u64, u64)> {
    let reader = database.read().unwrap();
    let usage = reader.tenant(tenant).get::<SpaceUsage>(&1).unwrap();
    usage.map(|usage| (usage.bytes, usage.keys))
}

const UNUSED: SpaceUsage = SpaceUsage {
    space: 1,
    bytes: 0,
    keys: 0,
};

pub fn a_counter_is_what_the_batches_that_hold_add_up_to(database: &Database) {
    let stamp = stamp_of_something(database);
    let (done, told) = mpsc::channel();
    for i in 0..100_i64 {
        let mut batch = Batch::new();
        let mut rows = batch.tenant(ONE);
        rows.count(&UNUSED, &[Change::Add(i), Change::Add(1)]);
        rows.count(&UNUSED, &[Change::Add(1)]);
        if i % 10 == 0 {
            // Never holds: there is no such row.
            rows.put(&variable(1, i as u64, "refused"));
            rows.expect::<Variable>(&(9, 9), Some(stamp));
        }
        let done = done.clone();
        database
            .submit(batch, move |result| done.send(result).unwrap())
            .unwrap();
    }
    let refused = told.iter().take(100).filter(Result::is_err).count();
    assert_eq!(refused, 10);
    let held: i64 = (0..100).filter(|i| i % 10 != 0).map(|i| i + 1).sum();
    assert_eq!(usage(database, ONE), Some((held as u64, 90)));
    assert_eq!(usage(database, TWO), None);
    let reader = database.read().unwrap();
    assert_eq!(
        reader.tenant(ONE).scan::<Variable>((1,), Forward).count(),
        0
    );
    commit(database, |batch| {
        batch
            .tenant(ONE)
            .count(&UNUSED, &[Change::Raise(1), Change::Raise(1_000)]);
    });
    assert_eq!(usage(database, ONE), Some((held as u64, 1_000)));
    // A row that is written as a whole is counted on.
    commit(database, |batch| {
        let (bytes, keys) = (5, 5);
        let mut rows = batch.tenant(ONE);
        rows.count(&UNUSED, &[Change::Add(2)]);
        rows.put(&SpaceUsage {
            bytes,
            keys,
            ..UNUSED
        });
    });
    assert_eq!(usage(database, ONE), Some((7, 5)));
}

fn stamp_of_something(database: &Database) -> Stamp {
    commit(database, |batch| {
        batch.tenant(TWO).put(&variable(1, 1, "x"));
    });
    let reader = database.read().unwrap();
    let found = reader.tenant(TWO).stamped::<Variable>(&(1, 1)).unwrap();
    found.unwrap().1
}

pub fn a_full_counter_refuses_the_whole_batch(database: &Database) {
    let put = |key: u64, by: i64| {
        let (most, what) = (10, "bytes of the space");
        tried(database, |batch| {
            batch.tenant(ONE).put(&variable(1, key, "v")).count(
                &UNUSED,
                &[Change::AddWithin { by, most, what }, Change::Add(1)],
            );
        })
    };
    put(1, 10).unwrap();
    let full = put(2, 1).unwrap_err();
    assert!(matches!(
        full,
        StoreError::Full {
            sum: 11,
            most: 10,
            ..
        }
    ));
    assert_eq!(
        full.to_string(),
        "bytes of the space would be 11, the most is 10"
    );
    assert_eq!(usage(database, ONE), Some((10, 1)));
    put(3, -4).unwrap();
    put(4, 4).unwrap();
    assert_eq!(usage(database, ONE), Some((10, 3)));
    let reader = database.read().unwrap();
    let rows = all(reader.tenant(ONE).scan::<Variable>((1,), Forward));
    let keys: Vec<u64> = rows.iter().map(|row| row.key).collect();
    assert_eq!(keys, [1, 3, 4]);
}

pub fn contents_of_every_size_are_read_back(database: &Database) {
    for length in [0, 1, INLINE_BYTES, 1 << 20] {
        let content = StoredContent {
            space: 2,
            bucket: "b".into(),
            key: format!("{length}"),
            bytes: vec![7; length],
        };
        commit(database, |batch| {
            batch.tenant(ONE).put(&content);
        });
        let reader = database.read().unwrap();
        let read = reader.tenant(ONE).get::<StoredContent>(&content.key());
        assert_eq!(read.unwrap(), Some(content));
    }
}
