//! What every backend promises, run over each of them.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod conditions;
mod urgency;

use std::sync::mpsc;

use Direction::{Forward, Reverse};
use anyam_store::records::*;
use anyam_store::*;
use conditions::*;
use serde::{Deserialize, Serialize};
use urgency::*;

const ONE: TenantId = TenantId(1);
const TWO: TenantId = TenantId(2);

/// Runs every test of the suite over the store that `$store` makes.
macro_rules! suite {
    ($backend:ident, $store:expr, $($test:ident)+) => {
        mod $backend {
            $(#[test]
            fn $test() {
                let (store, _folder) = $store;
                super::$test(&anyam_store::Database::open(store, Default::default()).unwrap());
            })+
        }
    };
}

macro_rules! every_backend {
    ($($test:ident)+) => {
        suite!(redb_file, super::in_file(), $($test)+);
        suite!(redb_memory, super::in_memory(), $($test)+);
    };
}

every_backend! {
    a_reader_sees_what_was_committed_before_it_and_nothing_later
    a_batch_is_there_completely
    the_last_write_to_a_key_counts
    scans_run_both_ways
    scans_go_on_after_a_key
    an_empty_range_has_no_rows
    the_latest_definition_is_the_first_of_a_reverse_scan
    tenants_are_separate
    replace_writes_the_difference_of_the_indexes
    delete_takes_the_index_entries_along
    values_of_older_versions_are_read
    values_of_unknown_versions_are_errors
    batches_complete_in_order_and_are_readable_at_once
    keys_belong_to_the_owner_of_their_block
    long_and_odd_texts_are_keys
    a_batch_holds_only_while_what_it_expects_does
    a_counter_is_what_the_batches_that_hold_add_up_to
    a_full_counter_refuses_the_whole_batch
    contents_of_every_size_are_read_back
    the_most_urgent_job_comes_first_and_of_those_the_oldest
}

fn in_file() -> (RedbStore, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (
        RedbStore::open(folder.path().join("data"), 8 << 20).unwrap(),
        folder,
    )
}

fn in_memory() -> (RedbStore, ()) {
    let backend = redb::backends::InMemoryBackend::new();
    (RedbStore::with_backend(backend, 8 << 20).unwrap(), ())
}

fn commit(database: &Database, fill: impl FnOnce(&mut Batch)) {
    let mut batch = Batch::new();
    fill(&mut batch);
    let (done, committed) = mpsc::channel();
    database
        .submit(batch, move |result| done.send(result).unwrap())
        .unwrap();
    committed.recv().unwrap().unwrap();
}

fn all<R>(scan: impl Iterator<Item = Result<R>>) -> Vec<R> {
    scan.map(|row| row.unwrap()).collect()
}

fn variable(instance: u64, key: u64, value: &str) -> Variable {
    Variable {
        key,
        instance,
        scope: instance,
        name: "v".into(),
        value: value.into(),
    }
}

fn instance(key: u64, state: InstanceState, has_incident: bool) -> ProcessInstance {
    ProcessInstance {
        key,
        definition_key: 5,
        process_id: "order".into(),
        process_version: 1,
        process_name: None,
        version_tag: None,
        state,
        has_incident,
        started_at: 0,
        ended_at: None,
        tags: vec!["a".into()],
        business_id: None,
        parent: None,
        started_by: None,
    }
}

fn message(key: u64, name: &str, correlation: &str) -> Message {
    Message {
        key,
        name: name.into(),
        correlation_key: correlation.into(),
        message_id: Some(format!("id-{key}")),
        variables: "{}".into(),
        published_at: 0,
        expires_at: 1,
    }
}

fn a_reader_sees_what_was_committed_before_it_and_nothing_later(database: &Database) {
    let before = database.read().unwrap();
    commit(database, |batch| {
        _ = batch.tenant(ONE).put(&variable(1, 2, "1"))
    });
    let between = database.read().unwrap();
    commit(database, |batch| {
        _ = batch.tenant(ONE).put(&variable(1, 2, "2"))
    });
    let after = database.read().unwrap();
    let value = |reader: &Reader| {
        reader
            .tenant(ONE)
            .get::<Variable>(&(1, 2))
            .unwrap()
            .map(|variable| variable.value)
    };
    assert_eq!(value(&before), None);
    assert_eq!(value(&between).unwrap(), "1");
    assert_eq!(value(&after).unwrap(), "2");
}

fn a_batch_is_there_completely(database: &Database) {
    let timer = Timer {
        due: 9,
        key: 3,
        instance: 1,
        tenant: 1,
    };
    let blob = InstanceBlob {
        instance: 1,
        bytes: vec![0; 200_000],
    };
    commit(database, |batch| {
        batch
            .tenant(ONE)
            .put(&blob)
            .put(&instance(1, InstanceState::Active, false));
        batch.system().put(&timer);
        batch.tenant(TWO).put(&variable(1, 2, "x"));
    });
    let reader = database.read().unwrap();
    assert_eq!(
        reader.tenant(ONE).get::<InstanceBlob>(&1).unwrap().unwrap(),
        blob
    );
    assert_eq!(
        all(reader.tenant(ONE).index::<ActiveInstances>((), Forward)).len(),
        1
    );
    assert_eq!(reader.system().get::<Timer>(&(9, 3)).unwrap(), Some(timer));
    assert!(
        reader
            .tenant(TWO)
            .get::<Variable>(&(1, 2))
            .unwrap()
            .is_some()
    );
}

fn the_last_write_to_a_key_counts(database: &Database) {
    commit(database, |batch| {
        let mut tenant = batch.tenant(ONE);
        tenant.put(&variable(1, 1, "a")).put(&variable(1, 1, "b"));
        tenant
            .put(&variable(1, 2, "a"))
            .delete(&variable(1, 2, "a"));
        tenant
            .delete(&variable(1, 3, "a"))
            .put(&variable(1, 3, "c"));
    });
    let rows = all(database
        .read()
        .unwrap()
        .tenant(ONE)
        .scan::<Variable>((), Forward));
    assert_eq!(rows, [variable(1, 1, "b"), variable(1, 3, "c")]);
}

fn scans_run_both_ways(database: &Database) {
    let timer = |due| Timer {
        due,
        key: 1,
        instance: 1,
        tenant: 1,
    };
    let dues = [i64::MIN, -5, 0, 255, 256, i64::MAX];
    commit(database, |batch| {
        dues.iter()
            .rev()
            .for_each(|due| _ = batch.system().put(&timer(*due)));
        for instance in 1..4 {
            (1..4).for_each(|key| _ = batch.tenant(ONE).put(&variable(instance, key, "x")));
        }
    });
    let reader = database.read().unwrap();
    let due = |direction| {
        all(reader
            .system()
            .scan::<Timer>((), direction)
            .map(|row| row.map(|timer| timer.due)))
    };
    assert_eq!(due(Forward), dues);
    assert!(due(Reverse).into_iter().rev().eq(dues));
    let scan = |direction| all(reader.tenant(ONE).scan::<Variable>((2,), direction));
    assert_eq!(scan(Forward), [1, 2, 3].map(|key| variable(2, key, "x")));
    assert_eq!(scan(Reverse), [3, 2, 1].map(|key| variable(2, key, "x")));
    assert_eq!(
        reader
            .tenant(ONE)
            .scan::<Variable>((), Forward)
            .count_rows()
            .unwrap(),
        9
    );
}

fn scans_go_on_after_a_key(database: &Database) {
    commit(database, |batch| {
        (1..6).for_each(|key| _ = batch.tenant(ONE).put(&variable(7, key, "x")))
    });
    let reader = database.read().unwrap();
    let scan = |direction| reader.tenant(ONE).scan::<Variable>((7,), direction);
    let keys = |scan: Scan<'_, Variable>| {
        all(scan)
            .iter()
            .map(|variable| variable.key)
            .collect::<Vec<_>>()
    };
    assert_eq!(keys(scan(Forward).after(&(7u64, 2u64))), [3, 4, 5]);
    assert_eq!(keys(scan(Reverse).after(&(7u64, 3u64))), [2, 1]);
    assert_eq!(keys(scan(Forward).from(&(7u64, 4u64))), [4, 5]);
    assert_eq!(keys(scan(Forward).until(&(7u64, 2u64))), [1, 2]);
    assert_eq!(keys(scan(Reverse).until(&(7u64, 4u64))), [5, 4]);
    assert_eq!(keys(scan(Forward).after(&(7u64, 5u64))), [] as [u64; 0]);
}

fn an_empty_range_has_no_rows(database: &Database) {
    let reader = database.read().unwrap();
    let never_written = reader.tenant(ONE).scan::<Incident>((), Forward);
    assert_eq!(all(never_written).len(), 0);
    commit(database, |batch| {
        _ = batch.tenant(ONE).put(&variable(7, 5, "x"))
    });
    let reader = database.read().unwrap();
    let scan = reader.tenant(ONE).scan::<Variable>((7,), Forward);
    assert_eq!(all(scan.from(&(7u64, 9u64)).until(&(7u64, 1u64))).len(), 0);
}

fn the_latest_definition_is_the_first_of_a_reverse_scan(database: &Database) {
    let definition = |key, process_id: &str, version| ProcessDefinition {
        key,
        process_id: process_id.into(),
        version,
        version_tag: None,
        name: None,
        resource_name: "order.bpmn".into(),
        resource_digest: [1; 32],
        deployment_key: 1,
        deployed_at: 0,
        bindings: vec![],
    };
    commit(database, |batch| {
        let mut tenant = batch.tenant(ONE);
        (1..300).for_each(|version| _ = tenant.put(&definition(version as u64, "order", version)));
        tenant.put(&definition(900, "order-2", 1_000));
    });
    let reader = database.read().unwrap();
    let latest = reader
        .tenant(ONE)
        .index::<DefinitionsByProcess>(("order",), Reverse)
        .next();
    assert_eq!(latest.unwrap().unwrap().version, 299);
}

fn tenants_are_separate(database: &Database) {
    let tenants = [
        TenantId(0),
        ONE,
        TWO,
        TenantId(255),
        TenantId(256),
        TenantId(u32::MAX),
    ];
    commit(database, |batch| {
        for tenant in tenants {
            let text = tenant.to_string();
            batch
                .tenant(tenant)
                .put(&variable(1, 1, &text))
                .put(&message(1, "m", &text));
        }
    });
    let reader = database.read().unwrap();
    for tenant in tenants {
        let (rows, text) = (reader.tenant(tenant), tenant.to_string());
        assert_eq!(rows.get::<Variable>(&(1, 1)).unwrap().unwrap().value, text);
        assert_eq!(
            all(rows.scan::<Variable>((), Forward)),
            [variable(1, 1, &text)]
        );
        assert_eq!(
            all(rows.scan::<Variable>((), Reverse)),
            [variable(1, 1, &text)]
        );
        assert_eq!(
            all(rows.index::<MessagesByCorrelation>((), Forward)),
            [message(1, "m", &text)]
        );
    }
    let none = reader.tenant(TenantId(3));
    assert_eq!(none.get::<Variable>(&(1, 1)).unwrap(), None);
    assert_eq!(all(none.scan::<Variable>((), Forward)).len(), 0);
    assert_eq!(all(none.index::<MessagesById>(("m",), Forward)).len(), 0);
}

fn replace_writes_the_difference_of_the_indexes(database: &Database) {
    let running = instance(1, InstanceState::Active, false);
    let stuck = instance(1, InstanceState::Active, true);
    let ended = instance(1, InstanceState::Completed, false);
    let found = || {
        let reader = database.read().unwrap();
        let rows = reader.tenant(ONE);
        (
            all(rows.index::<ActiveInstances>((), Forward)).len(),
            all(rows.index::<InstancesWithIncident>((), Forward)).len(),
            all(rows.index::<InstancesByDefinition>((5,), Forward)).len(),
        )
    };
    commit(database, |batch| _ = batch.tenant(ONE).put(&running));
    assert_eq!(found(), (1, 0, 1));
    let mut change = Batch::new();
    change.tenant(ONE).replace(&running, &stuck);
    assert_eq!(change.len(), 2, "the new entry and the row");
    commit(database, |batch| *batch = change);
    assert_eq!(found(), (1, 1, 1));
    commit(database, |batch| {
        _ = batch.tenant(ONE).replace(&stuck, &ended)
    });
    assert_eq!(found(), (0, 0, 1));
    let stored = database
        .read()
        .unwrap()
        .tenant(ONE)
        .get::<ProcessInstance>(&1)
        .unwrap();
    assert_eq!(stored, Some(ended));
}

fn delete_takes_the_index_entries_along(database: &Database) {
    let (first, second) = (message(1, "paid", "42"), message(2, "paid", "42"));
    commit(database, |batch| {
        _ = batch.tenant(ONE).put(&first).put(&second)
    });
    commit(database, |batch| _ = batch.tenant(ONE).delete(&first));
    let reader = database.read().unwrap();
    let rows = reader.tenant(ONE);
    assert_eq!(rows.get::<Message>(&1).unwrap(), None);
    assert_eq!(
        all(rows.index::<MessagesByCorrelation>(("paid", "42"), Forward)),
        std::slice::from_ref(&second)
    );
    assert_eq!(
        all(rows.index::<MessagesById>(("paid", "42", "id-1"), Forward)).len(),
        0
    );
    assert_eq!(
        all(rows.index::<MessagesById>(("paid", "42", "id-2"), Forward)),
        [second]
    );
}

/// [`Variable`] as a later release might have it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct NewVariable {
    instance: u64,
    key: u64,
    text: String,
}

impl Record for NewVariable {
    type Owner = TenantOwned;
    type Key<'a> = (u64, u64);
    const TABLE: Table = Table::Variables;
    const VERSION: u8 = 2;

    fn key(&self) -> (u64, u64) {
        (self.instance, self.key)
    }

    fn decode(version: u8, bytes: &[u8]) -> Result<Self> {
        if version == 1 {
            let Variable {
                key,
                instance,
                value,
                ..
            } = Variable::decode(1, bytes)?;
            return Ok(NewVariable {
                instance,
                key,
                text: value,
            });
        }
        postcard::from_bytes(bytes).map_err(|error| StoreError::Corrupt {
            table: Self::TABLE,
            reason: error.to_string().into(),
        })
    }
}

fn values_of_older_versions_are_read(database: &Database) {
    let new = NewVariable {
        instance: 1,
        key: 2,
        text: "new".into(),
    };
    commit(database, |batch| {
        _ = batch.tenant(ONE).put(&variable(1, 1, "old")).put(&new)
    });
    let rows = all(database
        .read()
        .unwrap()
        .tenant(ONE)
        .scan::<NewVariable>((), Forward));
    assert_eq!(
        rows,
        [
            NewVariable {
                instance: 1,
                key: 1,
                text: "old".into()
            },
            new
        ]
    );
}

fn values_of_unknown_versions_are_errors(database: &Database) {
    let new = NewVariable {
        instance: 1,
        key: 2,
        text: "new".into(),
    };
    commit(database, |batch| _ = batch.tenant(ONE).put(&new));
    let reader = database.read().unwrap();
    let unknown = |error| {
        matches!(
            error,
            StoreError::UnknownVersion {
                table: Table::Variables,
                version: 2
            }
        )
    };
    assert!(unknown(
        reader.tenant(ONE).get::<Variable>(&(1, 2)).unwrap_err()
    ));
    let mut scan = reader.tenant(ONE).scan::<Variable>((), Forward);
    assert!(unknown(scan.next().unwrap().unwrap_err()));
    assert!(scan.next().is_none(), "a scan ends with its first error");
    assert!(matches!(
        Variable::decode(1, &[200, 1]),
        Err(StoreError::Corrupt { .. })
    ));
    assert!(matches!(
        InstanceBlob::decode(1, &[1, 2]),
        Err(StoreError::Corrupt { .. })
    ));
}

fn batches_complete_in_order_and_are_readable_at_once(database: &Database) {
    let (sender, receiver) = mpsc::channel();
    for i in 0..500u64 {
        let mut batch = Batch::new();
        batch.tenant(ONE).put(&variable(1, i, "x"));
        let (sender, handle) = (sender.clone(), database.clone());
        let done = move |result: Result<()>| {
            let row = handle
                .read()
                .unwrap()
                .tenant(ONE)
                .get::<Variable>(&(1, i))
                .unwrap();
            sender.send((i, result.is_ok() && row.is_some())).unwrap();
        };
        database.submit(batch, done).unwrap();
    }
    assert!(receiver.iter().take(500).eq((0..500).map(|i| (i, true))));
}

fn keys_belong_to_the_owner_of_their_block(database: &Database) {
    let (mine, other) = (database.next_block(), database.next_block());
    assert!(mine >= FIRST_KEY && mine.is_multiple_of(BLOCK) && other >= mine + BLOCK);
    let owner = BlockOwner {
        block: mine,
        tenant: 7,
        instance: mine,
    };
    commit(database, |batch| _ = batch.system().put(&owner));
    let reader = database.read().unwrap();
    for key in [mine, mine + 1, mine + BLOCK - 1] {
        assert_eq!(reader.owner_of(key).unwrap().as_ref(), Some(&owner));
    }
    assert_eq!(reader.owner_of(other).unwrap(), None);
    assert_eq!(reader.owner_of(mine - 1).unwrap(), None);
}

fn long_and_odd_texts_are_keys(database: &Database) {
    let names = [
        "",
        "\0",
        "\u{1}",
        "a",
        "a\0b",
        "ab",
        "é",
        &"n".repeat(9_000),
    ];
    commit(database, |batch| {
        for (key, name) in names.iter().enumerate() {
            batch.tenant(ONE).put(&message(key as u64, name, "c"));
        }
    });
    let reader = database.read().unwrap();
    for (key, name) in names.iter().enumerate() {
        let found = all(reader
            .tenant(ONE)
            .index::<MessagesByCorrelation>((*name,), Forward));
        assert_eq!(found, [message(key as u64, name, "c")], "{name:?}");
    }
}
