//! Components that keep data, publish messages and draw random numbers.

use crate::guest::{Guest, Import, guest};

/// `open(name, length, result)`, `increment(store, key, length, by, result)`, `set(store, key,
/// length, value, length, result)`.
pub const KEY_VALUE: Import = Import {
    outer: r#"
        (import "wasi:keyvalue/store@0.2.0-draft" (instance $store
            (export "bucket" (type $b (sub resource)))
            (type $er0 (variant (case "no-such-store") (case "access-denied")
                (case "other" string)))
            (export "error" (type $er (eq $er0)))
            (export "open" (func (param "identifier" string)
                (result (result (own $b) (error $er)))))
            (export "[method]bucket.set" (func (param "self" (borrow $b)) (param "key" string)
                (param "value" (list u8)) (result (result (error $er)))))))
        (alias export $store "bucket" (type $b))
        (alias export $store "error" (type $er))
        (import "wasi:keyvalue/atomics@0.2.0-draft" (instance $atomics
            (alias outer 1 $b (type $b0))
            (export "bucket" (type $b (eq $b0)))
            (alias outer 1 $er (type $er0))
            (export "error" (type $er (eq $er0)))
            (export "increment" (func (param "bucket" (borrow $b)) (param "key" string)
                (param "delta" u64) (result (result u64 (error $er)))))))"#,
    argument: r#"(with "b" (type $b)) (with "er" (type $er))
        (with "open" (func $store "open")) (with "set" (func $store "[method]bucket.set"))
        (with "increment" (func $atomics "increment"))"#,
    inner: r#"
        (import "b" (type $b (sub resource)))
        (type $er0 (variant (case "no-such-store") (case "access-denied") (case "other" string)))
        (import "er" (type $er (eq $er0)))
        (import "open" (func $open (param "identifier" string)
            (result (result (own $b) (error $er)))))
        (import "set" (func $set (param "self" (borrow $b)) (param "key" string)
            (param "value" (list u8)) (result (result (error $er)))))
        (import "increment" (func $increment (param "bucket" (borrow $b)) (param "key" string)
            (param "delta" u64) (result (result u64 (error $er)))))
        (core func $open' (canon lower (func $open) (memory (core memory $memory "memory"))
            (realloc (core func $memory "realloc"))))
        (core func $set' (canon lower (func $set) (memory (core memory $memory "memory"))
            (realloc (core func $memory "realloc"))))
        (core func $increment' (canon lower (func $increment)
            (memory (core memory $memory "memory")) (realloc (core func $memory "realloc"))))"#,
    lowered: r#"(export "open" (func $open')) (export "set" (func $set'))
        (export "increment" (func $increment'))"#,
    core: r#"(import "host" "open" (func $open (param i32 i32 i32)))
        (import "host" "set" (func $set (param i32 i32 i32 i32 i32 i32)))
        (import "host" "increment" (func $increment (param i32 i32 i32 i64 i32)))"#,
};

/// `random() -> number`.
pub const RANDOM: Import = Import {
    outer: r#"(import "wasi:random/random@0.2.0" (instance $random
        (export "get-random-u64" (func (result u64)))))"#,
    argument: r#"(with "random" (func $random "get-random-u64"))"#,
    inner: r#"(import "random" (func $random (result u64)))
        (core func $random' (canon lower (func $random)))"#,
    lowered: r#"(export "random" (func $random'))"#,
    core: r#"(import "host" "random" (func $random (result i64)))"#,
};

/// `publish(name, length, key, length, variables, length, has a time, milliseconds, has an id, id,
/// length, result)`.
pub const MESSAGING: Import = Import {
    outer: r#"
        (import "anyam:step/messaging@0.1.0" (instance $messaging
            (type $message0 (record (field "name" string) (field "correlation-key" string)
                (field "variables" string) (field "time-to-live-ms" (option u64))
                (field "message-id" (option string))))
            (export "message" (type $message (eq $message0)))
            (type $me0 (variant (case "access-denied" string) (case "invalid" string)
                (case "limit" string)))
            (export "error" (type $me (eq $me0)))
            (export "publish" (func (param "message" $message) (result (result (error $me)))))))
        (alias export $messaging "message" (type $message))
        (alias export $messaging "error" (type $me))"#,
    argument: r#"(with "message" (type $message)) (with "me" (type $me))
        (with "publish" (func $messaging "publish"))"#,
    inner: r#"
        (type $message0 (record (field "name" string) (field "correlation-key" string)
            (field "variables" string) (field "time-to-live-ms" (option u64))
            (field "message-id" (option string))))
        (import "message" (type $message (eq $message0)))
        (type $me0 (variant (case "access-denied" string) (case "invalid" string)
            (case "limit" string)))
        (import "me" (type $me (eq $me0)))
        (import "publish" (func $publish (param "message" $message) (result (result (error $me)))))
        (core func $publish' (canon lower (func $publish) (memory (core memory $memory "memory"))
            (realloc (core func $memory "realloc"))))"#,
    lowered: r#"(export "publish" (func $publish'))"#,
    core: r#"(import "host" "publish"
        (func $publish (param i32 i32 i32 i32 i32 i32 i32 i64 i32 i32 i32 i32)))"#,
};

/// Answers the input.
const ANSWER: &str = "(i64.store (i32.const 1032) (i64.load offset=88 (local.get $in)))
     (i32.const 1024)";

/// Opens the store `data`; the store is at 516 then. Traps where that is refused.
const OPEN: &str = "(call $open (i32.const 4096) (i32.const 4) (i32.const 512))
     (if (i32.load8_u (i32.const 512)) (then unreachable))";

/// Adds 1 to the key `count`. Traps where that is refused.
const INCREMENT: &str = "(call $increment (i32.load (i32.const 516))
        (i32.const 4104) (i32.const 5) (i64.const 1) (i32.const 528))
     (if (i32.load8_u (i32.const 528)) (then unreachable))";

fn storing(body: &str) -> Guest {
    guest(body)
        .import(KEY_VALUE)
        .data(4096, b"data")
        .data(4104, b"count")
}

/// Counts itself under the key `count` of the store `data`, and answers its input.
pub fn counter() -> Vec<u8> {
    storing(&format!("{OPEN} {INCREMENT} {ANSWER}")).build()
}

/// As [`counter`], and then fails so that it is tried again.
pub fn failing_counter() -> Vec<u8> {
    let failed = "(i32.store8 (i32.const 1024) (i32.const 1))
        (i32.store8 (i32.const 1032) (i32.const 1))
        (i32.store (i32.const 1040) (i32.const 4096)) (i32.store (i32.const 1044) (i32.const 4))
        (i32.const 1024)";
    storing(&format!("{OPEN} {INCREMENT} {failed}")).build()
}

/// As [`counter`], and then throws the BPMN error `count`.
pub fn throwing_counter() -> Vec<u8> {
    let thrown = "(i32.store8 (i32.const 1024) (i32.const 1))
        (i32.store8 (i32.const 1032) (i32.const 0))
        (i32.store (i32.const 1040) (i32.const 4104)) (i32.store (i32.const 1044) (i32.const 5))
        (i32.store (i32.const 1056) (i32.const 4112)) (i32.store (i32.const 1060) (i32.const 2))
        (i32.const 1024)";
    storing(&format!("{OPEN} {INCREMENT} {thrown}"))
        .data(4112, b"{}")
        .build()
}

/// Stores a random number under its idempotency key in the store `data`.
pub fn keeper() -> Vec<u8> {
    let set = "(i64.store (i32.const 544) (call $random))
        (call $set (i32.load (i32.const 516))
            (i32.load offset=56 (local.get $in)) (i32.load offset=60 (local.get $in))
            (i32.const 544) (i32.const 8) (i32.const 560))
        (if (i32.load8_u (i32.const 560)) (then unreachable))";
    storing(&format!("{OPEN} {set} {ANSWER}"))
        .import(RANDOM)
        .build()
}

/// Publishes the message `paid` for the correlation key `7`, kept for as long, and answers its
/// input. With `id`, the message has the id `once`.
pub fn publisher(time_to_live_ms: u64, id: bool) -> Vec<u8> {
    let id = u8::from(id);
    guest(&format!(
        "(call $publish (i32.const 4096) (i32.const 4) (i32.const 4104) (i32.const 1)
            (i32.const 4112) (i32.const 2) (i32.const 1) (i64.const {time_to_live_ms})
            (i32.const {id}) (i32.const 4120) (i32.const 4) (i32.const 512))
         (if (i32.load8_u (i32.const 512)) (then unreachable)) {ANSWER}"
    ))
    .import(MESSAGING)
    .data(4096, b"paid")
    .data(4104, b"7")
    .data(4112, b"{}")
    .data(4120, b"once")
    .build()
}
