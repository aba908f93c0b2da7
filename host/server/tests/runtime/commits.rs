//! Invariants 3 and 4: nothing leaves before its commit; pure steps run ahead of it.

use std::time::Duration;

use anyam::Error;
use anyam::runtime::history::{self, CallOutcome, Happening};
use anyam_engine::Command;
use anyam_store::Batch;
use anyam_store::records::{InstanceState, JobState, StepVersion};

use crate::guest;
use crate::platform::{Commits, PATIENCE, Platform, TENANT, chain, create};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_4_a_process_of_pure_steps_costs_one_commit() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), Default::default())
        .await
        .with_steps(TENANT)
        .await;
    platform
        .deploy(TENANT, chain("pure", &["echo", "echo", "echo"]))
        .await;
    // The first call of a component may be slow enough to be committed without.
    platform.runtime.create(create("pure", true)).await.unwrap();
    let before = platform.runtime.store_stats();
    let created = platform.runtime.create(create("pure", true)).await.unwrap();
    let after = platform.runtime.store_stats();
    assert_eq!(after.batches - before.batches, 1);
    assert_eq!(created.variables.unwrap()["n"].as_str(), "7");
    assert_eq!(
        platform.instance(created.key).unwrap().state,
        InstanceState::Completed
    );
    assert_eq!(platform.jobs(created.key).len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_4_a_step_with_effects_starts_from_a_committed_state() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), Default::default())
        .await
        .with_steps(TENANT)
        .await;
    // Nothing that may be imported today has effects, so the stored class is changed.
    let tenant = platform.tenant();
    let key = ("echo", "1.0.0");
    let reader = platform.runtime.read().unwrap();
    let mut step: StepVersion = reader.tenant(tenant).get(&key).unwrap().unwrap();
    assert_eq!(step.effect, "pure");
    step.effect = "effectful".to_owned();
    let mut batch = Batch::new();
    batch.tenant(tenant).put(&step);
    let (done, committed) = std::sync::mpsc::channel();
    platform
        .database
        .submit(batch, move |result| done.send(result).unwrap())
        .unwrap();
    committed.recv().unwrap().unwrap();

    platform
        .deploy(TENANT, chain("effects", &["echo", "echo", "echo"]))
        .await;
    let before = platform.runtime.store_stats();
    let created = platform
        .runtime
        .create(create("effects", true))
        .await
        .unwrap();
    let after = platform.runtime.store_stats();
    // The start, and what each of the three answered.
    assert_eq!(after.batches - before.batches, 4);
    assert_eq!(
        platform.instance(created.key).unwrap().state,
        InstanceState::Completed
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_4_every_attempt_has_the_same_idempotency_key() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), Default::default()).await;
    // Fails with its idempotency key as the message, to be tried again after a millisecond.
    let telling = guest::guest(
        "(i32.store8 (i32.const 1024) (i32.const 1)) (i32.store8 (i32.const 1032) (i32.const 1))
         (i64.store (i32.const 1040) (i64.load offset=56 (local.get $in)))
         (i32.store8 (i32.const 1048) (i32.const 1)) (i64.store (i32.const 1056) (i64.const 1))
         (i32.const 1024)",
    );
    platform
        .runtime
        .push_step(TENANT, "telling", "1.0.0", telling.build())
        .await
        .unwrap();
    platform
        .deploy(TENANT, chain("telling", &["telling"]))
        .await;
    let key = platform
        .runtime
        .create(create("telling", false))
        .await
        .unwrap()
        .key;
    let failed = async {
        while platform.jobs(key)[0].state != JobState::Failed {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, failed)
        .await
        .expect("the attempts are used up");
    let reader = platform.runtime.read().unwrap();
    let history = history::read(&reader, platform.tenant(), key, 100).unwrap();
    let told: Vec<_> = history
        .into_iter()
        .filter_map(|entry| match entry.what {
            Happening::StepCalled(call) => Some((call.attempt, call.outcome)),
            Happening::FlowTaken { .. } | Happening::Migrated { .. } => None,
        })
        .collect();
    let job = platform.jobs(key)[0].key.to_string();
    let same = |attempt| (attempt, CallOutcome::Retryable(job.clone()));
    assert_eq!(told, [same(1), same(2), same(3)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_3_nothing_is_answered_or_seen_before_its_commit() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), Default::default()).await;
    platform
        .deploy(TENANT, chain("waits", &["by-a-worker"]))
        .await;
    platform.hand.set(Commits::Wait);
    let runtime = platform.runtime.clone();
    let creating = tokio::spawn(async move { runtime.create(create("waits", false)).await });
    let hand = platform.hand.clone();
    tokio::task::spawn_blocking(move || hand.await_held())
        .await
        .unwrap();
    assert!(!creating.is_finished(), "answered before the commit");
    assert_eq!(platform.instances(), 0, "seen before the commit");
    platform.hand.set(Commits::Go);
    let created = tokio::time::timeout(PATIENCE, creating)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert_eq!(
        platform.instance(created.key).unwrap().state,
        InstanceState::Active
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_commit_acknowledges_nothing_and_stops_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), Default::default()).await;
    platform
        .deploy(TENANT, chain("waits", &["by-a-worker"]))
        .await;
    platform.hand.set(Commits::Fail);
    let refused = platform.runtime.create(create("waits", false)).await;
    assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
    tokio::time::timeout(PATIENCE, platform.runtime.failed())
        .await
        .unwrap();
    assert!(!platform.runtime.is_ready());
    assert_eq!(platform.instances(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_pure_step_does_not_hold_the_answer_back() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), short_run_ahead())
        .await
        .with_steps(TENANT)
        .await;
    platform.deploy(TENANT, chain("slow", &["slow"])).await;
    let created = platform
        .runtime
        .create(create("slow", false))
        .await
        .unwrap();
    assert_eq!(
        platform.instance(created.key).unwrap().state,
        InstanceState::Active
    );
    assert_eq!(
        platform.await_end(created.key).await.state,
        InstanceState::Completed
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_answer_of_a_step_whose_instance_was_cancelled_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), short_run_ahead())
        .await
        .with_steps(TENANT)
        .await;
    platform.deploy(TENANT, chain("slow", &["slow"])).await;
    let created = platform
        .runtime
        .create(create("slow", false))
        .await
        .unwrap();
    platform
        .runtime
        .command("process instance", created.key, Command::Cancel)
        .await
        .unwrap();
    // Behind this one the late answer has come and gone.
    platform.runtime.create(create("slow", true)).await.unwrap();
    assert_eq!(
        platform.instance(created.key).unwrap().state,
        InstanceState::Terminated
    );
    let jobs = platform.jobs(created.key);
    assert_eq!(jobs[0].state, JobState::Canceled);
    let again = platform
        .runtime
        .command("process instance", created.key, Command::Cancel)
        .await;
    assert!(matches!(again, Err(Error::NotFound(_))), "{again:?}");
}

fn short_run_ahead() -> anyam::limits::Limits {
    let mut limits = anyam::limits::Limits::default();
    limits.runtime.run_ahead = Duration::from_millis(1);
    limits
}
