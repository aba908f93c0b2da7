//! Steps that attack tables and what is called through them.

use crate::attack::{Attack, runs};

pub fn attacks() -> Vec<Attack> {
    let table = |fields: &str, instructions: &str| {
        runs(&format!(r#"{fields} (func (export "f") {instructions})"#))
    };
    vec![
        Attack::fails(
            "step by step",
            table(
                "(table $t 0 funcref)",
                "(loop $l (br_if $l (i32.ne
                    (table.grow $t (ref.null func) (i32.const 1000)) (i32.const -1)))) unreachable",
            ),
            &["(limit table_elements)"],
        ),
        Attack::fails(
            "all elements at once",
            table(
                "(table $t 0 funcref)",
                "(if (i32.eq (table.grow $t (ref.null func) (i32.const 4000000000)) (i32.const -1))
                    (then unreachable))",
            ),
            &["(limit table_elements)"],
        ),
        Attack::fails(
            "several tables that each grow",
            table(
                "(table $a 0 funcref) (table $b 0 funcref)",
                "(loop $l (drop (table.grow $a (ref.null func) (i32.const 1000)))
                    (br_if $l (i32.ne
                    (table.grow $b (ref.null func) (i32.const 1000)) (i32.const -1)))) unreachable",
            ),
            &["(limit table_elements)"],
        ),
        Attack::refused(
            "a table of what the host holds",
            table("(table 1 externref)", ""),
            &["not valid", "gc"],
        ),
        Attack::refused(
            "many tables",
            table(&"(table 0 funcref)".repeat(90), ""),
            &["(limit tables)"],
        ),
        Attack::refused(
            "one table more than may be",
            table(&"(table 0 funcref)".repeat(9), ""),
            &["(limit tables)"],
        ),
        Attack::refused(
            "a large table from the start",
            table("(table 100001 funcref)", ""),
            &["(limit table_elements)"],
        ),
        Attack::refused(
            "a table of four billion elements",
            table("(table 4294967295 funcref)", ""),
            &["table"],
        ),
        Attack::fails(
            "large tables from the start together",
            table(&"(table 60000 funcref)".repeat(2), ""),
            &["(limit table_elements)"],
        ),
        Attack::fails(
            "a fill behind a table",
            table(
                "(table $t 10 funcref)",
                "(table.fill $t (i32.const 5) (ref.null func) (i32.const -1))",
            ),
            &["out of bounds table access"],
        ),
        Attack::fails(
            "elements outside of a table",
            table(
                "(table 1 funcref) (elem (i32.const 1) func $g) (func $g)",
                "",
            ),
            &["out of bounds table access"],
        ),
        Attack::fails(
            "a call of nothing",
            table("(table 1 funcref)", "(call_indirect (i32.const 0))"),
            &["uninitialized element"],
        ),
        Attack::fails(
            "a call behind a table",
            table("(table 1 funcref)", "(call_indirect (i32.const -1))"),
            &["undefined element"],
        ),
        Attack::fails(
            "a call as another type",
            table(
                "(table 1 funcref) (elem (i32.const 0) func $g) (func $g (param i64))",
                "(call_indirect (param i32) (i32.const 1) (i32.const 0))",
            ),
            &["indirect call type mismatch"],
        ),
    ]
}
