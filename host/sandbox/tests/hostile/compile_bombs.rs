//! Components that attack those who check and compile them.

use std::fmt::Write as _;
use std::time::Duration;

use crate::attack::{Attack, component, runs};

pub fn attacks() -> Vec<Attack> {
    let mut attacks = functions();
    attacks.extend(numbers());
    attacks.extend(nesting());
    attacks
}

/// A component of one function with this body.
fn body(text: &str) -> Vec<u8> {
    runs(&format!(r#"(memory 1) (func (export "f") {text})"#))
}

/// `how_many` times what `part` writes for a number.
fn many(how_many: usize, part: impl Fn(usize) -> String) -> String {
    (0..how_many).map(part).collect()
}

fn functions() -> Vec<Attack> {
    let add = "(i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))";
    let short =
        |limits: &mut anyam_sandbox::Limits| limits.compile_time = Duration::from_millis(200);
    let locals = |count: usize| {
        let mut text = format!("(local {})", "i64 ".repeat(count));
        let _ = write!(
            text,
            "(loop $l {} (br_if $l (i32.const 0)))",
            many(count / 100, |at| format!(
                "(local.set {} (i64.add (local.get {}) (i64.const 1)))",
                at * 100,
                at * 100 + 99
            ))
        );
        text
    };
    vec![
        Attack::refused(
            "a function of 8 MB",
            body(&"(drop (i32.const 1000000))".repeat(1_600_000)),
            &["not valid", "function body"],
        ),
        Attack::refused(
            "a function that compiles for long",
            body(&add.repeat(200_000)),
            &["(limit compile_time)"],
        )
        .limits(short),
        Attack::refused(
            "a function that compiles in much memory",
            body(&format!("{add} {}", add.repeat(200_000))),
            &["(limit compile_memory_bytes)"],
        )
        .limits(|limits| limits.compile_memory_bytes = 256 << 20),
        Attack::refused(
            "50,001 locals",
            body(&locals(50_001)),
            &["not valid", "locals"],
        ),
        Attack::answers("20,000 locals", body(&locals(20_000)), &[]),
        Attack::refused(
            "50,000 locals, alive in a loop of many blocks",
            body(&format!(
                "{} {}",
                locals(50_000),
                many(2_000, |at| format!(
                    "(loop (br_if 0 (i64.eqz (local.get {})))
                        (local.set {} (i64.load (i32.const 8))))",
                    at * 20,
                    at * 20 + 7
                ))
            )),
            &["(limit compile_time)"],
        )
        .limits(short),
        Attack::refused(
            "a br_table of a million entries",
            body(&format!(
                "(block $a (block $b (br_table {} (i32.load (i32.const 0)))))",
                "$a $b ".repeat(500_000)
            )),
            &["cannot be compiled", "br_table"],
        ),
        Attack::refused(
            "many br_tables of the same thousand blocks",
            body(&format!(
                "{} {} {}",
                "block ".repeat(1_000),
                many(400, |_| format!(
                    "block i32.const 0 i32.load br_table {} end ",
                    many(1_000, |at| format!("{at} "))
                )),
                "end ".repeat(1_000)
            )),
            &["compile_time"],
        )
        .limits(short),
    ]
}

fn numbers() -> Vec<Attack> {
    let module = |fields: &str| runs(&format!(r#"(func (export "f")) {fields}"#));
    vec![
        Attack::refused(
            "many functions",
            module(&many(60_000, |_| "(func)".to_owned())),
            &["(limit component_functions)"],
        )
        .limits(|limits| limits.component_functions = 50_000),
        Attack::refused(
            "more functions than there may be",
            module(&many(1_000_001, |_| "(func)".to_owned())),
            &["not valid", "functions"],
        ),
        Attack::answers(
            "many types",
            module(&many(50_000, |at| {
                format!("(type (func (param {} i32)))", "i64 ".repeat(at % 50))
            })),
            &[],
        ),
        Attack::refused(
            "more types than there may be",
            module(&"(type (func))".repeat(1_000_001)),
            &["not valid", "types"],
        ),
        Attack::refused(
            "a function with too many parameters",
            module(&format!("(type (func (param {})))", "i32 ".repeat(1_001))),
            &["not valid", "params"],
        ),
        Attack::refused(
            "more globals than fit into an instance",
            module(&"(global (mut i64) (i64.const 0))".repeat(400_000)),
            &["instance"],
        ),
        Attack::answers(
            "many data segments",
            module(&format!(
                "(memory 1) {}",
                r#"(data (i32.const 0) "x")"#.repeat(50_000)
            )),
            &[],
        ),
        Attack::refused(
            "more data segments than there may be",
            module(&format!("(memory 1) {}", r#"(data "x")"#.repeat(100_001))),
            &["not valid", "data"],
        ),
        Attack::fails(
            "a data segment larger than its memory",
            module(&format!(
                r#"(memory 1) (data (i32.const 0) "{}")"#,
                "x".repeat(10 << 20)
            )),
            &["out of bounds memory access"],
        ),
        Attack::answers(
            "data far apart in memory",
            module(r#"(memory 400) (data (i32.const 0) "x") (data (i32.const 26214399) "x")"#),
            &[],
        ),
        Attack::refused(
            "more code than may be",
            module(&many(3_000, |at| {
                format!(
                    "(func (result i64) {})",
                    "(drop (i64.const 7))".repeat(at % 5) + "(i64.const 9)"
                )
            })),
            &["(limit artifact_bytes)"],
        )
        .limits(|limits| limits.artifact_bytes = 100_000),
        Attack::refused(
            "an export with a name of 200 kB",
            runs(&format!(
                r#"(func (export "f")) (func (export "{}"))"#,
                "x".repeat(200_000)
            )),
            &["not valid", "string size"],
        ),
        Attack::refused(
            "a section for nobody of 2 MB",
            component(&format!(
                r#"(core module $m (@custom "bomb" "{}"))"#,
                r"\00".repeat(2 << 20)
            )),
            &["(limit component_bytes)"],
        )
        .limits(|limits| limits.component_bytes = 2 << 20),
        Attack::refused(
            "more exported functions than may be",
            component(&format!(
                r#"(core module $m (func (export "f"))) (core instance $m (instantiate $m))
                (func $f (canon lift (core func $m "f"))) {}"#,
                many(1_000, |at| format!(r#"(export "f{at}" (func $f))"#))
            )),
            &["(limit typed_functions)"],
        ),
        Attack::refused(
            "100,000 exports",
            component(&format!(
                r#"(core module $m (func (export "f"))) (core instance $m (instantiate $m))
                (func $f (canon lift (core func $m "f"))) {}"#,
                many(100_001, |at| format!(r#"(export "f{at}" (func $f))"#))
            )),
            &["(limit typed_functions)"],
        ),
        Attack::refused(
            "more imports than there may be",
            component(&many(5_000, |at| {
                format!(r#"(import "wasi:cli/exit{at}@0.2.0" (instance))"#)
            })),
            &["not valid", "instances"],
        ),
        Attack::refused(
            "many imports",
            component(&many(900, |at| {
                format!(r#"(import "wasi:cli/exit{at}@0.2.0" (instance))"#)
            })),
            &["not granted"],
        ),
    ]
}

/// A component in a component, and so on.
fn nested(depth: usize) -> Vec<u8> {
    let mut component = b"\0asm\x0d\0\x01\0".to_vec();
    for _ in 0..depth {
        let mut size = component.len();
        let mut outer = b"\0asm\x0d\0\x01\0\x04".to_vec();
        while size > 0x7f {
            outer.push(u8::try_from(size & 0x7f).unwrap() | 0x80);
            size >>= 7;
        }
        outer.push(u8::try_from(size).unwrap());
        outer.extend(component);
        component = outer;
    }
    component
}

fn nesting() -> Vec<Attack> {
    let doubled = |times: usize| {
        let mut text = r#"(type $t0 (tuple u64 u64))"#.to_owned();
        for at in 0..times {
            let _ = write!(text, "(type $t{} (tuple $t{at} $t{at}))", at + 1);
        }
        format!(
            r#"{text} (core module $m (memory (export "m") 1)
                (func (export "f") (result i32) (i32.const 0)))
            (core instance $m (instantiate $m))
            (func $f (result $t{times}) (canon lift (core func $m "f") (memory (core memory $m "m"))))
            (export "f" (func $f))"#
        )
    };
    let instances = |count: usize| {
        format!(
            r#"(core module $m (func (export "f"))) {}
            (func $f (canon lift (core func $i0 "f"))) (export "f" (func $f))"#,
            many(count, |at| format!(
                "(core instance $i{at} (instantiate $m))"
            ))
        )
    };
    vec![
        Attack::refused(
            "blocks nested 20,000 deep that compile for long",
            body(&format!(
                "{} i32.const 1 {} drop",
                "block (result i32) i32.const 0 i32.load i32.const 1 br_if 0 drop ".repeat(20_000),
                "end ".repeat(20_000)
            )),
            &["compil"],
        )
        .limits(|limits| limits.compile_time = Duration::from_millis(200)),
        Attack::answers(
            "blocks nested 20,000 deep",
            body(&format!(
                "{}{}",
                "block ".repeat(20_000),
                "end ".repeat(20_000)
            )),
            &[],
        ),
        Attack::refused(
            "components nested 300 deep",
            nested(300),
            &["exports nothing"],
        ),
        Attack::refused("components nested 5,000 deep", nested(5_000), &["nothing"]),
        Attack::refused(
            "a type that doubles 18 times",
            component(&doubled(18)),
            &["limit"],
        ),
        Attack::refused(
            "a type that doubles 30 times",
            component(&doubled(30)),
            &["not valid", "size"],
        ),
        Attack::refused("300 instances", component(&instances(300)), &["instances"]),
        Attack::refused(
            "5,000 instances",
            component(&instances(5_000)),
            &["instances"],
        ),
        Attack::refused(
            "many components inside",
            component(&"(component)".repeat(5_000)),
            &["not valid", "components"],
        ),
        Attack::refused(
            "memory in many instances",
            component(&format!(
                r#"(core module $m (memory 1) (func (export "f"))) {}
                (func $f (canon lift (core func $i0 "f"))) (export "f" (func $f))"#,
                many(10, |at| format!("(core instance $i{at} (instantiate $m))"))
            )),
            &["(limit memories)"],
        ),
    ]
}
