//! Snapshots: components that begin with the memory that calls have left.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use anyam_sandbox::{Limits, SnapshotError, Step, WarmUpCall};
use support::guest::{LOG, answer};
use support::{bench, call, context};

/// A component with one function, `count`: how many calls its instance served, by a global in the
/// hundreds and by its memory in the units. It traps where it is given 13.
fn counting() -> Vec<u8> {
    wat::parse_str(
        r#"(component
            (core module $main
                (memory (export "memory") 1)
                (global $calls (mut i32) (i32.const 0))
                (data (i32.const 3000) "\01")
                (func (export "count") (param $given i32) (result i32)
                    (if (i32.eq (local.get $given) (i32.const 13)) (then unreachable))
                    (global.set $calls (i32.add (global.get $calls) (i32.const 100)))
                    (i32.store8 (i32.const 3000)
                        (i32.add (i32.load8_u (i32.const 3000)) (i32.const 1)))
                    (i32.add (global.get $calls) (i32.load8_u (i32.const 3000)))))
            (core instance $main (instantiate $main))
            (func (export "count") (param "given" u32) (result u32)
                (canon lift (core func $main "count"))))"#,
    )
    .unwrap()
}

/// A component whose `keep` takes its standard output and never lets go of it.
fn keeping() -> Vec<u8> {
    let wat = format!(
        r#"(component {}
            (core func $get (canon lower (func $stdout "get-stdout")))
            (core module $main
                (import "host" "get" (func $get (result i32)))
                (func (export "keep") (param i32) (result i32) (call $get)))
            (core instance $main (instantiate $main
                (with "host" (instance (export "get" (func $get))))))
            (func (export "keep") (param "given" u32) (result u32)
                (canon lift (core func $main "keep"))))"#,
        LOG.outer
    );
    wat::parse_str(wat).unwrap()
}

async fn snapshot(component: &[u8], given: &[u32]) -> Result<Vec<u8>, SnapshotError> {
    let calls: Vec<_> = given
        .iter()
        .map(|given| WarmUpCall {
            function: None,
            input: format!("{{\"given\": {given}}}"),
            headers: [].into(),
        })
        .collect();
    let (bench, limits) = (bench(), Limits::default());
    let snapshot = bench.sandbox.snapshot(component.into(), &calls, &limits);
    snapshot.await
}

async fn counted(step: &Step) -> String {
    let (context, limits) = (context(), Limits::default());
    let call = call(step, &context, "{\"given\": 1}", &limits);
    call.await.outcome.unwrap()
}

#[tokio::test]
async fn each_call_begins_where_the_warm_up_ended() {
    let bench = bench();
    let plain = bench.step(counting()).await;
    let first = counted(&plain).await;
    assert!(first.contains("102"), "{first}");
    // Ten rounds of two calls.
    let warm = snapshot(&counting(), &[1, 2]).await.unwrap();
    let step = bench.step(warm.clone()).await;
    for _ in 0..2 {
        assert_eq!(counted(&step).await, first.replace("102", "2122"));
    }
    assert_eq!(snapshot(&counting(), &[1, 2]).await.unwrap(), warm);
    // A snapshot is a component as any other.
    let warmer = bench.step(snapshot(&warm, &[1]).await.unwrap()).await;
    assert_eq!(counted(&warmer).await, first.replace("102", "3132"));
}

#[tokio::test]
async fn calls_are_bounded_at_their_edge() {
    let most = Limits::default().warm_up_calls;
    snapshot(&counting(), &vec![1; most]).await.unwrap();
    let failed = snapshot(&counting(), &vec![1; most + 1]).await.unwrap_err();
    assert_eq!(
        failed.to_string(),
        "it has 101 calls and the limit is 100 (limit warm_up_calls)"
    );
}

#[tokio::test]
async fn a_call_that_fails_is_told() {
    let failed = snapshot(&counting(), &[1, 13]).await.unwrap_err();
    assert!(
        matches!(failed, SnapshotError::Call { index: 1, .. }),
        "{failed}"
    );
    assert!(
        failed
            .to_string()
            .starts_with("call 2 of the warm-up failed: ")
    );
}

#[tokio::test]
async fn there_is_none_of_what_holds_on_to_its_host() {
    let failed = snapshot(&keeping(), &[1]).await.unwrap_err();
    assert!(matches!(failed, SnapshotError::Handles), "{failed}");
}

#[tokio::test]
async fn there_is_none_without_calls_or_of_another_structure() {
    let idle = snapshot(&counting(), &[]).await.unwrap_err();
    assert!(matches!(idle, SnapshotError::NoInstance), "{idle}");
    // Its modules lie in a component within the component.
    let nested = snapshot(&answer("{}").build(), &[1]).await.unwrap_err();
    assert!(
        matches!(nested, SnapshotError::Unsuitable { .. }),
        "{nested}"
    );
    let broken = snapshot(b"\0asm", &[1]).await.unwrap_err();
    assert!(matches!(broken, SnapshotError::Component(_)), "{broken}");
}
