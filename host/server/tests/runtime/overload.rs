//! Invariant 7: overload is refused early, and one tenant's load is not another's.

use std::time::Duration;

use anyam::Error;
use anyam::limits::Limits;
use anyam::runtime::requests::ResourceFile;
use anyam_engine::Command;
use anyam_store::records::InstanceState;

use crate::platform::{Commits, PATIENCE, Platform, TENANT, chain, create};

/// One command at a time, which waits for its steps.
fn narrow() -> Limits {
    let mut limits = Limits::default();
    limits.runtime.running = 1;
    limits.runtime.queued_per_tenant = 2;
    limits.runtime.queued = 3;
    limits.runtime.run_ahead = PATIENCE;
    limits
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invariant_7_a_full_tenant_is_refused_and_its_neighbour_served() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), narrow())
        .await
        .with_steps(TENANT)
        .await;
    platform.deploy(TENANT, chain("slow", &["slow"])).await;
    platform.deploy("neighbour", chain("none", &[])).await;
    let mut flood = Vec::new();
    for _ in 0..6 {
        let runtime = platform.runtime.clone();
        flood.push(tokio::spawn(async move {
            runtime.create(create("slow", true)).await
        }));
        // In this order, so that the first one runs and the next ones wait.
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let mut neighbour = create("none", true);
    neighbour.tenant = "neighbour".to_owned();
    platform
        .runtime
        .create(neighbour)
        .await
        .expect("the neighbour has room");
    let mut refused = 0;
    for request in flood {
        match tokio::time::timeout(PATIENCE, request)
            .await
            .unwrap()
            .unwrap()
        {
            Ok(created) => {
                let state = platform.instance(created.key).unwrap().state;
                assert_eq!(state, InstanceState::Completed);
            }
            Err(Error::TenantBusy(_)) => refused += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert!(refused >= 1, "nothing was refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_has_bounded_room_for_what_waits_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut limits = Limits::default();
    limits.runtime.queued_per_instance = 1;
    let platform = Platform::start(folder.path(), limits).await;
    platform
        .deploy(TENANT, chain("waits", &["by-a-worker"]))
        .await;
    let created = platform
        .runtime
        .create(create("waits", false))
        .await
        .unwrap();
    platform.hand.set(Commits::Wait);
    let set = |value: &'static str| {
        let runtime = platform.runtime.clone();
        let variables = [("v".into(), anyam_engine::value::Json::from_valid(value))].into();
        let scope = anyam_engine::key::ElementInstanceKey(created.key);
        let command = Command::SetVariables {
            scope,
            variables,
            local: true,
        };
        tokio::spawn(async move { runtime.command("scope", created.key, command).await })
    };
    let first = set("1");
    let hand = platform.hand.clone();
    tokio::task::spawn_blocking(move || hand.await_held())
        .await
        .unwrap();
    let others: Vec<_> = ["2", "3", "4"].into_iter().map(set).collect();
    // All but the one that has room are refused while nothing moves.
    let refused = async {
        while others
            .iter()
            .filter(|request| request.is_finished())
            .count()
            < 2
        {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(PATIENCE, refused)
        .await
        .expect("two are refused at once");
    platform.hand.set(Commits::Go);
    first.await.unwrap().unwrap();
    let mut done = 0;
    for request in others {
        match request.await.unwrap() {
            Ok(()) => done += 1,
            Err(error) => assert!(matches!(error, Error::TenantBusy(_)), "{error}"),
        }
    }
    assert_eq!(done, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_tells_as_many_findings_as_the_limit_says() {
    let folder = tempfile::tempdir().unwrap();
    let mut limits = Limits::default();
    limits.runtime.deployment_findings = 2;
    let platform = Platform::start(folder.path(), limits).await;
    let file = |name: &str| ResourceFile {
        name: name.to_owned(),
        bytes: b"no model".to_vec(),
    };
    for (files, told) in [
        (vec!["a.bpmn"], 1),
        (vec!["a.bpmn", "b.bpmn"], 2),
        (vec!["a.bpmn", "b.bpmn", "c.bpmn"], 2),
    ] {
        let files = files.into_iter().map(file).collect();
        match platform.runtime.deploy(TENANT, files).await {
            Err(Error::Refused { findings, .. }) => assert_eq!(findings.len(), told),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_requests_are_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let mut limits = Limits::default();
    limits.runtime.waiting_requests = 1;
    let platform = Platform::start(folder.path(), limits).await;
    platform
        .deploy(TENANT, chain("waits", &["by-a-worker"]))
        .await;
    let runtime = platform.runtime.clone();
    let waiting = tokio::spawn(async move { runtime.create(create("waits", true)).await });
    while platform.instances() == 0 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let refused = platform.runtime.create(create("waits", true)).await;
    assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
    assert_eq!(platform.instances(), 1, "a refused request has no effect");
    platform.runtime.stop().await;
    assert!(waiting.await.unwrap().is_err());
}
