//! Steps that forge, misuse and hoard handles to what the host holds for them.

use crate::attack::{ANSWER, Attack};
use crate::imports::POLL;
use crate::support::guest::{LOG, guest};

pub fn attacks() -> Vec<Attack> {
    let poll = |name, body: &str, says| Attack::fails(name, guest(body).import(POLL), says);
    const UNKNOWN: &[&str] = &["unknown handle index"];
    vec![
        poll(
            "a handle that was never given",
            "(call $block (i32.const 1)) unreachable",
            UNKNOWN,
        ),
        poll(
            "the handle zero",
            "(call $block (i32.const 0)) unreachable",
            UNKNOWN,
        ),
        poll(
            "a handle of all ones",
            "(call $block (i32.const -1)) unreachable",
            UNKNOWN,
        ),
        poll(
            "the handle after the last one",
            "(call $block (i32.add (call $after (i64.const 0)) (i32.const 1))) unreachable",
            UNKNOWN,
        ),
        poll(
            "a handle that was given back",
            "(local $p i32) (local.set $p (call $after (i64.const 0)))
             (call $drop (local.get $p)) (call $block (local.get $p)) unreachable",
            UNKNOWN,
        ),
        poll(
            "a handle given back twice",
            "(local $p i32) (local.set $p (call $after (i64.const 0)))
             (call $drop (local.get $p)) (call $drop (local.get $p)) unreachable",
            UNKNOWN,
        ),
        poll(
            "all handles given back that there could be",
            "(local $p i32) (loop $l (call $drop (local.get $p))
                (local.set $p (i32.add (local.get $p) (i32.const 1))) (br $l)) unreachable",
            UNKNOWN,
        ),
        poll(
            "a list of handles that were never given",
            "(call $poll (i32.const 4096) (i32.const 1000) (i32.const 16)) unreachable",
            UNKNOWN,
        ),
        poll(
            "a list of handles outside of memory",
            "(call $poll (i32.const -8) (i32.const 1000) (i32.const 16)) unreachable",
            &["out of bounds"],
        ),
        poll(
            "a list of handles as long as all addresses",
            "(call $poll (i32.const 0) (i32.const -1) (i32.const 16)) unreachable",
            &["out of bounds"],
        ),
        Attack::fails(
            "a timer used as a stream",
            guest(
                "(call $write (call $after (i64.const 0)) (i32.const 2048) (i32.const 1)
                    (i32.const 4096)) unreachable",
            )
            .import(POLL)
            .import(LOG),
            &["used with the wrong type"],
        ),
        Attack::fails(
            "a stream used as a timer",
            guest("(call $block (call $stdout)) unreachable")
                .import(POLL)
                .import(LOG),
            &["used with the wrong type"],
        ),
        Attack::fails(
            "a stream given back as a timer",
            guest("(call $drop (call $stderr)) unreachable")
                .import(POLL)
                .import(LOG),
            &["used with the wrong type"],
        ),
        Attack::fails(
            "streams that are never given back",
            guest("(loop $l (drop (call $stdout)) (br $l)) unreachable").import(LOG),
            &["(limit handles)"],
        ),
        Attack::fails(
            "timers that are never given back",
            guest("(loop $l (drop (call $after (i64.const -1))) (br $l)) unreachable").import(POLL),
            &["(limit handles)"],
        ),
        Attack::fails(
            "timers hoarded at the start",
            guest("unreachable").import(POLL).field(
                "(func $hoard (loop $l (drop (call $after (i64.const -1))) (br $l)))
                 (start $hoard)",
            ),
            &["(limit handles)"],
        ),
        Attack::answers(
            "as many timers as may be, left behind",
            guest(&format!(
                "(local $n i32) (local.set $n (i32.const 4000))
                 (loop $l (drop (call $after (i64.const -1)))
                    (local.set $n (i32.sub (local.get $n) (i32.const 1)))
                    (br_if $l (local.get $n))) {ANSWER}"
            ))
            .import(POLL),
            &[],
        ),
    ]
}
