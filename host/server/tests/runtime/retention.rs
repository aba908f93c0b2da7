//! What is over is removed once it is as old as its tenant says, and not before.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use anyam::limits::Limits;
use anyam::runtime::clock::Clock;
use anyam::runtime::usage::Usage;
use anyam_engine::Command;
use anyam_engine::key::JobKey;
use anyam_engine::value::{Json, Timestamp, Variables};
use anyam_store::records::DecisionInstance;
use anyam_store::{Batch, Table, check_file};

use crate::platform::{PATIENCE, Platform, TENANT, chain, create, definitions};

const BEGIN: i64 = 1_900_000_000_000;
const HOUR: i64 = 3_600_000;

/// A clock that the test sets.
#[derive(Clone)]
struct Set(Arc<AtomicI64>);

impl Set {
    fn new() -> Self {
        Self(Arc::new(AtomicI64::new(BEGIN)))
    }

    fn to(&self, at: i64) {
        self.0.store(at, Ordering::SeqCst);
    }
}

impl Clock for Set {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

/// Removes in small pieces, and looks often.
fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.runtime.retention_interval = Duration::from_millis(5);
    limits.runtime.retention_pause = Duration::from_millis(1);
    limits.runtime.retention_rows = 7;
    limits
}

async fn start(folder: &Path, clock: &Set) -> Platform {
    let platform = Platform::start_at(folder, limits(), Arc::new(clock.clone())).await;
    platform
        .deploy(TENANT, chain("work", &["by-a-worker", "by-another"]))
        .await;
    let caller = r#"<process id="caller" isExecutable="true"><startEvent id="s"/>
        <callActivity id="call"><extensionElements><zeebe:calledElement processId="work"/>
        </extensionElements></callActivity>
        <serviceTask id="last"><extensionElements><zeebe:taskDefinition type="by-a-third"/>
        </extensionElements></serviceTask><endEvent id="e"/>
        <sequenceFlow id="a" sourceRef="s" targetRef="call"/>
        <sequenceFlow id="b" sourceRef="call" targetRef="last"/>
        <sequenceFlow id="c" sourceRef="last" targetRef="e"/></process>"#;
    platform.deploy(TENANT, definitions(caller)).await;
    platform
}

async fn keep_for(platform: &Platform, tenant: &str, hours: i64) {
    let text = format!(r#"{{"runtime":{{"retentionMs":{}}}}}"#, hours * HOUR);
    platform.runtime.put_limits(tenant, &text).await.unwrap();
}

/// Does the open jobs of an instance until it has none.
async fn work(platform: &Platform, instance: u64) {
    loop {
        let jobs = platform.jobs(instance);
        let Some(open) = jobs.iter().find(|job| job.ended_at.is_none()) else {
            return;
        };
        let done = Command::CompleteJob {
            job: JobKey(open.key),
            variables: Variables::from([("done".into(), Json::from_valid("true"))]),
            result: None,
        };
        platform
            .runtime
            .command("job", open.key, done)
            .await
            .unwrap();
    }
}

/// An instance that is over by now.
async fn over(platform: &Platform) -> u64 {
    let key = platform
        .runtime
        .create(create("work", false))
        .await
        .unwrap()
        .key;
    work(platform, key).await;
    platform.await_end(key).await;
    key
}

async fn until(what: &str, so: impl Fn() -> bool) {
    let waiting = async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect(what);
}

/// Lets several rounds pass in which something could be removed.
async fn rounds() {
    tokio::time::sleep(Duration::from_millis(150)).await;
}

fn used(platform: &Platform) -> Usage {
    platform
        .runtime
        .usage(platform.tenant(), (0, u32::MAX), 1_000)
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn instances_go_at_their_age_with_all_that_is_theirs() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Set::new();
    let platform = start(folder.path(), &clock).await;
    let old = over(&platform).await;
    clock.to(BEGIN + 1);
    let younger = over(&platform).await;
    let active = platform
        .runtime
        .create(create("work", false))
        .await
        .unwrap()
        .key;
    let counted = used(&platform);
    assert_eq!(
        counted
            .instances
            .iter()
            .map(|day| day.completed)
            .sum::<u64>(),
        2
    );

    keep_for(&platform, TENANT, 1).await;
    clock.to(BEGIN + HOUR - 1);
    rounds().await;
    assert!(platform.instance(old).is_some(), "it was removed too early");
    clock.to(BEGIN + HOUR);
    until("the old one goes", || platform.instance(old).is_none()).await;
    rounds().await;
    assert!(platform.instance(younger).is_some());
    clock.to(BEGIN + 100 * HOUR);
    until("the younger one goes", || {
        platform.instance(younger).is_none()
    })
    .await;
    assert!(platform.runtime.locate(old).unwrap().is_none());
    assert_eq!(used(&platform), counted);

    // The one that is active goes on, whatever its age, and goes once it is over for long enough.
    work(&platform, active).await;
    platform.await_end(active).await;
    clock.to(BEGIN + 101 * HOUR);
    until("the last one goes", || platform.instance(active).is_none()).await;
    let counted = used(&platform);
    platform.runtime.stop().await;
    assert_eq!(
        counted
            .instances
            .iter()
            .map(|day| day.completed)
            .sum::<u64>(),
        3
    );
    drop(platform);
    let checked = check_file(folder.path().join("store.redb"), 10).unwrap();
    assert_eq!(checked.findings, []);
    let left: Vec<_> = checked.rows.iter().filter(|(_, rows)| *rows > 0).collect();
    for table in [
        Table::Instances,
        Table::InstancesByDefinition,
        Table::ElementInstances,
        Table::Variables,
        Table::Jobs,
        Table::HistorySegments,
        Table::InstanceBlobs,
    ] {
        assert!(left.iter().all(|(of, _)| *of != table), "{left:?}");
    }
    // Those of the two deployments stay.
    let owners = left.iter().find(|(of, _)| *of == Table::BlockOwners);
    assert_eq!(owners.map(|(_, rows)| *rows), Some(2), "{left:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_called_instance_stays_as_long_as_its_caller_is_active() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Set::new();
    let platform = start(folder.path(), &clock).await;
    keep_for(&platform, TENANT, 1).await;
    let caller = platform
        .runtime
        .create(create("caller", false))
        .await
        .unwrap()
        .key;
    until("the call begins", || platform.instances() == 2).await;
    let reader = platform.runtime.read().unwrap();
    let called = reader
        .tenant(platform.tenant())
        .index::<anyam_store::records::InstancesByParent>(
            (caller,),
            anyam_store::Direction::Forward,
        )
        .next()
        .unwrap()
        .unwrap()
        .key;
    drop(reader);
    work(&platform, called).await;
    platform.await_end(called).await;
    until("the caller goes on", || !platform.jobs(caller).is_empty()).await;
    clock.to(BEGIN + 50 * HOUR);
    rounds().await;
    assert!(platform.instance(called).is_some(), "its caller is active");
    work(&platform, caller).await;
    platform.await_end(caller).await;
    until("the called one goes", || {
        platform.instance(called).is_none()
    })
    .await;
    rounds().await;
    assert!(platform.instance(caller).is_some(), "it is not old yet");
    clock.to(BEGIN + 51 * HOUR);
    until("the caller goes", || platform.instance(caller).is_none()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_tenant_keeps_what_it_wants_and_decisions_go_too() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Set::new();
    let platform = start(folder.path(), &clock).await;
    let kept = over(&platform).await;
    keep_for(&platform, "short", 1).await;
    let short = platform.runtime.tenants().id("short").unwrap();
    let made = |evaluation: u64, instance: u64, evaluated_at: i64| DecisionInstance {
        evaluation,
        number: 1,
        instance,
        element_instance: 0,
        definition: 0,
        decision: 1,
        decision_id: "d".into(),
        decision_name: "d".into(),
        decision_version: 1,
        kind: "LITERAL_EXPRESSION".into(),
        requirements: 1,
        requirements_id: "r".into(),
        root_decision: 1,
        evaluated_at,
        failure: None,
        output: "1".into(),
        inputs: vec![],
        rules: vec![],
    };
    for tenant in [short, platform.tenant()] {
        let mut batch = Batch::new();
        for evaluation in 1..30 {
            batch.tenant(tenant).put(&made(evaluation, 0, BEGIN));
        }
        batch.tenant(tenant).put(&made(30, 77, BEGIN));
        batch.tenant(tenant).put(&made(31, 0, BEGIN + 1));
        let (done, committed) = std::sync::mpsc::channel();
        platform
            .database
            .submit(batch, move |result| done.send(result).unwrap())
            .unwrap();
        committed.recv().unwrap().unwrap();
    }
    let decisions = |tenant| {
        let reader = platform.runtime.read().unwrap();
        let rows = reader
            .tenant(tenant)
            .scan::<DecisionInstance>((), anyam_store::Direction::Forward);
        rows.map(|row| row.unwrap().evaluation).collect::<Vec<_>>()
    };
    clock.to(BEGIN + HOUR);
    until("old decisions go", || decisions(short) == [30, 31]).await;
    rounds().await;
    assert_eq!(decisions(short), [30, 31]);
    assert_eq!(decisions(platform.tenant()).len(), 31);
    assert!(platform.instance(kept).is_some(), "nobody set an age");
}
