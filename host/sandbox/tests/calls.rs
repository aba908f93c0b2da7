//! What a call hands over and what comes back.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use anyam_sandbox::{EffectClass, Failure, Limits, Stream};
use support::guest::{EXIT, LOG, SLEEP, answer, echo, failing, guest};
use support::{bench, context, fault};

#[tokio::test]
async fn the_output_comes_back() {
    let bench = bench();
    let step = bench.step(echo().build()).await;
    assert_eq!(step.effect(), EffectClass::Pure);
    let input = r#"{"amount": 0.10000000000000000000000000001, "text": "äöü"}"#;
    let call = support::call(&step, &context(), input, &Limits::default()).await;
    assert_eq!(call.outcome.as_deref(), Ok(input));
    assert_eq!(call.log, []);
    assert!(call.usage.memory_peak_bytes >= 2 << 16);
    assert!(call.usage.instantiation_time <= call.usage.wall_time);
}

#[tokio::test]
async fn the_context_is_handed_over() {
    let bench = bench();
    // Answers the string at this offset of the parameters.
    let text = |at: u32| {
        guest(&format!(
            "(i64.store (i32.const 1032) (i64.load offset={at} (local.get $in))) (i32.const 1024)"
        ))
    };
    let mut context = context();
    context.tenant_id = r#"{"t":1}"#.into();
    context.process_id = r#"{"p":1}"#.into();
    context.element_id = r#"{"e":1}"#.into();
    context.idempotency_key = r#"{"k":1}"#.into();
    for (at, expected) in [(0, "t"), (8, "p"), (32, "e"), (56, "k")] {
        let step = bench.step(text(at).build()).await;
        let call = support::call(&step, &context, "{}", &Limits::default()).await;
        assert_eq!(call.outcome, Ok(format!("{{\"{expected}\":1}}")));
    }
    // Traps unless each number is what the context says.
    let numbers = guest(
        "(if (i32.ne (i32.load offset=16 (local.get $in)) (i32.const 3)) (then unreachable))
         (if (i64.ne (i64.load offset=24 (local.get $in)) (i64.const 2251799813685248)) (then unreachable))
         (if (i64.ne (i64.load offset=40 (local.get $in)) (i64.const 2251799813685249)) (then unreachable))
         (if (i64.ne (i64.load offset=48 (local.get $in)) (i64.const 2251799813685250)) (then unreachable))
         (if (i32.ne (i32.load offset=64 (local.get $in)) (i32.const 1)) (then unreachable))
         (if (i64.ne (i64.load offset=72 (local.get $in)) (i64.const 1700000000000)) (then unreachable))
         (if (i32.ne (i32.load offset=84 (local.get $in)) (i32.const 1)) (then unreachable))
         (i64.store (i32.const 1032) (i64.load offset=88 (local.get $in)))
         (i32.const 1024)",
    );
    let step = bench.step(numbers.build()).await;
    let call = support::call(&step, &context, "{}", &Limits::default()).await;
    assert_eq!(call.outcome.as_deref(), Ok("{}"));
}

#[tokio::test]
async fn the_three_failures_come_back() {
    let bench = bench();
    let limits = Limits::default();
    let error = failing(0, &["too-poor", "No credit left.", "{\"score\":3}"], "").build();
    assert_eq!(
        bench.call(error, "{}", &limits).await.outcome,
        Err(Failure::BpmnError {
            code: "too-poor".into(),
            message: "No credit left.".into(),
            variables: "{\"score\":3}".into(),
        })
    );
    let plain = failing(1, &["Bank is closed."], "").build();
    assert_eq!(
        bench.call(plain, "{}", &limits).await.outcome,
        Err(Failure::Retryable {
            message: "Bank is closed.".into(),
            retry_after_ms: None
        })
    );
    let delay = |ms: u64| {
        let store = format!(
            "(i32.store8 (i32.const 1048) (i32.const 1)) (i64.store (i32.const 1056) (i64.const {ms}))"
        );
        failing(1, &["Later."], &store).build()
    };
    for (asked, granted) in [(1_500, 1_500), (u64::MAX, 7 * 24 * 3_600_000)] {
        assert_eq!(
            bench.call(delay(asked), "{}", &limits).await.outcome,
            Err(Failure::Retryable {
                message: "Later.".into(),
                retry_after_ms: Some(granted)
            })
        );
    }
    let permanent = failing(2, &["The account number is wrong."], "").build();
    assert_eq!(
        bench.call(permanent, "{}", &limits).await.outcome,
        Err(Failure::Permanent {
            message: "The account number is wrong.".into()
        })
    );
}

#[tokio::test]
async fn what_is_no_object_is_a_fault() {
    let bench = bench();
    let limits = Limits {
        json_depth: 3,
        ..Limits::default()
    };
    for (output, reason) in [
        ("", "not a JSON object"),
        ("[1]", "not a JSON object"),
        ("{\"a\":", "not a JSON object"),
        ("{} trailing", "not a JSON object"),
        ("{\"a\":[[[]]]}", "json_depth"),
    ] {
        let text = bench.fault(answer(output).build(), &limits).await;
        assert!(text.contains(reason), "{output}: {text}");
    }
    let fits = bench
        .call(answer("{\"a\":[[]]}").build(), "{}", &limits)
        .await;
    assert_eq!(fits.outcome.as_deref(), Ok("{\"a\":[[]]}"));
    let variables = bench
        .fault(failing(0, &["code", "text", "[]"], "").build(), &limits)
        .await;
    assert!(
        variables.contains("'code'") && variables.contains("variables"),
        "{variables}"
    );
}

#[tokio::test]
async fn sizes_are_limited_at_their_edge() {
    let bench = bench();
    let output = r#"{"a":"12345"}"#;
    let limits = |output_bytes| Limits {
        output_bytes,
        ..Limits::default()
    };
    let step = bench.step(answer(output).build()).await;
    let fits = support::call(&step, &context(), "{}", &limits(output.len())).await;
    assert_eq!(fits.outcome.as_deref(), Ok(output));
    let over = fault(support::call(&step, &context(), "{}", &limits(output.len() - 1)).await);
    assert!(
        over.contains("has 13 bytes; the limit is 12 (limit output_bytes)"),
        "{over}"
    );

    let limits = |input_bytes| Limits {
        input_bytes,
        ..Limits::default()
    };
    let fits = support::call(&step, &context(), r#"{"b":1}"#, &limits(7)).await;
    assert_eq!(fits.outcome.as_deref(), Ok(output));
    let over = fault(support::call(&step, &context(), r#"{"b":1}"#, &limits(6)).await);
    assert!(over.contains("input_bytes"), "{over}");

    let code = bench
        .step(failing(0, &["four", "text", "{}"], "").build())
        .await;
    let limits = |error_code_bytes| Limits {
        error_code_bytes,
        ..Limits::default()
    };
    let fits = support::call(&code, &context(), "{}", &limits(4)).await;
    assert!(matches!(fits.outcome, Err(Failure::BpmnError { .. })));
    let over = fault(support::call(&code, &context(), "{}", &limits(3)).await);
    assert!(over.contains("error_code_bytes"), "{over}");

    let text = bench
        .step(failing(2, &["a long and winding text"], "").build())
        .await;
    let limits = Limits {
        error_text_bytes: 12,
        ..Limits::default()
    };
    assert_eq!(
        support::call(&text, &context(), "{}", &limits)
            .await
            .outcome,
        Err(Failure::Permanent {
            message: "a long [cut]".into()
        })
    );
}

#[tokio::test]
async fn every_call_starts_afresh() {
    let bench = bench();
    let counting = guest(
        "(if (i32.ne (global.get $calls) (i32.const 0)) (then unreachable))
         (global.set $calls (i32.const 1))
         (if (i32.ne (i32.load (i32.const 4096)) (i32.const 0)) (then unreachable))
         (i32.store (i32.const 4096) (i32.const 1))
         (if (table.size $t) (then unreachable))
         (drop (table.grow $t (ref.null func) (i32.const 1)))
         (i64.store (i32.const 1032) (i64.load offset=88 (local.get $in)))
         (i32.const 1024)",
    )
    .field("(global $calls (mut i32) (i32.const 0)) (table $t 0 funcref)");
    let step = bench.step(counting.build()).await;
    // More calls than the pool has places, so that each place is used again.
    for _ in 0..30 {
        let call = support::call(&step, &context(), "{}", &Limits::default()).await;
        assert_eq!(call.outcome.as_deref(), Ok("{}"));
    }
}

const WRITE: &str = "
    (call $write (call $stdout) (i32.const 2048) (i32.const 10) (i32.const 4096))
    (call $write (call $stderr) (i32.const 2064) (i32.const 6) (i32.const 4096))
    (i64.store (i32.const 1032) (i64.load offset=88 (local.get $in)))
    (i32.const 1024)";

#[tokio::test]
async fn what_is_written_becomes_the_log() {
    let bench = bench();
    let step = guest(WRITE)
        .data(2048, b"line\nother")
        .data(2064, b"wrong\n")
        .import(LOG)
        .build();
    let call = bench.call(step, "{}", &Limits::default()).await;
    assert_eq!(call.outcome.as_deref(), Ok("{}"));
    let lines: Vec<_> = call
        .log
        .iter()
        .map(|line| (line.stream, line.text.as_str()))
        .collect();
    assert_eq!(
        lines,
        [
            (Stream::Stdout, "line"),
            (Stream::Stderr, "wrong"),
            (Stream::Stdout, "other")
        ]
    );
}

#[tokio::test]
async fn an_exit_is_a_fault_whatever_its_code() {
    let bench = bench();
    for code in [0, 1] {
        let step = guest(&format!("(call $exit (i32.const {code})) unreachable")).import(EXIT);
        let text = bench.fault(step.build(), &Limits::default()).await;
        assert!(text.contains(&format!("exit code {code}")), "{text}");
    }
}

#[tokio::test]
async fn a_step_may_wait_but_not_longer_than_a_call_may_take() {
    let bench = bench();
    let sleeping = |ns: u64| {
        guest(&format!(
            "(call $block (call $after (i64.const {ns})))
             (i64.store (i32.const 1032) (i64.load offset=88 (local.get $in)))
             (i32.const 1024)"
        ))
        .import(SLEEP)
    };
    let short = bench
        .call(sleeping(1_000_000).build(), "{}", &Limits::default())
        .await;
    assert_eq!(short.outcome.as_deref(), Ok("{}"));
    let limits = Limits {
        call_time: std::time::Duration::from_millis(40),
        ..Limits::default()
    };
    let long = bench
        .fault(sleeping(3_600_000_000_000).build(), &limits)
        .await;
    assert!(
        long.contains("40ms") && long.contains("call_time"),
        "{long}"
    );
}
