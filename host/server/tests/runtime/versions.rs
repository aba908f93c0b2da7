//! Versions of steps: rolled out and back without a deployment, retired, removed, and refused where
//! they break processes.

use std::collections::BTreeMap;

use anyam::Error;
use anyam::limits::Limits;
use anyam::runtime::history::{self, Happening};
use anyam::runtime::requests::{CreateInstance, ProcessSelector, PushTerms};
use anyam_engine::Command;
use anyam_engine::key::JobKey;

use crate::guest;
use crate::platform::{Platform, TENANT, chain, create};

/// Has `echo` in these versions, each with bytes of its own.
async fn start(folder: &std::path::Path, versions: &[&str]) -> Platform {
    let platform = Platform::start(folder, Limits::default()).await;
    for version in versions {
        push(&platform, version).await;
    }
    platform
}

async fn push(platform: &Platform, version: &str) {
    let pages = version.bytes().filter(u8::is_ascii_digit);
    let pages = pages.fold(0, |sum, digit| sum * 2 + u32::from(digit - b'0'));
    let bytes = guest::echo().pages(1 + pages).build();
    let pushed = platform.runtime.push_step(TENANT, "echo", version, bytes);
    pushed.await.unwrap();
}

/// The versions that the steps of an instance were called in.
fn called(platform: &Platform, instance: u64) -> Vec<String> {
    let reader = platform.runtime.read().unwrap();
    let entries = history::read(&reader, platform.tenant(), instance, 1_000).unwrap();
    let calls = entries.into_iter().filter_map(|entry| match entry.what {
        Happening::StepCalled(call) => Some(call.version),
        Happening::FlowTaken { .. } | Happening::Migrated { .. } => None,
    });
    calls.collect()
}

/// Runs some instances of a process and counts the versions of its only step.
async fn run(platform: &Platform, process: &str, instances: usize) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for _ in 0..instances {
        let created = platform
            .runtime
            .create(create(process, true))
            .await
            .unwrap();
        let versions = called(platform, created.key);
        assert_eq!(versions.len(), 1);
        *counts.entry(versions[0].clone()).or_default() += 1;
    }
    counts
}

fn all(version: &str, count: usize) -> BTreeMap<String, usize> {
    BTreeMap::from([(version.to_owned(), count)])
}

async fn roll_out(platform: &Platform, version: &str, percentage: u8) {
    let to = ("echo", version);
    let rolled_out = platform.runtime.roll_out(platform.tenant(), to, percentage);
    rolled_out.await.unwrap();
}

async fn roll_back(platform: &Platform, running: bool) -> anyam::Result<()> {
    let runtime = &platform.runtime;
    runtime.roll_back(platform.tenant(), "echo", running).await
}

/// Completes the job that an instance waits with, and waits for its end.
async fn go_on(platform: &Platform, instance: u64) {
    let job = platform.jobs(instance)[0].key;
    let complete = Command::CompleteJob {
        job: JobKey(job),
        variables: Default::default(),
    };
    platform
        .runtime
        .command("job", job, complete)
        .await
        .unwrap();
    platform.await_end(instance).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_share_of_new_instances_gets_the_version_that_is_rolled_out() {
    let folder = tempfile::tempdir().unwrap();
    let platform = start(folder.path(), &["1.0.0"]).await;
    platform.deploy(TENANT, chain("near", &["echo@1"])).await;
    platform
        .deploy(TENANT, chain("fixed", &["echo@1.0.0"]))
        .await;
    push(&platform, "1.1.0").await;
    assert_eq!(run(&platform, "near", 5).await, all("1.0.0", 5));
    roll_out(&platform, "1.1.0", 30).await;
    let counts = run(&platform, "near", 200).await;
    assert_eq!(counts.values().sum::<usize>(), 200);
    assert!((30..=90).contains(&counts["1.1.0"]), "{counts:?}");
    assert_eq!(run(&platform, "fixed", 20).await, all("1.0.0", 20));
    let tenant = platform.tenant();
    let (rollout, since) = platform.runtime.rollout(tenant, "echo").unwrap().unwrap();
    assert_eq!((&*rollout.version, rollout.percentage), ("1.1.0", 30));
    let new = since.iter().find(|row| row.version == "1.1.0").unwrap();
    assert_eq!((new.calls as usize, new.failures), (counts["1.1.0"], 0));
    let old = since.iter().find(|row| row.version == "1.0.0").unwrap();
    // The five calls before it began are not counted.
    assert_eq!(old.calls as usize, counts["1.0.0"] + 20);
    roll_out(&platform, "1.1.0", 100).await;
    assert_eq!(run(&platform, "near", 20).await, all("1.1.0", 20));
    roll_back(&platform, false).await.unwrap();
    assert_eq!(run(&platform, "near", 20).await, all("1.0.0", 20));
    let again = roll_back(&platform, false).await;
    assert!(matches!(again, Err(Error::NotFound(_))), "{again:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_keeps_its_version_over_changes_and_restarts_unless_it_is_moved() {
    let folder = tempfile::tempdir().unwrap();
    let platform = start(folder.path(), &["1.0.0"]).await;
    let model = chain("waits", &["by-a-worker", "echo@1"]);
    platform.deploy(TENANT, model).await;
    push(&platform, "1.1.0").await;
    let new = async |platform: &Platform| {
        let created = platform.runtime.create(create("waits", false)).await;
        created.unwrap().key
    };
    let before = new(&platform).await;
    roll_out(&platform, "1.1.0", 100).await;
    let (kept, restarted) = (new(&platform).await, new(&platform).await);
    go_on(&platform, before).await;
    assert_eq!(called(&platform, before), ["1.0.0"]);
    roll_back(&platform, false).await.unwrap();
    go_on(&platform, kept).await;
    assert_eq!(called(&platform, kept), ["1.1.0"]);
    platform.runtime.stop().await;
    drop(platform);

    let platform = Platform::start(folder.path(), Limits::default()).await;
    go_on(&platform, restarted).await;
    assert_eq!(called(&platform, restarted), ["1.1.0"]);
    roll_out(&platform, "1.1.0", 100).await;
    let (moved, later) = (new(&platform).await, new(&platform).await);
    roll_back(&platform, true).await.unwrap();
    go_on(&platform, moved).await;
    assert_eq!(called(&platform, moved), ["1.0.0"]);
    platform.runtime.stop().await;
    drop(platform);

    let platform = Platform::start(folder.path(), Limits::default()).await;
    go_on(&platform, later).await;
    assert_eq!(called(&platform, later), ["1.0.0"]);
    // Rolled out anew it is bound anew.
    roll_out(&platform, "1.1.0", 100).await;
    let anew = new(&platform).await;
    go_on(&platform, anew).await;
    assert_eq!(called(&platform, anew), ["1.1.0"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_roll_back_goes_to_what_was_promoted_before() {
    let folder = tempfile::tempdir().unwrap();
    let platform = start(folder.path(), &["1.0.0"]).await;
    platform.deploy(TENANT, chain("near", &["echo@1"])).await;
    for version in ["1.1.0", "1.2.0", "2.0.0"] {
        push(&platform, version).await;
    }
    roll_out(&platform, "1.1.0", 100).await;
    roll_out(&platform, "1.2.0", 0).await;
    assert_eq!(run(&platform, "near", 5).await, all("1.1.0", 5));
    roll_out(&platform, "1.2.0", 100).await;
    assert_eq!(run(&platform, "near", 5).await, all("1.2.0", 5));
    roll_back(&platform, false).await.unwrap();
    assert_eq!(run(&platform, "near", 5).await, all("1.1.0", 5));
    roll_back(&platform, false).await.unwrap();
    assert_eq!(run(&platform, "near", 5).await, all("1.0.0", 5));
    // What the process does not ask for is not given to it.
    roll_out(&platform, "2.0.0", 100).await;
    assert_eq!(run(&platform, "near", 5).await, all("1.0.0", 5));
    let tenant = platform.tenant();
    let runtime = &platform.runtime;
    let absent = runtime.roll_out(tenant, ("echo", "3.0.0"), 5).await;
    assert!(matches!(absent, Err(Error::NotFound(_))), "{absent:?}");
    let too_much = runtime.roll_out(tenant, ("echo", "1.1.0"), 101).await;
    assert!(matches!(too_much, Err(Error::Invalid(_))), "{too_much:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_definition_may_have_so_many_bindings() {
    let folder = tempfile::tempdir().unwrap();
    let mut limits = Limits::default();
    limits.runtime.binding_revisions = 1;
    let platform = Platform::start(folder.path(), limits).await;
    push(&platform, "1.0.0").await;
    platform.deploy(TENANT, chain("near", &["echo@1"])).await;
    push(&platform, "1.1.0").await;
    push(&platform, "1.2.0").await;
    for _ in 0..2 {
        roll_out(&platform, "1.1.0", 100).await;
        assert_eq!(run(&platform, "near", 2).await, all("1.1.0", 2));
        roll_back(&platform, false).await.unwrap();
    }
    roll_out(&platform, "1.2.0", 100).await;
    let refused = platform.runtime.create(create("near", true)).await;
    let Err(Error::Conflict(text)) = refused else {
        panic!("{refused:?}");
    };
    assert!(text.contains("limit binding_revisions"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_version_is_removed_once_nothing_can_use_it() {
    let folder = tempfile::tempdir().unwrap();
    let platform = start(folder.path(), &["1.0.0"]).await;
    let model = chain("waits", &["by-a-worker", "echo@1"]);
    platform.deploy(TENANT, model.clone()).await;
    let (runtime, tenant) = (&platform.runtime, platform.tenant());
    let conflict = async |version: &str, words: &str| {
        let refused = runtime.delete_step(tenant, "echo", version).await;
        let Err(Error::Conflict(text)) = refused else {
            panic!("{refused:?}");
        };
        assert!(text.contains(words), "{text}");
    };
    let running = runtime.create(create("waits", false)).await.unwrap().key;
    conflict("1.0.0", "latest version 1 of process 'waits'").await;
    push(&platform, "1.1.0").await;
    platform.deploy(TENANT, model).await;
    conflict("1.0.0", &format!("running process instance {running}")).await;
    go_on(&platform, running).await;
    roll_out(&platform, "1.0.0", 100).await;
    conflict("1.0.0", "part of a rollout").await;
    let rolled_out = runtime.create(create("waits", false)).await.unwrap().key;
    roll_back(&platform, false).await.unwrap();
    conflict("1.0.0", &format!("running process instance {rolled_out}")).await;
    go_on(&platform, rolled_out).await;
    assert_eq!(called(&platform, rolled_out), ["1.0.0"]);
    runtime.delete_step(tenant, "echo", "1.0.0").await.unwrap();
    // The old version of the process can be read and not be started; the latest is as it was.
    assert_eq!(called(&platform, running), ["1.0.0"]);
    let old = CreateInstance {
        process: ProcessSelector::Version("waits".to_owned(), 1),
        ..create("waits", false)
    };
    let refused = runtime.create(old).await;
    let Err(Error::Conflict(text)) = refused else {
        panic!("{refused:?}");
    };
    assert!(text.contains("echo 1.0.0, which was removed"), "{text}");
    let latest = runtime.create(create("waits", false)).await.unwrap().key;
    go_on(&platform, latest).await;
    assert_eq!(called(&platform, latest), ["1.1.0"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_new_is_bound_to_a_retired_version() {
    let folder = tempfile::tempdir().unwrap();
    let platform = start(folder.path(), &["1.0.0", "1.1.0"]).await;
    platform.deploy(TENANT, chain("old", &["echo@1"])).await;
    let (runtime, tenant) = (&platform.runtime, platform.tenant());
    runtime.retire_step(tenant, "echo", "1.1.0").await.unwrap();
    runtime.retire_step(tenant, "echo", "1.1.0").await.unwrap();
    platform.deploy(TENANT, chain("new", &["echo@1"])).await;
    assert_eq!(run(&platform, "new", 1).await, all("1.0.0", 1));
    assert_eq!(run(&platform, "old", 1).await, all("1.1.0", 1));
    let rolled_out = runtime.roll_out(tenant, ("echo", "1.1.0"), 5).await;
    assert!(
        matches!(rolled_out, Err(Error::Conflict(_))),
        "{rolled_out:?}"
    );
    let file = anyam::runtime::requests::ResourceFile {
        name: "exact.bpmn".to_owned(),
        bytes: chain("exact", &["echo@1.1.0"]).into_bytes(),
    };
    let refused = runtime.deploy(TENANT, vec![file]).await;
    let Err(Error::Conflict(text)) = refused else {
        panic!("{refused:?}");
    };
    assert!(text.contains("retired"), "{text}");
    let absent = runtime.retire_step(tenant, "echo", "9.0.0").await;
    assert!(matches!(absent, Err(Error::NotFound(_))), "{absent:?}");
}

/// A component with one function of these parameters, all of them `u32`.
fn typed(name: &str, parameters: &[&str]) -> Vec<u8> {
    let lifted: String = parameters
        .iter()
        .map(|name| format!("(param \"{name}\" u32) "))
        .collect();
    let core = "i32 ".repeat(parameters.len());
    let text = format!(
        "(component
           (core module $m (func (export \"f\") (param {core}) (result i32) (local.get 0)))
           (core instance $i (instantiate $m))
           (func (export \"{name}\") {lifted} (result u32) (canon lift (core func $i \"f\"))))"
    );
    wat::parse_str(text).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_version_that_breaks_a_process_is_refused_at_push() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), Limits::default()).await;
    let runtime = &platform.runtime;
    let push = async |version: &str, bytes: Vec<u8>, force| {
        let terms = PushTerms {
            force,
            ..PushTerms::default()
        };
        let to = ("pay", version);
        runtime.push_step_on(TENANT, to, bytes, terms).await
    };
    push("1.0.0", typed("quote", &["n"]), false).await.unwrap();
    // Nothing is bound to it yet.
    push("1.0.1", typed("quote", &["n", "more"]), false)
        .await
        .unwrap();
    runtime
        .delete_step(platform.tenant(), "pay", "1.0.1")
        .await
        .unwrap();
    platform.deploy(TENANT, chain("orders", &["pay@1"])).await;
    let refused = push("1.1.0", typed("quote", &["n", "more"]), false).await;
    let Err(Error::Conflict(text)) = refused else {
        panic!("{refused:?}");
    };
    for part in [
        "process 'orders' version 1",
        "element 'task0'",
        "input.more is required now",
    ] {
        assert!(text.contains(part), "{text}");
    }
    // The same interface, another major version, and what is forced.
    push("1.0.2", typed("quote", &["n"]), false).await.unwrap();
    push("2.0.0", typed("quote", &["n", "more"]), false)
        .await
        .unwrap();
    push("1.1.0", typed("quote", &["n", "more"]), true)
        .await
        .unwrap();
}
