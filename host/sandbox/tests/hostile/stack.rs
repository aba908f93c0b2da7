//! Steps that nest their calls without end.

use crate::attack::{Attack, runs};
use crate::support::guest::echo;

pub fn attacks() -> Vec<Attack> {
    let deep = |name, component: Vec<u8>| {
        Attack::fails(
            name,
            component,
            &["nested too deep", "(setting stack_bytes)"],
        )
    };
    let locals = |count: usize| {
        let set: String = (0..count)
            .map(|at| format!("(local.set {at} (i64.load (i32.const {})))", at % 60_000))
            .collect();
        let get: String = (0..count)
            .map(|at| format!("(i64.store (i32.const {}) (local.get {at}))", at % 60_000))
            .collect();
        runs(&format!(
            r#"(memory 1) (func $f (export "f") (local {}) {set} (call $f) {get})"#,
            "i64 ".repeat(count)
        ))
    };
    vec![
        deep(
            "recursion",
            runs(r#"(func $f (export "f") (call $f) (call $f))"#),
        ),
        deep(
            "mutual recursion",
            runs(
                r#"(func $f (export "f") (call $g) (drop (i32.const 0)))
                (func $g (call $h) (call $f)) (func $h (call $f) (call $g))"#,
            ),
        ),
        deep(
            "recursion by table",
            runs(
                r#"(table 1 funcref) (elem (i32.const 0) func $f) (type $t (func))
                (func $f (export "f") (call_indirect (type $t) (i32.const 0))
                    (call_indirect (type $t) (i32.const 0)))"#,
            ),
        ),
        deep("frames of 16 KiB", locals(2_000)),
        deep("frames of 80 KiB", locals(10_000)),
        deep(
            "recursion with many parameters",
            runs(&format!(
                r#"(func (export "f") (call $g {}))
                (func $g (param {}) (call $g {}) (call $g {}))"#,
                "(i64.const 1)".repeat(500),
                "i64 ".repeat(500),
                "(local.get 1)".repeat(500),
                "(local.get 0)".repeat(500),
            )),
        ),
        deep(
            "recursion at the start",
            echo()
                .field("(func $deep (call $deep) (call $deep)) (start $deep)")
                .build(),
        ),
        deep(
            "recursion where memory is asked for",
            echo()
                .realloc("(call $hook) (i32.const 4096)")
                .field("(func $deep (call $deep) (call $deep)) (elem (i32.const 0) func $deep)")
                .build(),
        ),
    ]
}
