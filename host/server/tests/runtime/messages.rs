//! Messages: buffered, correlated once for each process id, expired.

use std::time::Duration;

use anyam::Error;
use anyam::runtime::requests::PublishMessage;
use anyam_store::records::{InstanceState, Message, MessageClaim, MessageSubscription};
use anyam_store::{Direction, Record, TenantOwned};

use crate::platform::{PATIENCE, Platform, TENANT, create, definitions};

fn waiting_for(process: &str) -> String {
    definitions(&format!(
        r#"<message id="m" name="paid"><extensionElements>
             <zeebe:subscription correlationKey="=n"/></extensionElements></message>
           <process id="{process}" isExecutable="true"><startEvent id="s"/>
             <intermediateCatchEvent id="catch">
               <messageEventDefinition id="d" messageRef="m"/></intermediateCatchEvent>
             <endEvent id="e"/>
             <sequenceFlow id="a" sourceRef="s" targetRef="catch"/>
             <sequenceFlow id="b" sourceRef="catch" targetRef="e"/></process>"#
    ))
}

fn message(time_to_live: Duration, id: Option<&str>) -> PublishMessage {
    PublishMessage {
        tenant: TENANT.to_owned(),
        name: "paid".to_owned(),
        correlation_key: "7".to_owned(),
        message_id: id.map(str::to_owned),
        time_to_live,
        variables: Default::default(),
    }
}

fn rows<R: Record<Owner = TenantOwned>>(platform: &Platform) -> u64 {
    let reader = platform.runtime.read().unwrap();
    reader
        .tenant(platform.tenant())
        .scan::<R>((), Direction::Forward)
        .count_rows()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_buffered_message_reaches_each_process_once() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), Default::default()).await;
    platform.deploy(TENANT, waiting_for("one")).await;
    platform.deploy(TENANT, waiting_for("two")).await;
    platform
        .runtime
        .publish(message(PATIENCE, None))
        .await
        .unwrap();
    let one = platform.runtime.create(create("one", true)).await.unwrap();
    let two = platform.runtime.create(create("two", true)).await.unwrap();
    for key in [one.key, two.key] {
        assert_eq!(
            platform.instance(key).unwrap().state,
            InstanceState::Completed
        );
    }
    let again = platform.runtime.create(create("one", false)).await.unwrap();
    assert_eq!(rows::<MessageClaim>(&platform), 2);
    assert_eq!(rows::<MessageSubscription>(&platform), 1);
    // A second message is for the instance that still waits.
    platform
        .runtime
        .publish(message(Duration::ZERO, None))
        .await
        .unwrap();
    assert_eq!(
        platform.instance(again.key).unwrap().state,
        InstanceState::Completed
    );
    assert_eq!(rows::<MessageSubscription>(&platform), 0);
    assert_eq!(
        rows::<Message>(&platform),
        1,
        "a message without time to live is not kept"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_message_completes_one_of_many_waiting_instances() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), Default::default()).await;
    platform.deploy(TENANT, waiting_for("one")).await;
    let mut keys = Vec::new();
    for _ in 0..5 {
        keys.push(
            platform
                .runtime
                .create(create("one", false))
                .await
                .unwrap()
                .key,
        );
    }
    for published in 1..=5 {
        platform
            .runtime
            .publish(message(Duration::ZERO, None))
            .await
            .unwrap();
        let done = keys
            .iter()
            .filter(|key| platform.instance(**key).unwrap().ended_at.is_some());
        assert_eq!(done.count(), published);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_id_is_refused_while_its_message_lives_and_expired_messages_go() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), Default::default()).await;
    platform.deploy(TENANT, waiting_for("one")).await;
    platform
        .runtime
        .publish(message(Duration::from_millis(100), Some("x")))
        .await
        .unwrap();
    let again = platform.runtime.publish(message(PATIENCE, Some("x"))).await;
    assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
    let gone = async {
        while rows::<Message>(&platform) > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, gone)
        .await
        .expect("the message expires");
    platform
        .runtime
        .publish(message(PATIENCE, Some("x")))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_looks_at_as_many_subscriptions_as_the_limit_says() {
    let folder = tempfile::tempdir().unwrap();
    let mut limits = anyam::limits::Limits::default();
    limits.runtime.correlation_candidates = 2;
    let platform = Platform::start(folder.path(), limits).await;
    let mut keys = Vec::new();
    for process in ["one", "two", "three"] {
        platform.deploy(TENANT, waiting_for(process)).await;
        keys.push(
            platform
                .runtime
                .create(create(process, false))
                .await
                .unwrap()
                .key,
        );
    }
    platform
        .runtime
        .publish(message(Duration::ZERO, None))
        .await
        .unwrap();
    let reached = keys
        .iter()
        .map(|key| platform.instance(*key).unwrap().ended_at.is_some());
    assert_eq!(reached.collect::<Vec<_>>(), [true, true, false]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn message_bounds_hold_at_their_edges() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), Default::default()).await;
    platform.deploy(TENANT, waiting_for("one")).await;
    let limits = platform.runtime.limits().runtime.clone();
    let mut longest = message(limits.message_time_to_live, None);
    longest.correlation_key = "k".repeat(limits.message_text_bytes);
    platform.runtime.publish(longest.clone()).await.unwrap();
    let mut long = longest.clone();
    long.correlation_key.push('k');
    let mut late = longest.clone();
    late.time_to_live += Duration::from_millis(1);
    let mut nameless = longest;
    nameless.name.clear();
    for request in [long, late, nameless] {
        let refused = platform.runtime.publish(request).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    }
    assert_eq!(rows::<Message>(&platform), 1);
}
