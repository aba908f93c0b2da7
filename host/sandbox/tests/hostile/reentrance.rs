//! Steps that leave or enter themselves at a moment when they may not.

use crate::attack::{ANSWER, Attack, component, typed_with};
use crate::imports::{POLL, RANDOM};
use crate::support::guest::{EXIT, LOG, SLEEP, echo, guest};

pub fn attacks() -> Vec<Attack> {
    const HOOKED: &str = "(call $hook) (i32.const 4096)";
    let leaves = |name, component: Vec<u8>| {
        Attack::fails(name, component, &["cannot leave component instance"])
    };
    let hook = |call: &str| format!("(func $out {call}) (elem (i32.const 0) func $out)");
    vec![
        leaves(
            "the clock while it gets its input",
            echo()
                .realloc(HOOKED)
                .import(POLL)
                .field(&hook("(drop (call $now))"))
                .build(),
        ),
        leaves(
            "the log while it gets its input",
            echo()
                .realloc(HOOKED)
                .import(LOG)
                .field(&hook("(drop (call $stdout))"))
                .build(),
        ),
        leaves(
            "an exit while it gets its input",
            echo()
                .realloc(HOOKED)
                .import(EXIT)
                .field(&hook("(call $exit (i32.const 0))"))
                .build(),
        ),
        leaves(
            "a sleep while it gets its input",
            echo()
                .realloc(HOOKED)
                .import(SLEEP)
                .field(&hook("(call $block (call $after (i64.const 1)))"))
                .build(),
        ),
        leaves(
            "random bytes while it gets random bytes",
            guest(&format!(
                "(i32.store (i32.const 8000) (i32.const 1))
                 (call $bytes (i64.const 10) (i32.const 4096)) {ANSWER}"
            ))
            .realloc("(if (i32.load (i32.const 8000)) (then (call $hook))) (i32.const 12288)")
            .import(RANDOM)
            .field(&hook("(call $bytes (i64.const 10) (i32.const 4096))"))
            .build(),
        ),
        leaves(
            "a handle given back while it gets its input",
            echo()
                .realloc(HOOKED)
                .import(POLL)
                .field(&hook("(call $drop (i32.const 1))"))
                .build(),
        ),
        leaves(
            "the clock after the answer",
            typed_with(
                r#"(import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock
                    (export "now" (func (result u64)))))
                (core func $now (canon lower (func $clock "now")))
                (core instance $host (export "now" (func $now)))"#,
                "(result u32)",
                r#"(import "host" "now" (func $now (result i64)))
                (func (export "f") (result i32) (i32.const 7))
                (func (export "after") (param i32) (drop (call $now)))"#,
                "(i32.const 4096)",
                r#"(post-return (core func $main "after"))"#,
            ),
        ),
        Attack::fails(
            "a trap after the answer",
            typed_with(
                "",
                "(result u32)",
                r#"(func (export "f") (result i32) (i32.const 7))
                (func (export "after") (param i32) unreachable)"#,
                "(i32.const 4096)",
                r#"(post-return (core func $main "after"))"#,
            ),
            &["unreachable"],
        ),
        Attack::fails(
            "a component that enters itself through another",
            component(
                r#"(core module $table (table (export "table") 1 funcref)
                    (func (export "enter") (call_indirect (i32.const 0))))
                (core instance $table (instantiate $table))
                (component $inner
                    (import "enter" (func $enter))
                    (core func $enter' (canon lower (func $enter)))
                    (core module $main
                        (import "host" "enter" (func $enter))
                        (func (export "f") (call $enter)))
                    (core instance $main (instantiate $main
                        (with "host" (instance (export "enter" (func $enter'))))))
                    (func (export "f") (canon lift (core func $main "f"))))
                (func $enter (canon lift (core func $table "enter")))
                (instance $inner (instantiate $inner (with "enter" (func $enter))))
                (core func $again (canon lower (func $inner "f")))
                (core module $fill
                    (import "host" "table" (table 1 funcref)) (import "host" "again" (func $again))
                    (elem (i32.const 0) func $again))
                (core instance (instantiate $fill (with "host" (instance
                    (export "table" (table $table "table")) (export "again" (func $again))))))
                (export "f" (func $inner "f"))"#,
            ),
            &["cannot enter component instance"],
        ),
    ]
}
