//! Steps that want to hurt: each ends as a clear fault and the host and its neighbours stay well.

use std::time::Duration;

use crate::support::guest::{Guest, LOG, SLEEP, answer, echo, guest};
use crate::support::{self, bench, bench_with, context, fault};
use anyam_sandbox::{Limits, Stream, UploadError};

const ANSWER: &str =
    "(i64.store (i32.const 1032) (i64.load offset=88 (local.get $in))) (i32.const 1024)";

fn endless() -> Guest {
    guest("(loop $l (br $l)) unreachable")
}

#[tokio::test(flavor = "current_thread")]
async fn an_endless_loop_is_cut_off_while_its_neighbours_on_the_same_thread_complete() {
    let bench = bench();
    let (endless, neighbour) = (
        bench.step(endless().build()).await,
        bench.step(echo().build()).await,
    );
    let limits = Limits {
        call_time: Duration::from_millis(500),
        ..Limits::default()
    };
    let endless =
        tokio::spawn(async move { support::call(&endless, &context(), "{}", &limits).await });
    tokio::task::yield_now().await;
    for _ in 0..10 {
        let call = support::call(&neighbour, &context(), "{}", &Limits::default()).await;
        assert_eq!(call.outcome.as_deref(), Ok("{}"));
    }
    assert!(
        !endless.is_finished(),
        "the neighbours had to wait for the endless loop to be cut"
    );
    let call = endless.await.unwrap();
    assert!(call.usage.epoch_ticks > 1 && call.usage.wall_time >= Duration::from_millis(500));
    let text = fault(call);
    assert_eq!(
        text,
        "the step ran longer than 500ms and was stopped (limit call_time)"
    );
}

#[tokio::test]
async fn loops_are_cut_off_wherever_they_are() {
    let bench = bench();
    let limits = Limits {
        call_time: Duration::from_millis(50),
        ..Limits::default()
    };
    let at_start = echo().field("(func $spin (loop $l (br $l))) (start $spin)");
    let by_calls = guest("(call $f (i32.const 0)) unreachable")
        .field("(func $f (param i32) (return_call $f (local.get 0)))");
    for (what, step) in [("start", at_start), ("tail calls", by_calls)] {
        let text = bench.fault(step.build(), &limits).await;
        assert!(text.contains("call_time"), "{what}: {text}");
    }
}

#[tokio::test]
async fn a_dropped_call_gives_its_place_back() {
    let bench = bench_with(|config| config.concurrent_calls = 1);
    let (endless, echo) = (
        bench.step(endless().build()).await,
        bench.step(echo().build()).await,
    );
    let limits = Limits::default();
    let context = context();
    for _ in 0..3 {
        let call = support::call(&endless, &context, "{}", &limits);
        assert!(
            tokio::time::timeout(Duration::from_millis(20), call)
                .await
                .is_err()
        );
        let call = support::call(&echo, &context, "{}", &limits).await;
        assert_eq!(call.outcome.as_deref(), Ok("{}"));
    }
}

#[tokio::test]
async fn calls_beyond_the_places_wait_within_bounds() {
    let bench = bench_with(|config| {
        config.concurrent_calls = 1;
        config.waiting_calls = 0;
    });
    let (endless, echo) = (
        bench.step(endless().build()).await,
        bench.step(echo().build()).await,
    );
    let (context, limits) = (context(), Limits::default());
    let running = support::call(&endless, &context, "{}", &limits);
    let refused = async {
        tokio::task::yield_now().await;
        fault(support::call(&echo, &context, "{}", &limits).await)
    };
    let text = tokio::select! {
        biased;
        call = running => panic!("{call:?}"),
        text = refused => text,
    };
    assert!(text.contains("waiting_calls"), "{text}");
}

#[tokio::test]
async fn memory_is_limited_at_its_edge() {
    let bench = bench();
    // Starts with 2 pages and asks for 2 more.
    let grows = guest(&format!(
        "(if (i32.eq (memory.grow (i32.const 2)) (i32.const -1)) (then unreachable)) {ANSWER}"
    ));
    let step = bench.step(grows.build()).await;
    let limits = |memory_bytes| Limits {
        memory_bytes,
        ..Limits::default()
    };
    let fits = support::call(&step, &context(), "{}", &limits(4 << 16)).await;
    assert_eq!(fits.outcome.as_deref(), Ok("{}"));
    assert_eq!(fits.usage.memory_peak_bytes, 4 << 16);
    let over = fault(support::call(&step, &context(), "{}", &limits((4 << 16) - 1)).await);
    assert_eq!(
        over,
        "the step needs more memory than it may have: 262144 bytes, and the limit is 262143 \
         (limit memory_bytes)"
    );
    // A guest that gets by with a refusal is not failed for it.
    let copes = guest(&format!("(drop (memory.grow (i32.const 60000))) {ANSWER}"));
    let call = bench.call(copes.build(), "{}", &limits(4 << 16)).await;
    assert_eq!(call.outcome.as_deref(), Ok("{}"));
}

#[tokio::test]
async fn memory_that_is_there_from_the_start_is_refused_at_upload() {
    let bench = bench();
    let limits = Limits {
        memory_bytes: 4 << 16,
        ..Limits::default()
    };
    let prepare = |pages| {
        bench
            .sandbox
            .prepare(echo().pages(pages).build().into(), &limits)
    };
    assert!(prepare(4).await.is_ok());
    let error = prepare(5).await.unwrap_err();
    assert!(matches!(error, UploadError::Resources { .. }), "{error}");
    assert!(
        error.to_string().contains("327680 bytes in one memory"),
        "{error}"
    );
    // And at the call, where the limits have changed since.
    let text = bench.fault(echo().pages(5).build(), &limits).await;
    assert!(text.contains("memory_bytes"), "{text}");
}

#[tokio::test]
async fn a_memory_bomb_and_a_table_bomb_are_faults() {
    let bench = bench();
    let memory = guest(
        "(loop $l (br_if $l (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) unreachable",
    );
    let text = bench.fault(memory.build(), &Limits::default()).await;
    assert!(text.contains("limit memory_bytes"), "{text}");
    let table = guest(
        "(loop $l (br_if $l (i32.ne
            (table.grow $t (ref.null func) (i32.const 1000)) (i32.const -1)))) unreachable",
    )
    .field("(table $t 0 funcref)");
    let text = bench.fault(table.build(), &Limits::default()).await;
    assert!(text.contains("limit table_elements"), "{text}");
}

#[tokio::test]
async fn traps_say_what_and_where() {
    let bench = bench();
    let limits = Limits::default();
    let deep =
        guest("(call $deeper) unreachable").field("(func $deeper (call $deeper) (call $deeper))");
    let text = bench.fault(deep.build(), &limits).await;
    assert!(
        text.contains("nested too deep") && text.contains("stack_bytes"),
        "{text}"
    );
    assert!(text.contains("deeper"), "{text}");
    for (body, reason) in [
        ("(call $check) unreachable", "unreachable"),
        ("(i32.div_u (i32.const 1) (i32.const 0))", "divide by zero"),
        ("(i32.load (i32.const -8))", "out of bounds memory access"),
    ] {
        let step = guest(body).field("(func $check unreachable)");
        let text = bench.fault(step.build(), &limits).await;
        assert!(
            text.starts_with("the step trapped: ") && text.contains(reason),
            "{text}"
        );
    }
    let limits = Limits {
        error_text_bytes: 30,
        ..Limits::default()
    };
    let text = bench.fault(guest("unreachable").build(), &limits).await;
    assert!(text.len() <= 30, "{text}");
}

#[tokio::test]
async fn a_broken_answer_is_a_fault() {
    let bench = bench();
    let limits = Limits::default();
    let output = |at: i32, length: i32| {
        guest(&format!(
            "(i32.store (i32.const 1032) (i32.const {at}))
             (i32.store (i32.const 1036) (i32.const {length})) (i32.const 1024)"
        ))
    };
    for (what, step) in [
        ("a string outside of memory", output(-16, 100)),
        ("a string longer than memory", output(0, -1)),
        ("a result outside of memory", guest("(i32.const -8)")),
        ("a result that is not aligned", guest("(i32.const 1025)")),
        (
            "an unknown case",
            guest("(i32.store8 (i32.const 1024) (i32.const 7)) (i32.const 1024)"),
        ),
        (
            "bytes that are not UTF-8",
            output(2048, 2).data(2048, b"{\xff"),
        ),
    ] {
        let text = bench.fault(step.build(), &limits).await;
        assert!(
            text.contains("broke its contract") || text.contains("trapped"),
            "{what}: {text}"
        );
    }
}

#[tokio::test]
async fn a_huge_output_is_refused_before_the_host_copies_it() {
    let bench = bench();
    let step = guest(
        "(drop (memory.grow (i32.const 1600)))
         (i32.store (i32.const 1032) (i32.const 0))
         (i32.store (i32.const 1036) (i32.const 100000000)) (i32.const 1024)",
    );
    let text = bench.fault(step.build(), &Limits::default()).await;
    assert!(
        text.contains("4194304 bytes (limit output_bytes)"),
        "{text}"
    );
}

#[tokio::test]
async fn a_log_flood_is_dropped_and_the_step_lives_on() {
    let bench = bench();
    let flood = guest(&format!(
        "(local $n i32)
         (local.set $n (i32.const 5000))
         (loop $l
            (call $write (call $stdout) (i32.const 2048) (i32.const 100) (i32.const 4096))
            (local.set $n (i32.sub (local.get $n) (i32.const 1)))
            (br_if $l (local.get $n)))
         {ANSWER}"
    ))
    .data(2048, &[[b'x'; 99].as_slice(), b"\n"].concat())
    .import(LOG);
    let call = bench.call(flood.build(), "{}", &Limits::default()).await;
    assert_eq!(call.outcome.as_deref(), Ok("{}"));
    let bytes: usize = call.log.iter().map(|line| line.text.len() + 1).sum();
    assert!(bytes <= (64 << 10) + 200, "{bytes}");
    let last = call.log.last().unwrap();
    assert_eq!(last.stream, Stream::Stderr);
    assert!(
        last.text.contains("log_bytes") && last.text.contains("65536"),
        "{}",
        last.text
    );
}

#[tokio::test]
async fn host_resources_that_are_never_given_back_are_bounded() {
    let bench = bench();
    let hoard = guest("(loop $l (drop (call $stdout)) (br $l)) unreachable").import(LOG);
    let limits = Limits {
        handles: 100,
        ..Limits::default()
    };
    let text = bench.fault(hoard.build(), &limits).await;
    assert!(!text.contains("call_time"), "{text}");
}

#[tokio::test]
async fn what_was_logged_before_the_end_is_kept() {
    let bench = bench();
    let step = guest(
        "(call $write (call $stdout) (i32.const 2048) (i32.const 8) (i32.const 4096)) unreachable",
    )
    .data(2048, b"panicked")
    .import(LOG);
    let call = bench.call(step.build(), "{}", &Limits::default()).await;
    assert_eq!(call.log.len(), 1);
    assert_eq!(call.log[0].text, "panicked");
    assert!(fault(call).contains("unreachable"));
}

#[tokio::test]
async fn the_host_serves_others_after_every_attack() {
    let bench = bench_with(|config| config.concurrent_calls = 2);
    let good = bench.step(answer("{\"ok\":true}").build()).await;
    let bad = [
        bench.step(guest("unreachable").build()).await,
        bench
            .step(
                guest("(call $f) unreachable")
                    .field("(func $f (call $f))")
                    .build(),
            )
            .await,
        bench
            .step(guest("(drop (memory.grow (i32.const 4000))) unreachable").build())
            .await,
    ];
    for _ in 0..20 {
        for bad in &bad {
            fault(support::call(bad, &context(), "{}", &Limits::default()).await);
        }
        let call = support::call(&good, &context(), "{}", &Limits::default()).await;
        assert_eq!(call.outcome.as_deref(), Ok("{\"ok\":true}"));
    }
}

#[tokio::test]
async fn computing_is_limited_apart_from_waiting() {
    let bench = bench();
    let limits = Limits {
        cpu_time: Duration::from_millis(50),
        ..Limits::default()
    };
    let call = bench.call(endless().build(), "{}", &limits).await;
    assert!(call.usage.cpu_time >= limits.cpu_time, "{:?}", call.usage);
    assert_eq!(
        fault(call),
        "the step computed longer than 50ms and was stopped (limit cpu_time)"
    );
    let sleep = guest(&format!(
        "(call $block (call $after (i64.const 200000000))) {ANSWER}"
    ));
    let call = bench.call(sleep.import(SLEEP).build(), "{}", &limits).await;
    assert_eq!(call.outcome.as_deref(), Ok("{}"));
    assert!(call.usage.wall_time > limits.cpu_time && call.usage.cpu_time < limits.cpu_time);
}

/// The clock ticks every 2 ms, so five ticks are the 10 ms within which a call must stop. On a busy
/// machine a single call may lose the core just then, but not most calls.
#[tokio::test]
async fn a_guest_that_computes_stops_within_five_ticks_of_its_deadline() {
    let bench = bench();
    let step = bench.step(endless().build()).await;
    let limits = Limits {
        call_time: Duration::from_millis(30),
        ..Limits::default()
    };
    let mut late = Vec::new();
    for _ in 0..9 {
        let call = support::call(&step, &context(), "{}", &limits).await;
        late.push(call.usage.ticks_to_cut);
        assert!(fault(call).contains("limit call_time"));
    }
    late.sort_unstable();
    assert!(late[0] >= 1 && late[4] <= 5, "{late:?}");
}

#[tokio::test]
async fn host_calls_are_limited_at_their_edge() {
    let bench = bench();
    let asks = |times: u32| {
        let asked = "(drop (call $stdout))".repeat(times as usize);
        guest(&format!("{asked} {ANSWER}")).import(LOG).build()
    };
    let step = bench.step(asks(5)).await;
    let limits = |host_calls| Limits {
        host_calls,
        ..Limits::default()
    };
    let call = support::call(&step, &context(), "{}", &limits(u64::MAX)).await;
    let made = call.usage.host_calls;
    assert!(made >= 5, "{made}");
    let fits = support::call(&step, &context(), "{}", &limits(made)).await;
    assert_eq!(fits.outcome.as_deref(), Ok("{}"));
    let over = support::call(&step, &context(), "{}", &limits(made - 1)).await;
    assert_eq!(
        fault(over),
        format!(
            "the step called host functions more often than {} times (limit host_calls)",
            made - 1
        )
    );
    // One that never ends is stopped long before its time.
    let endless = guest("(loop $l (drop (call $exists)) (br $l)) unreachable")
        .import(LOG)
        .field("(func $exists (result i32) (call $stderr))");
    let limits = Limits {
        handles: 1_000_000,
        host_calls: 1_000,
        ..Limits::default()
    };
    let text = bench.fault(endless.build(), &limits).await;
    assert!(text.contains("limit host_calls"), "{text}");
}

#[tokio::test]
async fn tables_are_limited_at_their_edge() {
    let bench = bench();
    let grows = guest(&format!(
        "(if (i32.eq (table.grow $t (ref.null func) (i32.const 10)) (i32.const -1))
            (then unreachable)) {ANSWER}"
    ))
    .field("(table $t 5 100 funcref)");
    let step = bench.step(grows.build()).await;
    let limits = |table_elements| Limits {
        table_elements,
        ..Limits::default()
    };
    // The component has a table of its own for its exports.
    let mut least = 15;
    while fault_of(&step, &limits(least)).await.is_some() {
        least += 1;
        assert!(least < 40);
    }
    let text = fault_of(&step, &limits(least - 1)).await.unwrap();
    assert!(text.contains("(limit table_elements)"), "{text}");
}

async fn fault_of(step: &anyam_sandbox::Step, limits: &Limits) -> Option<String> {
    let call = support::call(step, &context(), "{}", limits).await;
    call.outcome.is_err().then(|| fault(call))
}

#[test]
fn functions_of_a_component_are_limited_at_their_edge() {
    let bench = bench();
    let component = echo().build();
    let limits = |component_functions| Limits {
        component_functions,
        ..Limits::default()
    };
    let refused = |most| bench.sandbox.inspect(&component, &limits(most)).err();
    let count = (0..100).find(|most| refused(*most).is_none()).unwrap();
    assert!(count >= 1);
    let error = refused(count - 1).unwrap();
    assert_eq!(
        error.to_string(),
        format!(
            "the component starts with {count} functions; the limit is {} (limit \
             component_functions)",
            count - 1
        )
    );
}
