//! What of a call holds, and what it has seen.

use anyam_sandbox::{Failure, Space};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::bench::{act, bench, data};
use crate::support::outside::location;

#[tokio::test]
async fn changes_hold_with_an_output_or_a_bpmn_error_and_with_nothing_else() {
    let bench = bench().await;
    let script = |end: Value| {
        json!({
            "do": [
                data("s", "set", json!({"key": "k", "value": "x"})),
                act("publish", json!({"name": "m", "variables": {}})),
            ],
            "end": end,
        })
    };
    for (end, holds) in [
        (Value::Null, true),
        (json!("bpmn-error"), true),
        (json!("retryable"), false),
        (json!("permanent"), false),
        (json!("trap"), false),
    ] {
        let call = bench.call(script(end.clone())).await;
        assert_eq!(call.changes.writes.len(), usize::from(holds), "{end}");
        assert_eq!(call.changes.messages.len(), usize::from(holds), "{end}");
        assert_eq!(call.changes.is_empty(), !holds, "{end}");
        if end == "bpmn-error" {
            assert!(matches!(call.outcome, Err(Failure::BpmnError { .. })));
        }
    }
}

#[tokio::test]
async fn what_was_read_is_noted_once_as_it_was_first() {
    let bench = bench().await;
    bench.outside.put(location(Space::KeyValue, "s", "a"), b"1");
    let (_, call) = bench
        .run(&[
            data("s", "get", json!({"key": "a"})),
            data("s", "increment", json!({"key": "a", "delta": 1})),
            data("s", "get", json!({"key": "a"})),
            data("s", "exists", json!({"key": "b"})),
            // Neither is read: one is only written, of the other only the own value is seen.
            data("s", "set", json!({"key": "c", "value": "x"})),
            data("s", "get", json!({"key": "c"})),
            data("s", "delete", json!({"key": "d"})),
        ])
        .await;
    let at = |key: &str| location(Space::KeyValue, "s", key);
    let one: [u8; 32] = Sha256::digest(b"1").into();
    assert_eq!(call.changes.seen, [(at("a"), Some(one)), (at("b"), None)]);
    assert_eq!(
        call.changes.writes,
        [
            (at("a"), Some(b"2".to_vec())),
            (at("c"), Some(b"x".to_vec())),
            (at("d"), None),
        ]
    );
}

#[tokio::test]
async fn concurrent_increments_are_exact_when_a_conflict_runs_again() {
    let bench = bench().await;
    let increment = [data("s", "increment", json!({"key": "n", "delta": 1}))];
    let ((_, first), (_, second)) = (bench.run(&increment).await, bench.run(&increment).await);
    assert!(bench.outside.apply(&first.changes));
    assert!(!bench.outside.apply(&second.changes), "both saw nothing");
    let (_, again) = bench.run(&increment).await;
    assert!(bench.outside.apply(&again.changes));
    assert_eq!(bench.outside.text("s", "n").as_deref(), Some("2"));
}
