//! What hostile guests import beyond what plain ones do.

use crate::support::guest::Import;

/// `bytes(how many, result address)` and `random()`.
pub const RANDOM: Import = Import {
    outer: r#"(import "wasi:random/random@0.2.0" (instance $random
        (export "get-random-bytes" (func (param "len" u64) (result (list u8))))
        (export "get-random-u64" (func (result u64)))))"#,
    argument: r#"(with "random" (instance $random))"#,
    inner: r#"(import "random" (instance $random
            (export "get-random-bytes" (func (param "len" u64) (result (list u8))))
            (export "get-random-u64" (func (result u64)))))
        (core func $bytes' (canon lower (func $random "get-random-bytes")
            (memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))))
        (core func $random' (canon lower (func $random "get-random-u64")))"#,
    lowered: r#"(export "bytes" (func $bytes')) (export "random" (func $random'))"#,
    core: r#"(import "host" "bytes" (func $bytes (param i64 i32)))
        (import "host" "random" (func $random (result i64)))"#,
};

/// `wall(result address)`.
pub const WALL: Import = Import {
    outer: r#"(import "wasi:clocks/wall-clock@0.2.0" (instance $wall
        (type $d0 (record (field "seconds" u64) (field "nanoseconds" u32)))
        (export "datetime" (type $d (eq $d0)))
        (export "now" (func (result $d)))))"#,
    argument: r#"(with "wall" (instance $wall))"#,
    inner: r#"(import "wall" (instance $wall
            (type $d0 (record (field "seconds" u64) (field "nanoseconds" u32)))
            (export "datetime" (type $d (eq $d0)))
            (export "now" (func (result $d)))))
        (core func $wall' (canon lower (func $wall "now") (memory (core memory $memory "memory"))))"#,
    lowered: r#"(export "wall" (func $wall'))"#,
    core: r#"(import "host" "wall" (func $wall (param i32)))"#,
};

/// `now()`, `after(nanoseconds)` and `at(instant)` for something to wait for, `block(it)`,
/// `ready(it)`, `poll(list, length, result address)` and `drop(it)`.
pub const POLL: Import = Import {
    outer: r#"
        (import "wasi:io/poll@0.2.0" (instance $poll
            (export "pollable" (type $p (sub resource)))
            (export "[method]pollable.block" (func (param "self" (borrow $p))))
            (export "[method]pollable.ready" (func (param "self" (borrow $p)) (result bool)))
            (export "poll" (func (param "in" (list (borrow $p))) (result (list u32))))))
        (alias export $poll "pollable" (type $p))
        (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock
            (alias outer 1 $p (type $p))
            (export "now" (func (result u64)))
            (export "subscribe-instant" (func (param "when" u64) (result (own $p))))
            (export "subscribe-duration" (func (param "when" u64) (result (own $p))))))"#,
    argument: r#"(with "p" (type $p)) (with "block" (func $poll "[method]pollable.block"))
        (with "ready" (func $poll "[method]pollable.ready")) (with "poll" (func $poll "poll"))
        (with "at" (func $clock "subscribe-instant")) (with "now" (func $clock "now"))
        (with "after" (func $clock "subscribe-duration"))"#,
    inner: r#"
        (import "p" (type $p (sub resource)))
        (import "block" (func $block (param "self" (borrow $p))))
        (import "ready" (func $ready (param "self" (borrow $p)) (result bool)))
        (import "poll" (func $poll (param "in" (list (borrow $p))) (result (list u32))))
        (import "after" (func $after (param "when" u64) (result (own $p))))
        (import "at" (func $at (param "when" u64) (result (own $p))))
        (import "now" (func $now (result u64)))
        (core func $block' (canon lower (func $block)))
        (core func $ready' (canon lower (func $ready)))
        (core func $poll' (canon lower (func $poll)
            (memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))))
        (core func $after' (canon lower (func $after)))
        (core func $at' (canon lower (func $at)))
        (core func $now' (canon lower (func $now)))
        (core func $drop' (canon resource.drop $p))"#,
    lowered: r#"(export "block" (func $block')) (export "after" (func $after'))
        (export "ready" (func $ready')) (export "poll" (func $poll')) (export "at" (func $at'))
        (export "now" (func $now')) (export "drop" (func $drop'))"#,
    core: r#"(import "host" "block" (func $block (param i32)))
        (import "host" "ready" (func $ready (param i32) (result i32)))
        (import "host" "poll" (func $poll (param i32 i32 i32)))
        (import "host" "after" (func $after (param i64) (result i32)))
        (import "host" "at" (func $at (param i64) (result i32)))
        (import "host" "now" (func $now (result i64)))
        (import "host" "drop" (func $drop (param i32)))"#,
};
