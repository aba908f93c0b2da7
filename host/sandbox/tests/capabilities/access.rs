//! What is not granted, by the tenant or by the process, is out of reach.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyam_sandbox::{Capability, EffectClass, Failure, Grants, Limits};
use serde_json::{Value, json};

use crate::bench::{Bench, act, all, bench, blob, component, data, grants, ok, refused, sandbox};
use crate::support::guest::echo;

/// Why a call may not begin.
async fn barred(bench: &Bench) -> String {
    let call = bench.call(json!({ "do": [] })).await;
    assert_eq!(
        call.usage.wall_time,
        std::time::Duration::ZERO,
        "it has not begun"
    );
    match call.outcome {
        Err(Failure::Permanent { message }) => message,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_a_component_imports_is_what_has_to_be_granted() {
    let inspection = sandbox().inspect(&component(), &Limits::default()).unwrap();
    let needed = BTreeSet::from([
        Capability::KeyValue,
        Capability::BlobStore,
        Capability::Config,
        Capability::Messaging,
    ]);
    assert_eq!(inspection.capabilities, needed);
    assert_eq!(inspection.effect, EffectClass::Effectful);
    let bench = bench().await;
    assert_eq!(*bench.step.capabilities(), needed);
    assert_eq!(bench.step.effect(), EffectClass::Effectful);
}

#[test]
fn configuration_log_and_sockets_leave_a_step_pure() {
    for (import, needs) in [
        ("wasi:config/store@0.2.0-rc.1", Some(Capability::Config)),
        ("wasi:config/store@0.2.0-draft", Some(Capability::Config)),
        ("wasi:logging/logging@0.1.0-draft", None),
        ("wasi:sockets/tcp@0.2.6", None),
        ("wasi:sockets/ip-name-lookup@0.2.0", None),
    ] {
        let step = echo().outer(&format!(r#"(import "{import}" (instance))"#));
        let inspection = sandbox().inspect(&step.build(), &Limits::default());
        let inspection = inspection.unwrap();
        assert_eq!(inspection.effect, EffectClass::Pure, "{import}");
        assert_eq!(
            inspection.capabilities,
            needs.into_iter().collect(),
            "{import}"
        );
    }
    for import in [
        "wasi:keyvalue/batch@0.2.0-draft",
        "wasi:blobstore/types@0.2.0-draft",
        "anyam:step/messaging@0.1.0",
    ] {
        let step = echo().outer(&format!(r#"(import "{import}" (instance))"#));
        let inspection = sandbox().inspect(&step.build(), &Limits::default());
        assert_eq!(
            inspection.unwrap().effect,
            EffectClass::Effectful,
            "{import}"
        );
    }
}

#[tokio::test]
async fn without_the_grant_a_call_does_not_begin_and_says_what_to_grant() {
    let mut bench = bench().await;
    for (member, words) in [
        (
            "keyValue",
            ["key-value stores (wasi:keyvalue)", r#""keyValue": ["*"]"#],
        ),
        (
            "blobStore",
            ["blob containers (wasi:blobstore)", r#""blobStore": ["*"]"#],
        ),
        (
            "config",
            ["configuration values (wasi:config)", r#""config": ["*"]"#],
        ),
        (
            "messaging",
            ["messages to processes", r#""messaging": ["*"]"#],
        ),
    ] {
        let mut some = serde_json::to_value(all()).unwrap();
        some.as_object_mut().unwrap().remove(member);
        let some = Arc::new(grants(some));
        bench.access.tenant = some.clone();
        bench.access.step = None;
        let text = barred(&bench).await;
        for word in words.into_iter().chain(["its tenant does not grant"]) {
            assert!(text.contains(word), "{word}: {text}");
        }
        bench.access.tenant = Arc::new(all());
        bench.access.step = Some(some);
        let text = barred(&bench).await;
        for word in words
            .into_iter()
            .chain(["the process does not leave", "anyam:grants"])
        {
            assert!(text.contains(word), "{word}: {text}");
        }
    }
}

#[test]
fn what_to_ask_for_grants_just_that() {
    for capability in [
        Capability::Http,
        Capability::KeyValue,
        Capability::BlobStore,
        Capability::Config,
        Capability::Messaging,
    ] {
        let json = format!("{{{}}}", capability.ask_for());
        let granted: Grants = serde_json::from_str(&json).unwrap();
        assert!(granted.has(capability), "{json}");
        let members = serde_json::to_value(&granted).unwrap();
        assert_eq!(members.as_object().unwrap().len(), 1, "{json}");
    }
}

#[tokio::test]
async fn each_name_has_to_be_granted_by_every_layer() {
    let mut bench = bench().await;
    bench.access.tenant = Arc::new(grants(json!({
        "keyValue": ["orders*", "stock"], "blobStore": ["photos"], "config": ["*"],
        "messaging": ["order-*"],
    })));
    bench.access.step = Some(Arc::new(grants(json!({
        "keyValue": ["orders-eu", "hidden"], "blobStore": ["*"], "config": ["*"],
        "messaging": ["*-paid"],
    }))));
    let set = |store: &str| data(store, "set", json!({"key": "k", "value": "x"}));
    let publish = |name: &str| act("publish", json!({"name": name, "variables": {}}));
    let (results, call) = bench
        .run(&[
            set("orders-eu"),
            set("orders-us"),
            set("stock"),
            set("hidden"),
            blob("photos", "create", json!({})),
            blob("scans", "create", json!({})),
            blob("scans", "exists", json!({})),
            publish("order-paid"),
            publish("order-sent"),
            publish("bill-paid"),
        ])
        .await;
    assert_eq!(results[0], ok(Value::Null));
    for result in &results[1..4] {
        refused(result, &["is not granted to the step"]);
    }
    assert_eq!(results[4], ok(json!("photos")));
    for result in &results[5..7] {
        refused(
            result,
            &["`scans` is not among the blob containers", "tenant grants"],
        );
    }
    assert_eq!(results[7], ok(Value::Null));
    refused(&results[8], &["`order-sent`", "process leaves to the step"]);
    refused(&results[9], &["`bill-paid`", "tenant grants"]);
    assert_eq!(call.changes.writes.len(), 2);
    assert_eq!(call.changes.messages.len(), 1);
}

#[tokio::test]
async fn what_was_denied_is_said_where_the_call_then_fails() {
    let mut bench = bench().await;
    bench.access.tenant = Arc::new(grants(json!({
        "keyValue": ["orders"], "blobStore": ["*"], "config": ["*"], "messaging": ["*"],
    })));
    let call = bench
        .call(json!({
            "do": [data("stock", "get", json!({"key": "k"}))], "end": "trap",
        }))
        .await;
    let Err(Failure::Retryable { message, .. }) = call.outcome else {
        panic!("{:?}", call.outcome);
    };
    for word in [
        "the step trapped",
        "denied",
        "`stock` is not among the key-value stores",
    ] {
        assert!(message.contains(word), "{word}: {message}");
    }
}
