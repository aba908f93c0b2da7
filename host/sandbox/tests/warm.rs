//! Instances between calls: which calls may share one, and that they do not stay for ever.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::time::Duration;

use anyam_sandbox::{Access, Call, CallContext, CallRequest, Limits, Step};
use support::guest::{Guest, LOG, guest};
use support::{bench, bench_with, context};

/// Answers with the number of calls that its instance served, this one included; the third traps
/// where `$trap` says so.
fn counting(trap: bool) -> Guest {
    let last = if trap { 3 } else { 1_000 };
    guest(&format!(
        "(global.set $calls (i32.add (global.get $calls) (i32.const 1)))
         (if (i32.eq (global.get $calls) (i32.const {last})) (then unreachable))
         (i32.store8 (i32.const 2053) (i32.add (i32.const 48) (global.get $calls)))
         (i32.store (i32.const 1032) (i32.const 2048))
         (i32.store (i32.const 1036) (i32.const 7))
         (i32.const 1024)"
    ))
    .field("(global $calls (mut i32) (i32.const 0))")
    .data(2048, b"{\"n\":0}")
}

async fn call(step: &Step, context: &CallContext, reuse: u32, limits: &Limits) -> Call {
    let request = CallRequest {
        context,
        function: None,
        input: "{}",
        access: &Access::nothing(),
        limits,
        reuse,
    };
    step.call(request).await
}

/// Which call of its instance each of some calls was.
async fn counts(step: &Step, context: &CallContext, reuse: u32, calls: usize) -> Vec<String> {
    let mut counts = Vec::new();
    for _ in 0..calls {
        let call = call(step, context, reuse, &Limits::default()).await;
        counts.push(match call.outcome {
            Ok(output) => output["{\"n\":".len()..output.len() - 1].to_owned(),
            Err(_) => "failed".to_owned(),
        });
    }
    counts
}

#[tokio::test]
async fn an_instance_serves_as_many_calls_as_allowed() {
    let bench = bench();
    let step = bench.step(counting(false).build()).await;
    assert_eq!(counts(&step, &context(), 1, 4).await, ["1", "1", "1", "1"]);
    assert_eq!(counts(&step, &context(), 0, 2).await, ["1", "1"]);
    let thrice = counts(&step, &context(), 3, 7).await;
    assert_eq!(thrice, ["1", "2", "3", "1", "2", "3", "1"]);
}

#[tokio::test]
async fn an_instance_is_of_one_tenant_and_one_step() {
    let bench = bench();
    let step = bench.step(counting(false).build()).await;
    let other_step = bench.step(counting(false).build()).await;
    let other = CallContext {
        tenant_id: "other".into(),
        ..context()
    };
    assert_eq!(counts(&step, &context(), 100, 2).await, ["1", "2"]);
    assert_eq!(counts(&step, &other, 100, 2).await, ["1", "2"]);
    assert_eq!(counts(&other_step, &context(), 100, 1).await, ["1"]);
    assert_eq!(counts(&step, &context(), 100, 1).await, ["3"]);
}

#[tokio::test]
async fn an_instance_that_failed_serves_no_more() {
    let bench = bench();
    let step = bench.step(counting(true).build()).await;
    let counts = counts(&step, &context(), 100, 5).await;
    assert_eq!(counts, ["1", "2", "failed", "1", "2"]);
}

#[tokio::test]
async fn a_stricter_limit_gets_an_instance_of_its_own() {
    let bench = bench();
    let step = bench.step(counting(false).build()).await;
    assert_eq!(counts(&step, &context(), 100, 1).await, ["1"]);
    let strict = Limits {
        memory_bytes: 1,
        ..Limits::default()
    };
    let refused = support::fault(call(&step, &context(), 100, &strict).await);
    assert!(refused.contains("memory_bytes"), "{refused}");
}

#[tokio::test]
async fn each_call_has_its_own_log_within_its_own_limit() {
    const WRITE: &str = "
        (call $write (call $stdout) (i32.const 2048) (i32.const 5) (i32.const 4096))
        (i64.store (i32.const 1032) (i64.load offset=88 (local.get $in)))
        (i32.const 1024)";
    let bench = bench();
    let step = guest(WRITE).data(2048, b"line\n").import(LOG).build();
    let step = bench.step(step).await;
    let limits = Limits {
        log_bytes: 5,
        ..Limits::default()
    };
    for _ in 0..3 {
        let call = call(&step, &context(), 100, &limits).await;
        let log: Vec<_> = call.log.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(log, ["line"]);
    }
}

/// Waits until so many instances wait for a call.
async fn until(sandbox: &anyam_sandbox::Sandbox, waiting: usize) {
    let patience = tokio::time::timeout(Duration::from_secs(30), async {
        while sandbox.warm_instances() != waiting {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    patience.await.unwrap();
}

#[tokio::test]
async fn an_instance_is_made_for_the_next_call_and_given_up_when_none_comes() {
    let bench = bench_with(|config| {
        config.warm_from = Duration::ZERO;
        config.warm_time = Duration::from_millis(200);
    });
    let step = bench.step(counting(false).build()).await;
    assert_eq!(bench.sandbox.warm_instances(), 0);
    assert_eq!(counts(&step, &context(), 1, 1).await, ["1"]);
    until(&bench.sandbox, 1).await;
    assert_eq!(counts(&step, &context(), 1, 1).await, ["1"]);
    until(&bench.sandbox, 0).await;
}

#[tokio::test]
async fn one_task_looks_for_what_waits_too_long_however_often_an_instance_is_used() {
    let bench = bench();
    let step = bench.step(counting(false).build()).await;
    let alive = || {
        tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks()
    };
    let before = alive();
    assert_eq!(
        counts(&step, &context(), 100, 5).await,
        ["1", "2", "3", "4", "5"]
    );
    assert_eq!(alive(), before + 1);
}

#[tokio::test]
async fn an_instance_that_is_made_quickly_is_made_when_it_is_called() {
    let bench = bench_with(|config| config.warm_from = Duration::from_secs(3600));
    let step = bench.step(counting(false).build()).await;
    assert_eq!(counts(&step, &context(), 1, 3).await, ["1", "1", "1"]);
    assert_eq!(bench.sandbox.warm_instances(), 0);
}

#[tokio::test]
async fn the_instances_that_wait_are_bounded_and_the_oldest_goes() {
    let bench = bench_with(|config| config.warm_instances = 2);
    let mut steps = Vec::new();
    for _ in 0..3 {
        steps.push(bench.step(counting(false).build()).await);
    }
    for step in &steps {
        assert_eq!(counts(step, &context(), 100, 1).await, ["1"]);
    }
    assert_eq!(bench.sandbox.warm_instances(), 2);
    assert_eq!(counts(&steps[2], &context(), 100, 1).await, ["2"]);
    assert_eq!(counts(&steps[1], &context(), 100, 1).await, ["2"]);
    assert_eq!(counts(&steps[0], &context(), 100, 1).await, ["1"]);
}

#[tokio::test]
async fn nothing_is_made_ahead_where_the_setting_says_so() {
    let bench = bench_with(|config| config.warm_instances = 0);
    let step = bench.step(counting(false).build()).await;
    assert_eq!(counts(&step, &context(), 100, 3).await, ["1", "1", "1"]);
    assert_eq!(bench.sandbox.warm_instances(), 0);
}

#[tokio::test]
async fn a_release_lets_go_of_the_outside() {
    let bench = bench();
    let step = bench.step(counting(false).build()).await;
    let outside = std::sync::Arc::new(anyam_sandbox::NothingOutside);
    let access = Access {
        outside: outside.clone(),
        ..Access::nothing()
    };
    for reuse in [1, 100] {
        let request = CallRequest {
            context: &context(),
            function: None,
            input: "{}",
            access: &access,
            limits: &Limits::default(),
            reuse,
        };
        step.call(request).await.outcome.unwrap();
    }
    drop(access);
    bench.sandbox.release().await;
    assert_eq!(std::sync::Arc::strong_count(&outside), 1);
    assert_eq!(bench.sandbox.warm_instances(), 0);
    assert_eq!(counts(&step, &context(), 100, 2).await, ["1", "1"]);
}
