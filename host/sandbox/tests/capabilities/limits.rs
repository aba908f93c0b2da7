//! The bounds on what one call does with the outside, at their edges.

use anyam_sandbox::Failure;
use serde_json::{Value, json};

use crate::bench::{Bench, act, bench, bench_with, blob, data, ok, refused};

/// Runs the actions, of which all but the last one pass; that one names the limit.
async fn edge(bench: &Bench, actions: &[Value], limit: &str) {
    let (results, _) = bench.run(actions).await;
    let (last, others) = results.split_last().unwrap();
    for (action, other) in actions.iter().zip(others) {
        assert!(other.get("ok").is_some(), "{action}: {other}");
    }
    refused(last, &[limit]);
}

fn fill(key: &str, size: usize) -> Value {
    data("s", "fill", json!({"key": key, "size": size}))
}

fn get(key: &str) -> Value {
    data("s", "get", json!({"key": key}))
}

#[tokio::test]
async fn names_and_keys() {
    let mut bench = bench().await;
    bench.limits.storage_name_bytes = 4;
    bench.limits.storage_key_bytes = 3;
    let set = |store: &str, key: &str| data(store, "set", json!({"key": key, "value": ""}));
    edge(
        &bench,
        &[set("four", "key"), set("four", "keys")],
        "storage_key_bytes",
    )
    .await;
    let (results, _) = bench.run(&[set("fiver", "key")]).await;
    refused(&results[0], &["there can be no key-value store"]);
    let put = |object: &str| blob("four", "put", json!({"object": object}));
    let create = blob("four", "create", json!({}));
    edge(
        &bench,
        &[create, put("key"), put("keys")],
        "storage_key_bytes",
    )
    .await;
    edge(
        &bench,
        &[blob("fiver", "create", json!({}))],
        "storage_name_bytes",
    )
    .await;
}

#[tokio::test]
async fn reads_and_their_bytes() {
    let mut bench = bench().await;
    bench.commit(&[fill("ten", 10)]).await;
    bench.limits.storage_reads = 3;
    let keys = data("s", "keys", json!({}));
    edge(
        &bench,
        &[get("a"), get("a"), keys, get("b")],
        "storage_reads",
    )
    .await;
    edge(
        &bench,
        &[get("a"), get("a"), get("a"), fill("x", 1)],
        "storage_reads",
    )
    .await;
    bench.limits.storage_reads = 100;
    bench.limits.storage_read_bytes = 20;
    edge(
        &bench,
        &[get("ten"), get("ten"), get("none"), get("ten")],
        "storage_read_bytes",
    )
    .await;
}

#[tokio::test]
async fn writes_and_their_bytes() {
    let mut bench = bench().await;
    bench.limits.storage_writes = 2;
    let delete = data("s", "delete", json!({"key": "c"}));
    edge(
        &bench,
        &[fill("a", 1), fill("b", 1), fill("a", 2), delete],
        "storage_writes",
    )
    .await;
    bench.limits.storage_writes = 100;
    bench.limits.storage_write_bytes = 22;
    // Ten bytes and the key; the second value of a key takes the place of the first.
    edge(
        &bench,
        &[fill("a", 10), fill("b", 9), fill("b", 10), fill("b", 11)],
        "storage_write_bytes",
    )
    .await;
    // What is refused leaves everything as it was.
    let (results, call) = bench.run(&[fill("a", 5), fill("a", 100), get("a")]).await;
    assert_eq!(results[2], ok(json!("xxxxx")));
    assert_eq!(call.changes.writes.len(), 1);
}

#[tokio::test]
async fn bytes_written_through_streams() {
    let mut bench = bench().await;
    bench.limits.storage_write_bytes = 10_000;
    let put = |object: &str, size: usize| blob("c", "put", json!({"object": object, "size": size}));
    let create = || blob("c", "create", json!({}));
    edge(
        &bench,
        &[create(), put("o", 5_000), put("p", 5_001)],
        "storage_write_bytes",
    )
    .await;
    edge(
        &bench,
        &[create(), put("o", 100_000)],
        "storage_write_bytes",
    )
    .await;
    let (results, _) = bench.run(&[create(), put("o", 9_990)]).await;
    assert_eq!(results[1], ok(Value::Null));
}

#[tokio::test]
async fn a_container_is_emptied_completely_or_not_at_all() {
    let mut bench = bench().await;
    let put = |object: &str| blob("c", "put", json!({"object": object}));
    bench
        .commit(&[blob("c", "create", json!({})), put("a"), put("b"), put("d")])
        .await;
    bench.limits.storage_writes = 3;
    let (results, call) = bench
        .run(&[
            blob("c", "remove", json!({})),
            blob("c", "exists", json!({})),
        ])
        .await;
    refused(&results[0], &["storage_writes"]);
    assert_eq!(results[1], ok(json!(true)));
    assert!(call.changes.is_empty());
    bench.limits.storage_writes = 2;
    let (results, call) = bench.run(&[blob("c", "clear", json!({}))]).await;
    refused(&results[0], &["storage_writes"]);
    assert!(call.changes.is_empty());
    bench.limits.storage_writes = 4;
    let (results, _) = bench.run(&[blob("c", "remove", json!({}))]).await;
    assert_eq!(results[0], ok(Value::Null));
}

#[tokio::test]
async fn messages_and_their_bytes() {
    let mut bench = bench().await;
    bench.limits.messages = 2;
    let publish = |name: &str| act("publish", json!({"name": name, "variables": {}}));
    edge(
        &bench,
        &[publish("m"), publish("m"), publish("m")],
        "limit messages",
    )
    .await;
    bench.limits.messages = 100;
    // Name, variables, correlation key and id.
    bench.limits.message_bytes = 10;
    let whole = json!({
        "name": "na", "variables": {}, "correlation_key": "k", "message_id": "i",
    });
    edge(
        &bench,
        &[act("publish", whole), publish("mm"), publish("m")],
        "message_bytes",
    )
    .await;
    bench.limits.message_bytes = 1_000;
    let long = json!({"name": "m", "variables": {"text": "x".repeat(1_000)}});
    edge(&bench, &[act("publish", long)], "message_bytes").await;
}

#[tokio::test]
async fn configuration_values() {
    let mut bench = bench_with(|memory| {
        memory.config.insert("fits".into(), "12345".into());
    })
    .await;
    bench.limits.config_value_bytes = 5;
    let get = act("config", json!({"key": "fits"}));
    let (results, _) = bench.run(&[get.clone(), act("configs", json!({}))]).await;
    assert_eq!(results[0], ok(json!("12345")));
    bench.limits.config_value_bytes = 4;
    edge(&bench, &[get], "config_value_bytes").await;
    edge(&bench, &[act("configs", json!({}))], "config_value_bytes").await;
}

#[tokio::test]
async fn what_is_logged_with_a_level_counts_like_what_is_printed() {
    let mut bench = bench().await;
    let log = |message: &str| {
        act(
            "log",
            json!({"level": "info", "context": "c", "message": message}),
        )
    };
    bench.limits.log_bytes = 12;
    let (_, call) = bench.run(&[log("four"), log("four"), log("x")]).await;
    let texts: Vec<_> = call.log.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(texts[..2], ["four", "four"]);
    assert!(texts[2].contains("log_bytes"), "{texts:?}");
    bench.limits.log_bytes = 1_000;
    bench.limits.log_lines = 2;
    let (_, call) = bench.run(&[log("a"), log("b"), log("c")]).await;
    let texts: Vec<_> = call.log.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(texts[..2], ["a", "b"]);
    assert!(texts[2].contains("log_lines"), "{texts:?}");
}

#[tokio::test]
async fn handles() {
    let mut bench = bench().await;
    let hold = |times: usize| data("s", "hold", json!({"times": times}));
    let (results, _) = bench.run(&[hold(1_000), hold(1_000)]).await;
    assert_eq!(results[0], ok(json!(1_000)));
    bench.limits.handles = 500;
    let (results, _) = bench.run(&[hold(400)]).await;
    assert_eq!(results[0], ok(json!(400)));
    let call = bench.call(json!({ "do": [hold(501)] })).await;
    assert!(
        matches!(call.outcome, Err(Failure::Retryable { .. })),
        "{call:?}"
    );
}
