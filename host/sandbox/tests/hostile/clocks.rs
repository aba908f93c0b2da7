//! Steps that play with time, chance and their own end.

use std::time::Duration;

use crate::attack::{ANSWER, Attack};
use crate::imports::{POLL, RANDOM};
use crate::support::guest::{EXIT, Guest, echo, guest};

pub fn attacks() -> Vec<Attack> {
    let cut = |name, guest: Guest| {
        Attack::fails(name, guest, &["(limit call_time)"])
            .limits(|limits| limits.call_time = Duration::from_millis(150))
    };
    vec![
        cut(
            "waiting for the end of time by asking",
            guest("(loop $l (br_if $l (i64.lt_u (call $now) (i64.const -1)))) unreachable")
                .import(POLL),
        ),
        cut(
            "waiting for an instant that does not come",
            guest("(call $block (call $at (i64.const -1))) unreachable").import(POLL),
        ),
        cut(
            "asking whether it is time without end",
            guest(
                "(local $p i32) (local.set $p (call $after (i64.const -1)))
                 (loop $l (br_if $l (i32.eqz (call $ready (local.get $p))))) unreachable",
            )
            .import(POLL),
        ),
        cut(
            "waiting for many timers at once",
            guest(
                "(local $n i32)
                 (loop $l
                    (i32.store (i32.add (i32.const 8192) (i32.shl (local.get $n) (i32.const 2)))
                        (call $after (i64.const -1)))
                    (local.set $n (i32.add (local.get $n) (i32.const 1)))
                    (br_if $l (i32.lt_u (local.get $n) (i32.const 1000))))
                 (call $poll (i32.const 8192) (i32.const 1000) (i32.const 16)) unreachable",
            )
            .import(POLL),
        ),
        cut(
            "timers that are over at once",
            guest(
                "(local $p i32) (loop $l (local.set $p (call $at (i64.const 0)))
                    (call $block (local.get $p)) (call $drop (local.get $p)) (br $l)) unreachable",
            )
            .import(POLL),
        ),
        cut(
            "a sleep at the start",
            echo()
                .import(POLL)
                .field("(func $sleep (call $block (call $after (i64.const -1)))) (start $sleep)"),
        ),
        cut(
            "random bytes without end",
            guest(
                "(loop $l (call $bytes (i64.const 100000) (i32.const 4096)) (br $l)) unreachable",
            )
            .realloc("(i32.const 8192)")
            .pages(4)
            .import(RANDOM),
        ),
        Attack::fails(
            "waiting for nothing",
            guest("(call $poll (i32.const 0) (i32.const 0) (i32.const 16)) unreachable")
                .import(POLL),
            &["empty poll list"],
        ),
        Attack::fails(
            "as many random bytes as there are numbers",
            guest(&format!(
                "(call $bytes (i64.const -1) (i32.const 4096)) {ANSWER}"
            ))
            .import(RANDOM),
            &["1048576"],
        ),
        Attack::fails(
            "one random byte too many",
            guest(&format!(
                "(call $bytes (i64.const 1048577) (i32.const 4096)) {ANSWER}"
            ))
            .import(RANDOM),
            &["1048576"],
        ),
        Attack::fails(
            "random bytes behind memory",
            guest(&format!(
                "(call $bytes (i64.const 100) (i32.const 4096)) {ANSWER}"
            ))
            .realloc(
                "(if (result i32) (i32.eq (local.get 3) (i32.const 100))
                        (then (i32.const 131000)) (else (i32.const 8192)))",
            )
            .import(RANDOM),
            &["broke its contract", "beyond end of memory"],
        ),
        Attack::fails(
            "an exit that says all is well",
            guest("(call $exit (i32.const 0)) unreachable").import(EXIT),
            &["ended itself with exit code 0"],
        ),
        Attack::fails(
            "an exit at the start",
            echo()
                .import(EXIT)
                .field("(func $leave (call $exit (i32.const 0))) (start $leave)"),
            &["ended itself with exit code 0"],
        ),
        Attack::fails(
            "an exit with a code that is none",
            guest("(call $exit (i32.const 7)) unreachable").import(EXIT),
            &["discriminant"],
        ),
        Attack::fails(
            "a trap at the start",
            echo().field("(func $fall unreachable) (start $fall)"),
            &["unreachable"],
        ),
    ]
}
