//! Messages: buffered, correlated once for each process id, expired.

use std::time::Duration;

use anyam::Error;
use anyam::runtime::requests::PublishMessage;
use anyam_store::records::{InstanceState, Message, MessageClaim, MessageSubscription};
use anyam_store::{Direction, Record, TenantOwned};

use crate::platform::{PATIENCE, Platform, TENANT, chain, create, definitions};
use crate::storing;

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

/// A platform with the process `telling`, whose step publishes a message.
async fn telling(folder: &tempfile::TempDir, time_to_live_ms: u64, id: bool) -> Platform {
    let platform = Platform::start(folder.path(), Default::default()).await;
    let grants = r#"{"messaging": ["pa*"]}"#.to_owned();
    let set = platform.runtime.put_setting(TENANT, "grants", grants);
    set.await.unwrap();
    let publisher = storing::publisher(time_to_live_ms, id);
    let pushed = platform
        .runtime
        .push_step(TENANT, "tell", "1.0.0", publisher);
    assert_eq!(pushed.await.unwrap().record.effect, "effectful");
    platform.deploy(TENANT, chain("telling", &["tell"])).await;
    platform.deploy(TENANT, waiting_for("told")).await;
    platform
}

async fn tell(platform: &Platform) {
    let told = platform.runtime.create(create("telling", true));
    told.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_of_a_step_lets_one_waiting_instance_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let platform = telling(&folder, 0, false).await;
    let first = platform
        .runtime
        .create(create("told", false))
        .await
        .unwrap();
    let second = platform
        .runtime
        .create(create("told", false))
        .await
        .unwrap();
    tell(&platform).await;
    platform.await_end(first.key).await;
    assert_eq!(platform.instance(second.key).unwrap().ended_at, None);
    // It was for who waited then, and nobody later.
    assert_eq!(rows::<Message>(&platform), 0);
    tell(&platform).await;
    platform.await_end(second.key).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_buffered_message_of_a_step_waits_for_its_receiver() {
    let folder = tempfile::tempdir().unwrap();
    let platform = telling(&folder, 3_600_000, false).await;
    tell(&platform).await;
    tell(&platform).await;
    assert_eq!(rows::<Message>(&platform), 2);
    for _ in 0..2 {
        let told = platform.runtime.create(create("told", true)).await.unwrap();
        let state = platform.instance(told.key).unwrap().state;
        assert_eq!(state, InstanceState::Completed);
    }
    assert_eq!(rows::<MessageClaim>(&platform), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_messages_of_steps_with_one_id_one_is_buffered() {
    let folder = tempfile::tempdir().unwrap();
    let platform = telling(&folder, 3_600_000, true).await;
    let telling = (0..10).map(|_| {
        let runtime = platform.runtime.clone();
        tokio::spawn(async move { runtime.create(create("telling", true)).await.unwrap() })
    });
    for told in telling.collect::<Vec<_>>() {
        let state = platform.instance(told.await.unwrap().key).unwrap().state;
        assert_eq!(state, InstanceState::Completed);
    }
    assert_eq!(rows::<Message>(&platform), 1);
}
