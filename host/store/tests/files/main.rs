//! Store files: checked, backed up, restored, compacted, and on a disk without space.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod backup;
mod check;
mod full;

use std::path::Path;
use std::sync::mpsc;

use anyam_store::records::{
    Component, InstanceState, Job, JobKind, JobState, Message, ProcessInstance, SpaceUsage, Tenant,
    Timer, Variable,
};
use anyam_store::*;

const TENANT: TenantId = TenantId(7);
const CACHE: usize = 4 << 20;

fn open(path: &Path) -> Database {
    Database::open(RedbStore::open(path, CACHE).unwrap(), Limits::default()).unwrap()
}

fn commit(database: &Database, batch: Batch) -> Result<()> {
    let (done, committed) = mpsc::channel();
    database.submit(batch, move |result| done.send(result).unwrap())?;
    committed.recv().unwrap()
}

/// One instance with rows that have indexes, as the store keeps them.
fn instance(key: u64) -> Batch {
    let mut batch = Batch::new();
    batch
        .tenant(TENANT)
        .put(&process_instance(key, true))
        .put(&job(key))
        .put(&Variable {
            key: key + 1,
            instance: key,
            scope: key,
            name: "n".into(),
            value: "x".repeat(200),
        })
        .count(
            &SpaceUsage {
                space: 0,
                bytes: 0,
                keys: 0,
            },
            &[Change::Add(3), Change::Add(1)],
        );
    batch.system().put(&Timer {
        due: 5,
        key: key + 3,
        instance: key,
        tenant: TENANT.0,
    });
    batch
}

fn process_instance(key: u64, active: bool) -> ProcessInstance {
    ProcessInstance {
        key,
        definition_key: 3,
        process_id: "order".into(),
        process_version: 1,
        process_name: None,
        version_tag: None,
        state: if active {
            InstanceState::Active
        } else {
            InstanceState::Completed
        },
        has_incident: false,
        started_at: 0,
        ended_at: (!active).then_some(1),
        tags: vec![],
        business_id: None,
        parent: None,
        started_by: None,
    }
}

fn job(instance: u64) -> Job {
    Job {
        key: instance + 2,
        instance,
        definition_key: 3,
        process_id: "order".into(),
        process_version: 1,
        element_id: "pack".into(),
        element_instance: instance + 1,
        job_type: "pack".into(),
        step: false,
        retries: 3,
        attempt: 0,
        state: JobState::Created,
        worker: None,
        deadline: None,
        error_message: None,
        error_code: None,
        headers: vec![],
        created_at: 0,
        ended_at: None,
        kind: JobKind::BpmnElement,
        listener: None,
        priority: 0,
        denied: None,
        denied_reason: None,
    }
}

/// A store with some of everything that matters here: many rows, a large value, a message.
fn stocked(path: &Path) {
    let database = open(path);
    let batches: Vec<_> = (0..400)
        .map(|at| {
            let (done, committed) = mpsc::channel();
            let batch = instance(database.next_block() + at % 2);
            database
                .submit(batch, move |result| done.send(result).unwrap())
                .unwrap();
            committed
        })
        .collect();
    for committed in batches {
        committed.recv().unwrap().unwrap();
    }
    let mut batch = Batch::new();
    batch
        .tenant(TENANT)
        .put(&Component {
            digest: [9; 32],
            bytes: (0..100_000u32).map(|at| at as u8).collect(),
        })
        .put(&Message {
            key: 77,
            name: "paid".into(),
            correlation_key: "42".into(),
            message_id: Some("m".into()),
            variables: "{}".into(),
            published_at: 0,
            expires_at: 9,
        });
    batch.system().put(&Tenant {
        id: TENANT.0,
        name: "acme".into(),
    });
    commit(&database, batch).unwrap();
    database.close().unwrap();
}
