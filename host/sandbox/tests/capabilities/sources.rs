//! The clocks, the randomness, and the network that is not there.

use std::time::Duration;

use serde_json::{Value, json};

use crate::bench::{act, bench, ok};

#[tokio::test]
async fn the_clocks_are_those_of_the_outside() {
    let bench = bench().await;
    let wall = Duration::new(1_800_000_000, 123_456_789);
    *bench.outside.now.lock().unwrap() = wall;
    let (results, _) = bench.run(&[act("clocks", json!({}))]).await;
    // The outside's time stands still, and so does the monotonic clock.
    let expected = json!({"wall": wall.as_nanos().to_string(), "passed": "0"});
    assert_eq!(results, [ok(expected)]);
}

#[tokio::test]
async fn two_calls_with_the_same_sources_see_the_same() {
    let bench = bench().await;
    let both = [act("random", json!({})), act("clocks", json!({}))];
    let (first, _) = bench.run(&both).await;
    let (later, _) = bench.run(&both).await;
    assert_ne!(first[0], later[0], "the source has moved on");
    *bench.outside.random.lock().unwrap() = 0;
    let (again, _) = bench.run(&both).await;
    assert_eq!(first, again);
    // The source counts upwards, and every kind of randomness takes from it.
    let secure = first[0]["ok"]["secure"].as_array().unwrap();
    let next =
        |bytes: &[Value]| -> Vec<u64> { bytes.iter().map(|byte| byte.as_u64().unwrap()).collect() };
    let secure = next(secure);
    let insecure = next(first[0]["ok"]["insecure"].as_array().unwrap());
    let taken: Vec<_> = secure.into_iter().chain(insecure).collect();
    assert!(taken.is_sorted_by(|one, next| one < next), "{taken:?}");
}

#[tokio::test]
async fn there_is_no_network() {
    let bench = bench().await;
    let (results, _) = bench.run(&[act("network", json!({}))]).await;
    let refusals = results[0]["ok"].as_array().unwrap();
    for refusal in &refusals[..3] {
        assert_eq!(refusal, "PermissionDenied");
    }
    assert_ne!(refusals[3], "done", "no name is resolved");
}
