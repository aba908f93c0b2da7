//! What is sent arrives after its commit, once, also over a stop, and at nobody else.

use std::time::Duration;

use anyam::Error;
use anyam::runtime::requests::CreateInstance;
use anyam_engine::value::Variables;
use anyam_store::Direction;
use anyam_store::records::{
    ElementInstance, Incident, InstanceState, ProcessInstance, SignalSubscription,
};

use super::{
    ALARM, BY_ALARM, BY_ORDER, ORDER, begins_with, caller, order, process, waits_for_alarm,
};
use crate::platform::{Commits, PATIENCE, Platform, TENANT, chain, create};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_sent_before_its_commit() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), Default::default()).await;
    platform.deploy(TENANT, chain("child", &["work"])).await;
    platform.deploy(TENANT, caller()).await;
    platform.hand.set(Commits::Wait);
    let runtime = platform.runtime.clone();
    let creating = tokio::spawn(async move { runtime.create(create("caller", false)).await });
    platform.hand.await_held();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(platform.instances(), 0);
    assert_eq!(platform.sent(), 0);
    platform.hand.set(Commits::Fail);
    creating.await.unwrap().unwrap_err();
    platform.runtime.stop().await;
    drop(platform);
    let platform = Platform::start(folder.path(), Default::default()).await;
    platform.until("all is delivered", |p| p.sent() == 0).await;
    assert_eq!(
        platform.instances(),
        0,
        "no call of an instance that is not"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_fails_for_a_message_stops_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), Default::default()).await;
    platform.deploy(TENANT, waits_for_alarm("waiter")).await;
    platform.hand.set(Commits::Fail);
    let refused = platform.runtime.publish(order("a", PATIENCE)).await;
    assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
    tokio::time::timeout(PATIENCE, platform.runtime.failed())
        .await
        .unwrap();
    assert!(!platform.runtime.is_ready());
}

/// Calls `child`, whose escalation is counted at `x`; throws a message and a signal.
fn sends_everything() -> String {
    process(
        "sender",
        &format!(
            r#"{ALARM}<message id="M" name="order"><extensionElements>
               <zeebe:subscription correlationKey="=n"/></extensionElements></message>
               <escalation id="X" escalationCode="x"/>"#
        ),
        r#"<startEvent id="s"/>
           <callActivity id="c"><extensionElements>
             <zeebe:calledElement processId="child"/></extensionElements></callActivity>
           <boundaryEvent id="b" attachedToRef="c" cancelActivity="false">
             <escalationEventDefinition escalationRef="X"/></boundaryEvent>
           <endEvent id="x"/>
           <intermediateThrowEvent id="m"><messageEventDefinition messageRef="M"/></intermediateThrowEvent>
           <endEvent id="e"><signalEventDefinition signalRef="S"/></endEvent>
           <sequenceFlow id="f1" sourceRef="s" targetRef="c"/>
           <sequenceFlow id="f2" sourceRef="b" targetRef="x"/>
           <sequenceFlow id="f3" sourceRef="c" targetRef="m"/>
           <sequenceFlow id="f4" sourceRef="m" targetRef="e"/>"#,
    )
}

fn escalates() -> String {
    process(
        "child",
        r#"<escalation id="X" escalationCode="x"/>"#,
        r#"<startEvent id="s"/>
           <intermediateThrowEvent id="t"><escalationEventDefinition escalationRef="X"/></intermediateThrowEvent>
           <endEvent id="e"/>
           <sequenceFlow id="f1" sourceRef="s" targetRef="t"/>
           <sequenceFlow id="f2" sourceRef="t" targetRef="e"/>"#,
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_arrives_once_wherever_a_stop_cuts_in() {
    for commits in 0..14 {
        let folder = tempfile::tempdir().unwrap();
        let platform = Platform::start(folder.path(), Default::default()).await;
        platform.deploy(TENANT, escalates()).await;
        platform.deploy(TENANT, waits_for_alarm("waiter")).await;
        platform
            .deploy(TENANT, begins_with("started", ORDER, BY_ORDER))
            .await;
        platform
            .deploy(TENANT, begins_with("alarmed", ALARM, BY_ALARM))
            .await;
        platform.deploy(TENANT, sends_everything()).await;
        let waiter = platform.begin("waiter").await;
        platform.hand.set(Commits::GoFor(commits));
        let created = platform.runtime.create(create("sender", false)).await;
        if created.is_ok() {
            let all_done = platform.until("all is delivered", |p| {
                p.sent() == 0 && p.of("started").len() == 1
            });
            tokio::select! {
                () = all_done => {}
                () = platform.runtime.failed() => {}
            }
        }
        platform.runtime.stop().await;
        drop(platform);

        let platform = Platform::start(folder.path(), Default::default()).await;
        if created.is_err() {
            assert!(platform.of("sender").is_empty(), "cut after {commits}");
            continue;
        }
        let sender = created.unwrap().key;
        platform.await_end(sender).await;
        platform.await_end(waiter.key).await;
        platform
            .until("all is delivered", |p| {
                p.sent() == 0 && !p.of("started").is_empty()
            })
            .await;
        let counted = platform.all::<ElementInstance>();
        let counted = counted.iter().filter(|e| e.element_id == "x").count();
        assert_eq!(counted, 1, "one escalation, cut after {commits}");
        for started in ["child", "started", "alarmed"] {
            assert_eq!(
                platform.of(started).len(),
                1,
                "{started}, cut after {commits}"
            );
        }
        assert!(platform.all::<Incident>().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_reaches_everybody_in_its_tenant_and_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), Default::default()).await;
    for tenant in [TENANT, "other"] {
        platform.deploy(tenant, waits_for_alarm("waiter")).await;
        platform
            .deploy(tenant, begins_with("alarmed", ALARM, BY_ALARM))
            .await;
    }
    let mut waiters = Vec::new();
    for _ in 0..300 {
        let created = platform.begin("waiter").await;
        waiters.push(created.key);
    }
    let elsewhere = CreateInstance {
        tenant: "other".to_owned(),
        ..create("waiter", false)
    };
    let elsewhere = platform.runtime.create(elsewhere).await.unwrap();
    platform
        .runtime
        .broadcast(TENANT, "alarm", &Variables::new())
        .await
        .unwrap();
    for key in waiters {
        assert_eq!(
            platform.instance(key).unwrap().state,
            InstanceState::Completed
        );
    }
    assert_eq!(platform.of("alarmed").len(), 1);
    assert!(platform.all::<SignalSubscription>().is_empty());
    let reader = platform.runtime.read().unwrap();
    let other = reader.tenant(platform.runtime.tenants().id("other").unwrap());
    let row = other
        .get::<ProcessInstance>(&elsewhere.key)
        .unwrap()
        .unwrap();
    assert_eq!(row.state, InstanceState::Active);
    let there = other.scan::<ProcessInstance>((), Direction::Forward);
    assert_eq!(there.count_rows().unwrap(), 1, "nothing was started there");
}
