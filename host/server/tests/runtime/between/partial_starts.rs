//! Instances that begin once several triggers have come.

use std::time::Duration;

use anyam_engine::value::{Json, Variables};
use anyam_store::records::{MessageClaim, PartialStart, Variable};

use super::{ALARM, BY_ALARM, BY_ORDER, ORDER, begins_with, order};
use crate::platform::{PATIENCE, Platform, TENANT};

/// Begins once everything in `events` has come.
fn begins_with_all(head: &str, events: &[&str]) -> String {
    begins_with("started", head, &events.concat())
        .replace(r#"id="s""#, r#"id="s" parallelMultiple="true""#)
}

fn by_order_and_alarm() -> String {
    begins_with_all(&format!("{ORDER}{ALARM}"), &[BY_ORDER, BY_ALARM])
}

fn number(name: &str, value: &str) -> Variables {
    Variables::from([(name.into(), Json::from_valid(value))])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_come_is_kept_over_a_restart_until_all_has_come() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), Default::default()).await;
    platform.deploy(TENANT, by_order_and_alarm()).await;
    let mut first = order("a", Duration::ZERO);
    first.variables = number("amount", "5");
    let (_, instance) = platform.runtime.correlate(first).await.unwrap();
    assert!(platform.of("started").is_empty());
    platform.runtime.stop().await;
    drop(platform);

    let platform = Platform::start(folder.path(), Default::default()).await;
    let refused = platform.runtime.correlate(order("b", Duration::ZERO)).await;
    assert!(refused.is_err(), "the event has a message already");
    platform.publish(order("c", PATIENCE)).await;
    let alarm = number("shop", "7");
    platform
        .runtime
        .broadcast(TENANT, "alarm", &alarm)
        .await
        .unwrap();
    let started = platform.of("started");
    assert_eq!(started.len(), 1);
    assert_eq!(started[0].key, instance, "the key that was answered");
    let variables = platform.all::<Variable>().into_iter();
    let mut variables: Vec<_> = variables
        .map(|v| format!("{}={}", v.name, v.value))
        .collect();
    variables.sort_unstable();
    assert_eq!(variables, ["amount=5", "shop=7"]);

    // The message that was kept is the first trigger of the next instance.
    platform
        .until("the kept message is taken", |p| {
            p.all::<PartialStart>().len() == 1 && p.all::<MessageClaim>().len() == 1
        })
        .await;
    platform
        .runtime
        .broadcast(TENANT, "alarm", &alarm)
        .await
        .unwrap();
    assert_eq!(platform.of("started").len(), 2);
    assert!(platform.all::<PartialStart>().is_empty());
    assert_eq!(platform.sent(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_version_begins_anew() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), Default::default()).await;
    platform.deploy(TENANT, by_order_and_alarm()).await;
    platform.publish(order("a", Duration::ZERO)).await;
    assert_eq!(platform.all::<PartialStart>().len(), 1);
    let changed = by_order_and_alarm().replace("isExecutable", r#"name="other" isExecutable"#);
    platform.deploy(TENANT, changed).await;
    assert!(platform.all::<PartialStart>().is_empty());
    let nothing = Variables::new();
    platform
        .runtime
        .broadcast(TENANT, "alarm", &nothing)
        .await
        .unwrap();
    assert!(platform.of("started").is_empty());
    platform.publish(order("a", Duration::ZERO)).await;
    assert_eq!(platform.of("started").len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn times_and_conditions_are_triggers_too() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path(), Default::default()).await;
    let timer = "<timerEventDefinition><timeDuration>PT0S</timeDuration></timerEventDefinition>";
    let condition = |text: &str| {
        format!(
            "<conditionalEventDefinition><condition>={text}</condition></conditionalEventDefinition>"
        )
    };
    let events = [timer, &condition("a &gt; 1"), &condition("b &gt; 1")];
    platform.deploy(TENANT, begins_with_all("", &events)).await;
    platform
        .until("the time has come", |p| p.all::<PartialStart>().len() == 1)
        .await;
    let evaluate = |a: &str, b: &str| {
        let mut variables = number("a", a);
        variables.extend(number("b", b));
        let runtime = platform.runtime.clone();
        async move {
            runtime
                .evaluate_conditionals(TENANT, None, &variables)
                .await
                .unwrap()
                .1
        }
    };
    assert!(evaluate("2", "0").await.is_empty());
    assert!(evaluate("3", "0").await.is_empty());
    let started = evaluate("0", "4").await;
    let found: Vec<_> = platform.of("started").iter().map(|i| i.key).collect();
    assert_eq!(found, [started[0].1]);
}
