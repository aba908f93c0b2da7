//! Configuration values, the log and messages.

use anyam_sandbox::{Level, OutgoingMessage, Stream};
use serde_json::{Value, json};

use crate::bench::{act, bench, bench_with, grants, ok, refused};

#[tokio::test]
async fn configuration_values_are_read_in_both_versions_as_far_as_they_are_granted() {
    let mut bench = bench_with(|memory| {
        for (key, value) in [("a.one", "1"), ("a.two", "2"), ("b", "3")] {
            memory.config.insert(key.to_owned(), value.to_owned());
        }
    })
    .await;
    let get = |key: &str| act("config", json!({"key": key}));
    let all = [
        act("configs", json!({})),
        act("configs-of-the-draft", json!({})),
    ];
    let (results, _) = bench.run(&all).await;
    let everything = ok(json!([["a.one", "1"], ["a.two", "2"], ["b", "3"]]));
    assert_eq!(results, [everything.clone(), everything]);
    bench.access.tenant = grants(json!({
        "config": ["a.*"], "keyValue": ["*"], "blobStore": ["*"], "messaging": ["*"],
    }))
    .into();
    let some = ok(json!([["a.one", "1"], ["a.two", "2"]]));
    let (results, call) = bench
        .run(&[
            get("a.one"),
            get("a.none"),
            get("b"),
            all[0].clone(),
            all[1].clone(),
        ])
        .await;
    assert_eq!(results[0], ok(json!("1")));
    assert_eq!(results[1], ok(Value::Null));
    refused(
        &results[2],
        &["`b` is not among the configuration values", "tenant grants"],
    );
    assert_eq!(results[3..], [some.clone(), some]);
    assert!(call.changes.is_empty() && call.changes.seen.is_empty());
}

#[tokio::test]
async fn messages_with_a_level_are_in_the_log_between_what_is_printed() {
    let bench = bench().await;
    let log = |level: &str, context: &str, message: &str| {
        act(
            "log",
            json!({"level": level, "context": context, "message": message}),
        )
    };
    let print = |text: &str| act("print", json!({"text": text}));
    let (_, call) = bench
        .run(&[
            print("before"),
            log("trace", "", "one"),
            log("debug", "ctx", "two"),
            log("info", "", "three\nlines\n"),
            print("between"),
            log("warn", "", "four"),
            log("error", "", ""),
            log("critical", "x", "six"),
        ])
        .await;
    let lines: Vec<_> = call
        .log
        .iter()
        .map(|line| {
            (
                line.stream,
                line.level,
                line.context.as_deref(),
                line.text.as_str(),
            )
        })
        .collect();
    let level = |stream, level, context, text| (stream, Some(level), context, text);
    assert_eq!(
        lines,
        [
            (Stream::Stdout, None, None, "before"),
            level(Stream::Stdout, Level::Trace, None, "one"),
            level(Stream::Stdout, Level::Debug, Some("ctx"), "two"),
            level(Stream::Stdout, Level::Info, None, "three\nlines"),
            (Stream::Stdout, None, None, "between"),
            level(Stream::Stderr, Level::Warn, None, "four"),
            level(Stream::Stderr, Level::Error, None, ""),
            level(Stream::Stderr, Level::Critical, Some("x"), "six"),
        ]
    );
    assert_eq!(call.log[2].to_string(), "[debug] ctx: two");
    assert_eq!(call.log[0].to_string(), "before");
}

#[tokio::test]
async fn messages_are_handed_to_the_host_in_their_order() {
    let bench = bench().await;
    let whole = json!({
        "name": "paid", "correlation_key": "order-1", "variables": {"amount": 12},
        "time_to_live_ms": 5000, "message_id": "m-1",
    });
    let (results, call) = bench
        .run(&[
            act("publish", whole),
            act(
                "publish",
                json!({"name": "plain", "variables": {}, "message_id": ""}),
            ),
        ])
        .await;
    assert_eq!(results, [ok(Value::Null), ok(Value::Null)]);
    assert_eq!(
        call.changes.messages,
        [
            OutgoingMessage {
                name: "paid".into(),
                correlation_key: "order-1".into(),
                variables: r#"{"amount":12}"#.into(),
                time_to_live_ms: 5000,
                message_id: Some("m-1".into()),
            },
            OutgoingMessage {
                name: "plain".into(),
                correlation_key: String::new(),
                variables: "{}".into(),
                time_to_live_ms: 0,
                message_id: None,
            },
        ]
    );
    assert!(!call.changes.is_empty());
}

#[tokio::test]
async fn what_is_no_message_is_refused() {
    let mut bench = bench().await;
    bench.limits.json_depth = 3;
    let raw = |name: &str, variables: &str| {
        act("publish-raw", json!({"name": name, "variables": variables}))
    };
    let (results, call) = bench
        .run(&[
            raw("", "{}"),
            raw("m", "[]"),
            raw("m", "{\"a\":"),
            raw("m", "{\"a\":[[[]]]}"),
            raw("m", "{\"a\":[[]]}"),
        ])
        .await;
    refused(&results[0], &["Invalid", "needs a name"]);
    for result in &results[1..4] {
        refused(result, &["Invalid", "variables of message `m`"]);
    }
    assert_eq!(results[4], ok(Value::Null));
    assert_eq!(call.changes.messages.len(), 1);
}
