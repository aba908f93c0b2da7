//! Steps whose values are not what the canonical ABI says they are.

use std::fmt::Write as _;

use crate::attack::{Attack, typed, typed_with};
use crate::support::guest::{Guest, echo, failing, guest};

/// Answers a string at an address with a length.
fn output(at: i32, length: i32) -> Guest {
    guest(&format!(
        "(i32.store (i32.const 1032) (i32.const {at}))
         (i32.store (i32.const 1036) (i32.const {length})) (i32.const 1024)"
    ))
}

/// Answers bytes that should be a string.
fn bytes(bytes: &[u8]) -> Guest {
    output(2048, i32::try_from(bytes.len()).unwrap()).data(2048, bytes)
}

/// Answers one number as a value of a type.
fn flat(types: &str, ty: &str, number: i64) -> Vec<u8> {
    typed(
        types,
        &format!("(result {ty})"),
        &format!(r#"(func (export "f") (result i32) (i32.const {number}))"#),
    )
}

/// Answers a list of a type at an address with a length.
fn list(ty: &str, at: i64, length: i64) -> Vec<u8> {
    typed(
        "",
        &format!("(result (list {ty}))"),
        &format!(
            r#"(func (export "f") (result i32)
                (i32.store (i32.const 16) (i32.const {at}))
                (i32.store (i32.const 20) (i32.const {length})) (i32.const 16))"#
        ),
    )
}

/// Answers a string in another encoding, at an address with a length.
fn encoded(encoding: &str, at: i64, length: i64, data: &str) -> Vec<u8> {
    typed_with(
        "",
        "(result string)",
        &format!(
            r#"(data (i32.const 2048) "{data}") (func (export "f") (result i32)
                (i32.store (i32.const 16) (i32.const {at}))
                (i32.store (i32.const 20) (i32.const {length})) (i32.const 16))"#
        ),
        "(i32.const 4096)",
        &format!("string-encoding={encoding}"),
    )
}

const UTF8: &[&str] = &["broke its contract", "utf-8"];
const BOUNDS: &[&str] = &["out of bounds"];

pub fn attacks() -> Vec<Attack> {
    let mut attacks = strings();
    attacks.extend(addresses());
    attacks.extend(values());
    attacks
}

fn strings() -> Vec<Attack> {
    vec![
        Attack::fails("a string outside of memory", output(-16, 8), BOUNDS),
        Attack::fails(
            "a string across the end of memory",
            output(131_064, 9),
            BOUNDS,
        ),
        Attack::fails("a string longer than memory", output(0, -1), BOUNDS),
        Attack::fails(
            "an address and length that overflow",
            output(-8, 16),
            BOUNDS,
        ),
        Attack::fails("bytes that are no UTF-8", bytes(b"{\xff"), UTF8),
        Attack::fails(
            "half of a surrogate pair",
            bytes(b"{\"a\":\"\xed\xa0\x80\"}"),
            UTF8,
        ),
        Attack::fails("a zero in two bytes", bytes(b"{\"a\":\"\xc0\x80\"}"), UTF8),
        Attack::fails("a character that is cut", bytes(b"{\"a\":\"\xe2\x82"), UTF8),
        Attack::fails(
            "a character beyond the last",
            bytes(b"\xf4\x90\x80\x80"),
            UTF8,
        ),
        Attack::fails(
            "half of a pair in UTF-16",
            encoded("utf16", 2048, 1, r"\00\d8"),
            &["broke its contract", "unpaired surrogate"],
        ),
        Attack::fails(
            "UTF-16 at an odd address",
            encoded("utf16", 2049, 1, "aaaa"),
            &["aligned"],
        ),
        Attack::fails(
            "UTF-16 whose length overflows",
            encoded("utf16", 2048, 0x8000_0001, "aaaa"),
            BOUNDS,
        ),
        Attack::fails(
            "Latin-1 that says it is UTF-16, outside of memory",
            encoded("latin1+utf16", 2048, 0xffff_ffff, "aaaa"),
            BOUNDS,
        ),
    ]
}

fn addresses() -> Vec<Attack> {
    let input = |realloc: &str| echo().realloc(realloc);
    vec![
        Attack::fails(
            "a result outside of memory",
            guest("(i32.const -8)"),
            BOUNDS,
        ),
        Attack::fails(
            "a result at an odd address",
            guest("(i32.const 1025)"),
            &["aligned"],
        ),
        Attack::fails(
            "room for the input outside of memory",
            input("(i32.const -8)"),
            &["broke its contract", "beyond end of memory"],
        ),
        Attack::fails(
            "room for the input at an odd address",
            input("(i32.const 4097)"),
            &["aligned"],
        ),
        Attack::fails(
            "room for the input across the end of memory",
            input("(i32.const 131064)"),
            &["broke its contract", "beyond end of memory"],
        ),
        Attack::fails(
            "a trap where memory is asked for",
            input("unreachable"),
            &["unreachable"],
        ),
        Attack::answers(
            "the same room for everything",
            echo().realloc("(i32.const 4096)"),
            &[],
        ),
        Attack::fails("a list outside of memory", list("u64", -64, 8), BOUNDS),
        Attack::fails(
            "a list at an odd address",
            list("u64", 2049, 1),
            &["aligned"],
        ),
        Attack::fails(
            "a list whose size overflows to 8",
            list("u64", 2048, 0x2000_0001),
            BOUNDS,
        ),
        Attack::fails(
            "a list of bytes as long as all addresses",
            list("u8", 0, 0xffff_ffff),
            BOUNDS,
        ),
        Attack::fails(
            "a list of lists whose addresses are noise",
            typed(
                "",
                "(result (list (list string)))",
                r#"(func (export "f") (result i32)
                    (memory.fill (i32.const 2048) (i32.const 254) (i32.const 800))
                    (i32.store (i32.const 16) (i32.const 2048))
                    (i32.store (i32.const 20) (i32.const 100)) (i32.const 16))"#,
            ),
            &["broke its contract"],
        ),
        Attack::fails(
            "a list that is its own element",
            typed(
                "",
                "(result (list (list (list (list u32)))))",
                r#"(func (export "f") (result i32)
                    (local $n i32) (local.set $n (i32.const 0))
                    (loop $l
                        (i32.store (i32.add (i32.const 2048) (local.get $n)) (i32.const 2048))
                        (i32.store (i32.add (i32.const 2052) (local.get $n)) (i32.const 8000))
                        (local.set $n (i32.add (local.get $n) (i32.const 8)))
                        (br_if $l (i32.lt_u (local.get $n) (i32.const 64000))))
                    (i32.const 2048))"#,
            ),
            &["(limit typed_values)"],
        ),
    ]
}

fn values() -> Vec<Attack> {
    const COLOURS: &str = r#"(type $c (enum "red" "green")) (export $t "colour" (type $c))"#;
    const FLAGS: &str = r#"(type $c (flags "red" "green")) (export $t "colours" (type $c))"#;
    const SHAPES: &str = r#"(type $c (variant (case "circle" u64) (case "none")))
        (export $t "shape" (type $c))"#;
    let in_memory = |types: &str, ty: &str, byte: u8| {
        typed(
            types,
            &format!("(result {ty})"),
            &format!(
                r#"(func (export "f") (result i32)
                    (i32.store8 (i32.const 16) (i32.const {byte})) (i32.const 16))"#
            ),
        )
    };
    let nested = |depth: usize| {
        let mut types = "(type $t0 (list u8))".to_owned();
        for at in 1..depth {
            let _ = write!(types, "(type $t{at} (list $t{}))", at - 1);
        }
        typed(
            &types,
            &format!("(result $t{})", depth - 1),
            r#"(func (export "f") (result i32) (i32.const 16))"#,
        )
    };
    vec![
        Attack::fails(
            "a case of the result that there is not",
            guest("(i32.store8 (i32.const 1024) (i32.const 7)) (i32.const 1024)"),
            &["broke its contract", "discriminant"],
        ),
        Attack::fails(
            "a case of the failure that there is not",
            failing(9, &["text"], ""),
            &["broke its contract", "discriminant"],
        ),
        Attack::fails(
            "an option that is neither",
            failing(1, &["text"], "(i32.store8 (i32.const 1048) (i32.const 2))"),
            &["broke its contract", "discriminant"],
        ),
        Attack::fails(
            "a surrogate as a character",
            flat("", "char", 0xd800),
            &["broke its contract", "char"],
        ),
        Attack::fails(
            "a character past the last",
            flat("", "char", 0x11_0000),
            &["broke its contract", "char"],
        ),
        Attack::fails(
            "a negative character",
            flat("", "char", -1),
            &["broke its contract", "char"],
        ),
        Attack::fails(
            "an enum past its last case",
            flat(COLOURS, "$t", 2),
            &["broke its contract", "discriminant"],
        ),
        Attack::fails(
            "an enum far past its last case",
            flat(COLOURS, "$t", -1),
            &["broke its contract", "discriminant"],
        ),
        Attack::fails(
            "a variant past its last case",
            in_memory(SHAPES, "$t", 2),
            &["broke its contract", "discriminant"],
        ),
        Attack::fails(
            "a variant of 255",
            in_memory(SHAPES, "$t", 255),
            &["broke its contract", "discriminant"],
        ),
        Attack::answers("a truth of two", flat("", "bool", 2), &["true"]),
        Attack::answers(
            "flags that there are not",
            flat(FLAGS, "$t", -1),
            &["red", "green"],
        ),
        Attack::answers("a byte of 32 bits", flat("", "u8", -1), &["255"]),
        Attack::answers("a short of 32 bits", flat("", "s16", 0x1_8000), &["-32768"]),
        Attack::refused("types nested 40 deep", nested(40), &["(limit typed_depth)"]),
        Attack::refused("types nested 2,000 deep", nested(2_000), &["nest"]),
    ]
}
