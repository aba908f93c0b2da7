//! Instances that events start: messages, timers, conditions.

use std::time::Duration;

use anyam::runtime::requests::{CreateInstance, ProcessSelector, PublishMessage};
use anyam_engine::value::{Json, Variables};
use anyam_store::Direction;
use anyam_store::records::{InstanceState, Message, StartLock, StartSubscription, StartTimer};

use super::{BY_ORDER, ORDER, begins_with, order};
use crate::platform::{PATIENCE, Platform, TENANT, chain, create};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_correlation_key_one_started_instance_is_active_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), Default::default()).await;
    platform
        .deploy(TENANT, begins_with("started", ORDER, BY_ORDER))
        .await;
    platform.publish(order("a", Duration::ZERO)).await;
    platform.publish(order("a", PATIENCE)).await;
    platform.publish(order("b", PATIENCE)).await;
    assert_eq!(platform.of("started").len(), 2);
    let first = platform.of("started")[0].key;
    platform.runtime.stop().await;
    drop(platform);

    let platform = Platform::start(folder.path(), Default::default()).await;
    // Another message finds the key taken.
    platform.publish(order("a", Duration::ZERO)).await;
    assert_eq!(platform.of("started").len(), 2);
    platform.finish_work(first).await;
    platform
        .until("the next one starts", |p| p.of("started").len() == 3)
        .await;
    for instance in platform.of("started") {
        if instance.state == InstanceState::Active {
            platform.finish_work(instance.key).await;
        }
    }
    assert!(platform.all::<StartLock>().is_empty());
    assert_eq!(platform.of("started").len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kept_message_starts_what_is_deployed_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), Default::default()).await;
    platform.deploy(TENANT, chain("anything", &[])).await;
    platform.publish(order("a", PATIENCE)).await;
    platform
        .deploy(TENANT, begins_with("started", ORDER, BY_ORDER))
        .await;
    platform
        .until("it starts", |p| p.of("started").len() == 1)
        .await;
    assert_eq!(
        platform.all::<Message>().len(),
        1,
        "others may still take it"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_latest_version_is_started_by_events() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), Default::default()).await;
    platform
        .deploy(TENANT, begins_with("started", ORDER, BY_ORDER))
        .await;
    let other = r#"<message id="M" name="offer"/>"#;
    platform
        .deploy(TENANT, begins_with("started", other, BY_ORDER))
        .await;
    let starts = platform.all::<StartSubscription>();
    assert_eq!(starts.len(), 1);
    assert_eq!(starts[0].name, "offer");
    platform.publish(order("a", Duration::ZERO)).await;
    assert!(platform.of("started").is_empty());
    platform
        .runtime
        .correlate(order("a", Duration::ZERO))
        .await
        .unwrap_err();
    let offer = PublishMessage {
        name: "offer".to_owned(),
        ..order("a", Duration::ZERO)
    };
    let (_, instance) = platform.runtime.correlate(offer).await.unwrap();
    assert_eq!(platform.instance(instance).unwrap().process_version, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_timer_starts_instances_in_its_cycle_and_catches_up_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), Default::default()).await;
    let every = r#"<timerEventDefinition><timeCycle>R3/PT0.2S</timeCycle></timerEventDefinition>"#;
    platform
        .deploy(TENANT, begins_with("timed", "", every))
        .await;
    platform
        .until("the first one starts", |p| !p.of("timed").is_empty())
        .await;
    platform.runtime.stop().await;
    drop(platform);
    tokio::time::sleep(Duration::from_millis(500)).await;

    let platform = Platform::start(folder.path(), Default::default()).await;
    platform
        .until("the others start", |p| p.of("timed").len() == 3)
        .await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(platform.of("timed").len(), 3, "and no more");
    let reader = platform.runtime.read().unwrap();
    let left = reader.system().scan::<StartTimer>((), Direction::Forward);
    assert_eq!(left.count_rows().unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_only_events_start_is_not_created_plainly() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), Default::default()).await;
    platform
        .deploy(TENANT, begins_with("started", ORDER, BY_ORDER))
        .await;
    let request = CreateInstance {
        process: ProcessSelector::Latest("started".to_owned()),
        ..create("started", false)
    };
    let refused = platform.runtime.create(request).await.unwrap_err();
    assert!(
        refused.to_string().contains("none start event"),
        "{refused}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_condition_that_holds_starts_an_instance() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), Default::default()).await;
    let condition = "<conditionalEventDefinition><condition>=n &gt; 6</condition>\
                     </conditionalEventDefinition>";
    platform
        .deploy(TENANT, begins_with("large", "", condition))
        .await;
    let given = |n: &str| Variables::from([("n".into(), Json::from_valid(n))]);
    let (six, seven, text) = (given("6"), given("7"), given("\"x\""));
    let evaluate = |n| platform.runtime.evaluate_conditionals(TENANT, None, n);
    let (_, started) = evaluate(&six).await.unwrap();
    assert!(started.is_empty());
    let (_, started) = evaluate(&seven).await.unwrap();
    let instance = platform.instance(started[0].1).unwrap();
    assert_eq!(instance.definition_key, started[0].0);
    assert_eq!(platform.of("large"), [instance]);
    evaluate(&text).await.unwrap();
    assert_eq!(
        platform.of("large").len(),
        1,
        "no number is not more than 6"
    );
}
