//! Steps that never stop asking the host.

use crate::attack::Attack;
use crate::imports::{POLL, RANDOM, WALL};
use crate::support::guest::{Guest, LOG, guest};

pub fn attacks() -> Vec<Attack> {
    let forever = |name, call: &str, import| {
        let guest: Guest = guest(&format!("(loop $l {call} (br $l)) unreachable")).import(import);
        Attack::fails(name, guest, &["(limit host_calls)"]).limits(|limits| {
            limits.host_calls = 1_000;
            limits.handles = 1_000_000;
        })
    };
    vec![
        forever("the clock", "(drop (call $now))", POLL),
        forever("the time of day", "(call $wall (i32.const 4096))", WALL),
        forever("a random number", "(drop (call $random))", RANDOM),
        forever(
            "random bytes",
            "(call $bytes (i64.const 0) (i32.const 4096))",
            RANDOM,
        ),
        forever("handles", "(drop (call $stderr))", LOG),
        forever(
            "things to wait for",
            "(call $drop (call $after (i64.const 1)))",
            POLL,
        ),
        forever(
            "whether it is time",
            "(if (i32.eqz (i32.load (i32.const 8000)))
                (then (i32.store (i32.const 8000) (call $after (i64.const -1)))))
             (drop (call $ready (i32.load (i32.const 8000))))",
            POLL,
        ),
        forever(
            "the log",
            "(call $write (call $stdout) (i32.const 2048) (i32.const 1) (i32.const 4096))",
            LOG,
        ),
        Attack::fails(
            "the clock in a start function",
            guest("unreachable")
                .import(POLL)
                .field("(func $ask (loop $l (drop (call $now)) (br $l))) (start $ask)"),
            &["(limit host_calls)"],
        )
        .limits(|limits| limits.host_calls = 1_000),
    ]
}
