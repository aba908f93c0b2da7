//! `wasi:keyvalue`.

use anyam_sandbox::Space;
use serde_json::{Value, json};

use crate::bench::{bench, bench_with, data, ok, refused};
use crate::support::outside::location;

#[tokio::test]
async fn a_call_reads_its_own_writes_and_others_do_when_they_are_stored() {
    let bench = bench().await;
    bench
        .check(
            &[
                data("s", "get", json!({"key": "k"})),
                data("s", "set", json!({"key": "k", "value": "one"})),
                data("s", "get", json!({"key": "k"})),
                data("s", "exists", json!({"key": "k"})),
                data("other", "exists", json!({"key": "k"})),
                data("s", "set", json!({"key": "gone", "value": "x"})),
                data("s", "delete", json!({"key": "gone"})),
                data("s", "delete", json!({"key": "never-there"})),
                data("s", "exists", json!({"key": "gone"})),
            ],
            &[
                ok(Value::Null),
                ok(Value::Null),
                ok(json!("one")),
                ok(json!(true)),
                ok(json!(false)),
                ok(Value::Null),
                ok(Value::Null),
                ok(Value::Null),
                ok(json!(false)),
            ],
        )
        .await;
    let next = bench.commit(&[data("s", "get", json!({"key": "k"}))]).await;
    assert_eq!(next, [ok(json!("one"))]);
    // Until it is stored, nothing of it is seen.
    let set = data("s", "set", json!({"key": "k", "value": "two"}));
    let (_, unstored) = bench.run(&[set]).await;
    let next = bench.commit(&[data("s", "get", json!({"key": "k"}))]).await;
    assert_eq!(next, [ok(json!("one"))]);
    assert!(bench.outside.apply(&unstored.changes));
    let next = bench.commit(&[data("s", "get", json!({"key": "k"}))]).await;
    assert_eq!(next, [ok(json!("two"))]);
}

#[tokio::test]
async fn numbers_are_incremented_in_both_drafts() {
    let bench = bench().await;
    let increment =
        |key: &str, delta: i64| data("s", "increment", json!({"key": key, "delta": delta}));
    let in_draft_1 = |key: &str, delta: u64| {
        data(
            "s",
            "increment-of-draft1",
            json!({"key": key, "delta": delta}),
        )
    };
    let results = bench
        .commit(&[
            increment("n", 5),
            increment("n", -7),
            in_draft_1("n", 1),
            in_draft_1("m", u64::MAX),
            in_draft_1("m", 1),
            increment("m", 1),
            increment("low", i64::MIN),
            increment("low", -1),
            data("s", "set", json!({"key": "text", "value": "1.5"})),
            increment("text", 1),
        ])
        .await;
    assert_eq!(results[0], ok(json!(5)));
    assert_eq!(results[1], ok(json!(-2)));
    refused(&results[2], &["would leave its range"]);
    assert_eq!(results[3], ok(json!(u64::MAX)));
    refused(&results[4], &["would leave its range"]);
    refused(&results[5], &["would leave its range"]);
    assert_eq!(results[6], ok(json!(i64::MIN)));
    refused(&results[7], &["would leave its range"]);
    refused(&results[9], &["`text` is not a decimal number"]);
    assert_eq!(bench.outside.text("s", "n").as_deref(), Some("-2"));
}

#[tokio::test]
async fn a_value_is_swapped_only_while_it_is_the_one_remembered() {
    let bench = bench().await;
    let meanwhile = json!({"key": "k", "value": "c", "meanwhile": "b"});
    bench
        .check(
            &[
                data("s", "swap", json!({"key": "k", "value": "a"})),
                data("s", "swap", meanwhile),
                data("s", "get", json!({"key": "k"})),
            ],
            &[
                ok(json!("swapped")),
                ok(json!({"now": "b", "retried": true})),
                ok(json!("c")),
            ],
        )
        .await;
}

#[tokio::test]
async fn several_keys_go_at_once() {
    let bench = bench().await;
    bench
        .check(
            &[
                data(
                    "s",
                    "set-many",
                    json!({"pairs": [["a", "1"], ["b", "2"], ["c", "3"]]}),
                ),
                data("s", "delete-many", json!({"keys": ["b", "z"]})),
                data("s", "get-many", json!({"keys": ["c", "b", "a"]})),
            ],
            &[
                ok(Value::Null),
                ok(Value::Null),
                ok(json!([["c", "3"], null, ["a", "1"]])),
            ],
        )
        .await;
}

#[tokio::test]
async fn keys_are_listed_in_pages_that_show_the_calls_own_changes() {
    let mut bench = bench().await;
    bench.limits.storage_listed_keys = 3;
    for key in ["a", "c", "e", "g", "i"] {
        bench.outside.put(location(Space::KeyValue, "s", key), b"x");
    }
    bench.outside.put(location(Space::KeyValue, "t", "z"), b"x");
    let set = |key: &str| data("s", "set", json!({"key": key, "value": "x"}));
    let delete = |key: &str| data("s", "delete", json!({"key": key}));
    let results = bench
        .commit(&[
            set("b"),
            set("h"),
            set("j"),
            set("é"),
            delete("a"),
            delete("e"),
            delete("h"),
            data("s", "keys", json!({})),
            data("s", "pages-of-draft1", json!({})),
            data("s", "cursor-of-draft1", json!({"cursor": 7})),
            data("empty", "keys", json!({})),
        ])
        .await;
    assert_eq!(results[7], ok(json!(["b", "c", "g", "i", "j", "é"])));
    assert_eq!(
        results[8],
        ok(json!([["b", "c", "g"], ["i", "j", "é"], []]))
    );
    refused(&results[9], &["7 is no cursor"]);
    assert_eq!(results[10], ok(json!([])));
}

#[tokio::test]
async fn the_quota_holds_at_its_edge_and_giving_back_is_always_allowed() {
    let bench = bench_with(|memory| {
        memory.quota.max_bytes = 20;
        memory.quota.used_bytes = 6;
        memory.quota.max_keys = 3;
        memory.quota.used_keys = 1;
        memory.quota.max_value_bytes = 12;
    })
    .await;
    // The six bytes and the one key that are used.
    bench
        .outside
        .put(location(Space::KeyValue, "s", "k"), b"five5");
    let fill = |key: &str, size: usize| data("s", "fill", json!({"key": key, "size": size}));
    let results = bench
        .commit(&[
            fill("v", 13),
            fill("a", 12),
            fill("b", 1),
            fill("a", 11),
            fill("b", 1),
            fill("b", 0),
            fill("c", 0),
            data("s", "delete", json!({"key": "k"})),
            fill("c", 3),
        ])
        .await;
    refused(
        &results[0],
        &["quota exceeded: the value has 13 bytes", "12"],
    );
    assert_eq!(results[1], ok(Value::Null));
    refused(&results[2], &["quota exceeded", "21 bytes", "may have 20"]);
    assert_eq!(results[3], ok(Value::Null));
    assert_eq!(results[4], ok(Value::Null));
    assert_eq!(results[5], ok(Value::Null));
    refused(
        &results[6],
        &["quota exceeded", "key-value stores", "4 keys", "may have 3"],
    );
    assert_eq!(results[7], ok(Value::Null));
    assert_eq!(results[8], ok(Value::Null));
}

#[tokio::test]
async fn data_that_cannot_be_had_is_said_and_not_taken_for_absent() {
    let bench = bench_with(|memory| memory.broken = Some("the disk is on fire".into())).await;
    let (results, call) = bench
        .run(&[
            data("s", "get", json!({"key": "k"})),
            data("s", "set", json!({"key": "k", "value": "x"})),
            data("s", "keys", json!({})),
        ])
        .await;
    for result in &results {
        refused(result, &["the disk is on fire"]);
    }
    assert!(call.changes.is_empty());
}

#[tokio::test]
async fn odd_names_are_refused() {
    let bench = bench().await;
    let (results, _) = bench
        .run(&[
            data("", "exists", json!({"key": "k"})),
            data("s", "set", json!({"key": "", "value": "x"})),
        ])
        .await;
    refused(&results[0], &["there can be no key-value store"]);
    refused(&results[1], &["storage_key_bytes"]);
}
