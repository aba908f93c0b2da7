//! `wasi:blobstore`.

use std::time::Duration;

use anyam_sandbox::Space;
use serde_json::{Value, json};

use crate::bench::{bench, bench_with, blob, ok, refused};
use crate::support::outside::location;

fn put(object: &str, text: &str) -> Value {
    blob("c", "put", json!({"object": object, "text": text}))
}

fn get(object: &str, start: u64, end: u64) -> Value {
    blob(
        "c",
        "get",
        json!({"object": object, "start": start, "end": end}),
    )
}

#[tokio::test]
async fn containers_are_made_found_and_removed_with_all_that_is_in_them() {
    let bench = bench().await;
    let results = bench
        .commit(&[
            blob("c", "exists", json!({})),
            blob("c", "info", json!({})),
            blob("c", "create", json!({})),
            blob("c", "create", json!({})),
            blob("c", "exists", json!({})),
            put("o", "text"),
        ])
        .await;
    assert_eq!(results[0], ok(json!(false)));
    refused(&results[1], &["there is no container `c`"]);
    assert_eq!(results[2], ok(json!("c")));
    refused(&results[3], &["there is a container `c` already"]);
    assert_eq!(results[4], ok(json!(true)));
    let results = bench
        .commit(&[
            put("p", "text"),
            blob("c", "remove", json!({})),
            blob("c", "exists", json!({})),
            blob("c", "create", json!({})),
            blob("c", "list", json!({"page": 10})),
            blob("c", "remove", json!({})),
            blob("c", "remove", json!({})),
        ])
        .await;
    assert_eq!(results[2], ok(json!(false)));
    assert_eq!(results[4], ok(json!([[]])));
    refused(&results[6], &["there is no container `c`"]);
    assert!(bench.outside.values.lock().unwrap().is_empty());
}

#[tokio::test]
async fn objects_are_written_and_read_in_parts_and_through_streams() {
    let bench = bench().await;
    let size = 100_000;
    let streamed = json!({"object": "o", "start": 2, "end": 7, "stream": true});
    bench
        .check(
            &[
                blob("c", "create", json!({})),
                put("o", "0123456789"),
                get("o", 0, 9),
                get("o", 0, u64::MAX),
                get("o", 3, 3),
                get("o", 8, 100),
                get("o", 10, 11),
                blob("c", "get", streamed),
                put("empty", ""),
                get("empty", 0, 0),
                blob(
                    "c",
                    "put",
                    json!({"object": "late", "text": "x", "late": true}),
                ),
                get("late", 0, 9),
                blob("c", "put", json!({"object": "big", "size": size})),
                blob(
                    "c",
                    "put",
                    json!({"object": "o", "text": "9", "unfinished": true}),
                ),
                get("o", 0, 1),
                blob("c", "has", json!({"object": "late"})),
                blob("c", "has", json!({"object": "none"})),
            ],
            &[
                ok(json!("c")),
                ok(Value::Null),
                ok(json!("0123456789")),
                ok(json!("0123456789")),
                ok(json!("3")),
                ok(json!("89")),
                ok(json!("")),
                ok(json!("234567")),
                ok(Value::Null),
                ok(json!("")),
                ok(Value::Null),
                ok(json!("x")),
                ok(Value::Null),
                ok(json!("unfinished")),
                ok(json!("01")),
                ok(json!(true)),
                ok(json!(false)),
            ],
        )
        .await;
    let values = bench.outside.values.lock().unwrap();
    assert_eq!(
        values[&location(Space::Blob, "c", "big")].0,
        vec![b'x'; size]
    );
}

#[tokio::test]
async fn wrong_ranges_and_names_are_refused() {
    let bench = bench().await;
    let (results, _) = bench
        .run(&[
            blob("c", "create", json!({})),
            put("o", "text"),
            get("o", 2, 1),
            get("none", 0, 1),
            put("", "text"),
            blob("c", "object-info", json!({"object": "none"})),
            blob("", "create", json!({})),
        ])
        .await;
    refused(&results[2], &["begins at 2 and ends before that, at 1"]);
    refused(&results[3], &["no object `none` in container `c`"]);
    refused(&results[4], &["storage_key_bytes"]);
    refused(&results[5], &["no object `none`"]);
    refused(&results[6], &["storage_name_bytes"]);
}

#[tokio::test]
async fn size_and_age_are_told() {
    let bench = bench().await;
    let wait = |seconds| *bench.outside.now.lock().unwrap() += Duration::from_secs(seconds);
    bench
        .commit(&[blob("c", "create", json!({})), put("o", "text")])
        .await;
    wait(100);
    bench
        .check(
            &[
                put("new", "longer text"),
                blob("c", "info", json!({})),
                blob("c", "object-info", json!({"object": "o"})),
                blob("c", "object-info", json!({"object": "new"})),
            ],
            &[
                ok(Value::Null),
                ok(json!(["c", 1_700_000_000])),
                ok(json!(["c", "o", 4, 1_700_000_000])),
                ok(json!(["c", "new", 11, 1_700_000_100])),
            ],
        )
        .await;
}

#[tokio::test]
async fn objects_are_listed_in_pages_and_removed() {
    let bench = bench().await;
    let mut actions = vec![blob("c", "create", json!({}))];
    actions.extend(["a", "b", "d", "e"].map(|object| put(object, "x")));
    bench.commit(&actions).await;
    bench
        .check(
            &[
                put("c", "x"),
                blob("c", "delete", json!({"object": "a"})),
                blob("c", "list", json!({"page": 3})),
                blob("c", "list", json!({"page": 4})),
                blob("c", "skip", json!({"count": 1})),
                blob("c", "delete-many", json!({"objects": ["b", "e", "none"]})),
                blob("c", "list", json!({"page": 10})),
                blob("c", "clear", json!({})),
                blob("c", "list", json!({"page": 10})),
            ],
            &[
                ok(Value::Null),
                ok(Value::Null),
                ok(json!([["b", "c", "d"], ["e"]])),
                ok(json!([["b", "c", "d", "e"]])),
                ok(json!([[1, false], [["c", "d", "e"], true]])),
                ok(Value::Null),
                ok(json!([["c", "d"]])),
                ok(Value::Null),
                ok(json!([[]])),
            ],
        )
        .await;
    assert_eq!(
        bench.outside.values.lock().unwrap().len(),
        1,
        "the container"
    );
}

#[tokio::test]
async fn objects_are_copied_and_moved_between_containers() {
    let bench = bench().await;
    let to = |object: &str, container: &str, to: &str| json!({"object": object, "to_container": container, "to": to});
    let results = bench
        .commit(&[
            blob("c", "create", json!({})),
            blob("d", "create", json!({})),
            put("o", "text"),
            blob("c", "copy", to("o", "d", "copied")),
            blob("c", "move", to("o", "d", "moved")),
            blob("d", "move", to("moved", "d", "moved")),
            blob("c", "list", json!({"page": 10})),
            blob("d", "list", json!({"page": 10})),
            blob("d", "get", json!({"object": "moved", "start": 0, "end": 9})),
            blob("d", "copy", to("moved", "none", "x")),
            blob("d", "copy", to("none", "c", "x")),
        ])
        .await;
    assert_eq!(results[6], ok(json!([[]])));
    assert_eq!(results[7], ok(json!([["copied", "moved"]])));
    assert_eq!(results[8], ok(json!("text")));
    refused(&results[9], &["there is no container `none`"]);
    refused(&results[10], &["no object `none`"]);
}

#[tokio::test]
async fn a_quota_of_blobs_is_one_of_its_own() {
    let bench = bench_with(|memory| memory.quota.max_keys = 2).await;
    let (results, _) = bench
        .run(&[blob("c", "create", json!({})), put("o", "x"), put("p", "x")])
        .await;
    assert_eq!(results[1], ok(Value::Null));
    refused(
        &results[2],
        &["quota exceeded", "blob containers", "3 keys"],
    );
}
