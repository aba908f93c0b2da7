//! Steps that do not end.

use std::time::Duration;

use crate::attack::{ANSWER, Attack, runs, typed_with};
use crate::imports::POLL;
use crate::support::guest::{SLEEP, echo, guest};

pub fn attacks() -> Vec<Attack> {
    const LOOP: &str = "(loop $l (br $l))";
    let cut = |name, component: Vec<u8>| {
        Attack::fails(name, component, &["(limit call_time)"])
            .limits(|limits| limits.call_time = Duration::from_millis(150))
    };
    let sixteen_mebibytes = |instruction: &str| {
        guest(&format!("{LOOP} unreachable").replace("(br $l)", &format!("{instruction} (br $l)")))
            .pages(260)
            .build()
    };
    vec![
        cut("a loop", guest(&format!("{LOOP} unreachable")).build()),
        cut(
            "a loop at the start",
            echo()
                .field(&format!("(func $spin {LOOP}) (start $spin)"))
                .build(),
        ),
        cut(
            "a loop where memory is asked for",
            echo().realloc(&format!("{LOOP} unreachable")).build(),
        ),
        cut(
            "a loop after the answer",
            typed_with(
                "",
                "(result u32)",
                &format!(
                    r#"(func (export "f") (result i32) (i32.const 7))
                    (func (export "after") (param i32) {LOOP})"#
                ),
                "(i32.const 4096)",
                r#"(post-return (core func $main "after"))"#,
            ),
        ),
        cut(
            "tail calls",
            runs(r#"(func $f (export "f") (return_call $f))"#),
        ),
        cut(
            "tail calls by table",
            runs(
                r#"(table 1 funcref) (elem (i32.const 0) func $f) (type $t (func))
                (func $f (export "f") (return_call_indirect (type $t) (i32.const 0)))"#,
            ),
        ),
        cut(
            "a loop of two ends",
            runs(
                r#"(func (export "f") (local i32)
                    (loop $a (loop $b
                        (local.set 0 (i32.add (local.get 0) (i32.const 1)))
                        (br_table $a $b $a (i32.and (local.get 0) (i32.const 3))))))"#,
            ),
        ),
        cut(
            "divisions",
            guest(
                "(local $n i64) (loop $l
                    (local.set $n (i64.div_u (i64.const -1)
                        (i64.or (local.get $n) (i64.const 3)))) (br $l)) unreachable",
            )
            .build(),
        ),
        cut(
            "memory is filled",
            sixteen_mebibytes("(memory.fill (i32.const 65536) (i32.const 1) (i32.const 16777216))"),
        ),
        cut(
            "memory is copied",
            sixteen_mebibytes(
                "(memory.copy (i32.const 65536) (i32.const 65537) (i32.const 16777215))",
            ),
        ),
        cut(
            "a table is filled",
            runs(
                r#"(table $t 100000 funcref)
                (func (export "f") (loop $l
                    (table.fill $t (i32.const 0) (ref.null func) (i32.const 100000)) (br $l)))"#,
            ),
        )
        .limits(|limits| limits.table_elements = 200_000),
        cut(
            "one long sleep",
            guest(&format!(
                "(call $block (call $after (i64.const -1))) {ANSWER}"
            ))
            .import(SLEEP)
            .build(),
        ),
        cut(
            "many short sleeps",
            guest(
                "(local $p i32) (loop $l (local.set $p (call $after (i64.const 1000000)))
                    (call $block (local.get $p)) (call $drop (local.get $p)) (br $l)) unreachable",
            )
            .import(POLL)
            .build(),
        ),
        Attack::fails(
            "computing between sleeps",
            guest(
                "(local $p i32) (local $n i32) (loop $l
                    (local.set $n (i32.const 5000000))
                    (loop $work (local.set $n (i32.sub (local.get $n) (i32.const 1)))
                        (br_if $work (local.get $n)))
                    (local.set $p (call $after (i64.const 1000000)))
                    (call $block (local.get $p)) (call $drop (local.get $p)) (br $l)) unreachable",
            )
            .import(POLL),
            &["(limit cpu_time)"],
        )
        .limits(|limits| limits.cpu_time = Duration::from_millis(40)),
        Attack::fails(
            "computing alone",
            guest(&format!("{LOOP} (drop (i32.const 0)) unreachable")),
            &["(limit cpu_time)"],
        )
        .limits(|limits| limits.cpu_time = Duration::from_millis(20)),
    ]
}
