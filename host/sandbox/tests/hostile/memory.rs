//! Steps that want all the memory there is, or what is not theirs.

use crate::attack::{Attack, runs};
use crate::support::guest::{echo, guest};

pub fn attacks() -> Vec<Attack> {
    const GROWS: &str =
        "(loop $l (br_if $l (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) unreachable";
    let memory = |fields: &str, instructions: &str| {
        runs(&format!(r#"{fields} (func (export "f") {instructions})"#))
    };
    vec![
        Attack::fails("page by page", guest(GROWS), &["(limit memory_bytes)"]),
        Attack::fails(
            "all at once",
            guest(
                "(if (i32.eq (memory.grow (i32.const 65000)) (i32.const -1)) (then unreachable)) unreachable",
            ),
            &["(limit memory_bytes)", "4259971072"],
        ),
        Attack::fails(
            "more than there are addresses",
            guest(
                "(if (i32.eq (memory.grow (i32.const -1)) (i32.const -1)) (then unreachable)) unreachable",
            ),
            &["(limit memory_bytes)"],
        ),
        Attack::fails(
            "memory for its own input",
            echo().realloc(GROWS),
            &["(limit memory_bytes)"],
        ),
        Attack::fails(
            "growth at the start",
            echo().field(&format!("(func $grow {GROWS}) (start $grow)")),
            &["(limit memory_bytes)"],
        ),
        Attack::fails(
            "several memories that each grow",
            memory(
                "(memory $a 1) (memory $b 1) (memory $c 1)",
                "(loop $l
                    (drop (memory.grow $a (i32.const 16))) (drop (memory.grow $b (i32.const 16)))
                    (br_if $l (i32.ne (memory.grow $c (i32.const 16)) (i32.const -1))))
                unreachable",
            ),
            &["(limit memory_bytes)"],
        ),
        Attack::refused(
            "many memories",
            memory(&"(memory 0)".repeat(100), ""),
            &["(limit memories)"],
        ),
        Attack::refused(
            "one memory more than may be",
            memory(&"(memory 0)".repeat(5), ""),
            &["(limit memories)"],
        ),
        Attack::refused(
            "a large memory from the start",
            memory("(memory 600)", ""),
            &["(limit memory_bytes)"],
        ),
        Attack::refused(
            "four gibibytes from the start",
            memory("(memory 65536)", ""),
            &["(limit memory_bytes)"],
        ),
        Attack::refused(
            "a memory of 64 bits",
            memory("(memory i64 1)", ""),
            &["not valid", "memory64"],
        ),
        Attack::refused(
            "a memory that is shared",
            memory("(memory 1 1 shared)", ""),
            &["not valid", "threads"],
        ),
        Attack::fails(
            "data outside of memory",
            memory(r#"(memory 1) (data (i32.const 65535) "xx")"#, ""),
            &["out of bounds memory access"],
        ),
        Attack::fails(
            "a read behind memory",
            memory(
                "(memory 1)",
                "(drop (i64.load offset=4294967288 (i32.const -1)))",
            ),
            &["out of bounds memory access"],
        ),
        Attack::fails(
            "a write behind memory",
            memory("(memory 1)", "(i32.store (i32.const 65533) (i32.const 1))"),
            &["out of bounds memory access"],
        ),
        Attack::fails(
            "a fill behind memory",
            memory(
                "(memory 1)",
                "(memory.fill (i32.const 1) (i32.const 1) (i32.const -1))",
            ),
            &["out of bounds memory access"],
        ),
        Attack::fails(
            "a copy from behind memory",
            memory(
                "(memory 1)",
                "(memory.copy (i32.const 0) (i32.const -9) (i32.const 8))",
            ),
            &["out of bounds memory access"],
        ),
        Attack::fails(
            "data that was dropped",
            memory(
                r#"(memory 1) (data $d "abc")"#,
                "(data.drop $d) (memory.init $d (i32.const 0) (i32.const 0) (i32.const 3))",
            ),
            &["out of bounds memory access"],
        ),
    ]
}
