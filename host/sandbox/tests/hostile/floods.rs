//! Steps that say too much: outputs, errors, logs.

use crate::attack::{ANSWER, Attack, runs, typed};
use crate::support::guest::{Guest, LOG, answer, failing, guest};

pub fn attacks() -> Vec<Attack> {
    let mut attacks = outputs();
    attacks.extend(errors());
    attacks.extend(logs());
    attacks
}

/// Answers this many bytes from an address on, as the case and member at which the text lies.
fn long(stores: &str, member: u32, bytes: u32) -> Guest {
    guest(&format!(
        "(drop (memory.grow (i32.const 400)))
         (memory.fill (i32.const 65536) (i32.const 120) (i32.const {bytes}))
         {stores}
         (i32.store (i32.const {member}) (i32.const 65536))
         (i32.store (i32.const {}) (i32.const {bytes})) (i32.const 1024)",
        member + 4
    ))
}

fn outputs() -> Vec<Attack> {
    const NONE: &[&str] = &["the output of the step", "not a JSON object"];
    let deep = |open: &str, close: &str, times: usize| {
        answer(&format!(
            "{{\"a\":{}1{}}}",
            open.repeat(times),
            close.repeat(times)
        ))
    };
    vec![
        Attack::fails(
            "a huge output",
            long("", 1032, 20_000_000),
            &["(limit output_bytes)"],
        ),
        Attack::fails(
            "an output a little too large",
            long("", 1032, (4 << 20) + 1),
            &["(limit output_bytes)"],
        ),
        Attack::fails(
            "lists nested too deep",
            deep("[", "]", 3_000),
            &["json_depth"],
        ),
        Attack::fails(
            "objects nested too deep",
            deep("{\"a\":", "}", 2_000),
            &["json_depth"],
        ),
        Attack::fails(
            "nesting without an end",
            deep("[", "", 6_000),
            &["the output of the step"],
        ),
        Attack::fails("an output that is not JSON", answer("<html>"), NONE),
        Attack::fails("an output that is a list", answer("[{}]"), NONE),
        Attack::fails("an output that is nothing", answer(""), NONE),
        Attack::fails("two outputs", answer("{}{}"), NONE),
        Attack::fails(
            "a typed list of too many values",
            typed(
                "",
                "(result (list u8))",
                r#"(func (export "f") (result i32) (drop (memory.grow (i32.const 100)))
                    (i32.store (i32.const 20) (i32.const 5000000)) (i32.const 16))"#,
            ),
            &["(limit typed_values)"],
        ),
    ]
}

fn errors() -> Vec<Attack> {
    const ERROR: &str = "(i32.store8 (i32.const 1024) (i32.const 1))";
    let case = |case: u8| format!("{ERROR} (i32.store8 (i32.const 1032) (i32.const {case}))");
    let name = "deeper".repeat(15_000);
    vec![
        Attack::fails(
            "a BPMN error with a huge code",
            long(&case(0), 1040, 1 << 20),
            &["(limit error_code_bytes)"],
        ),
        Attack::fails(
            "a BPMN error with a huge message",
            long(
                &format!(
                    "{} (i32.store (i32.const 1056) (i32.const 2048))
                     (i32.store (i32.const 1060) (i32.const 2))",
                    case(0)
                ),
                1048,
                1 << 20,
            )
            .data(2048, b"{}"),
            &["xxx [cut]"],
        ),
        Attack::fails(
            "a BPMN error with huge variables",
            long(&case(0), 1056, (4 << 20) + 1),
            &["(limit output_bytes)"],
        ),
        Attack::fails(
            "a BPMN error with deep variables",
            failing(
                0,
                &[
                    "code",
                    "text",
                    &format!("{{\"a\":{}{}}}", "[".repeat(900), "]".repeat(900)),
                ],
                "",
            ),
            &["json_depth"],
        ),
        Attack::fails(
            "a BPMN error whose variables are none",
            failing(0, &["code", "text", "null"], ""),
            &["`variables`"],
        ),
        Attack::fails(
            "a huge message",
            long(&case(1), 1040, 2 << 20),
            &["xxx [cut]"],
        ),
        Attack::fails(
            "a huge message of a permanent failure",
            long(&case(2), 1040, 2 << 20),
            &["xxx [cut]"],
        ),
        Attack::fails(
            "messages past all that may be handed over",
            long(&case(2), 1040, 20_000_000),
            &["(limit output_bytes)"],
        ),
        Attack::fails(
            "a trap in a function with a huge name",
            runs(&format!(
                r#"(func ${name} unreachable) (func (export "f") (call ${name}))"#
            )),
            &["unreachable", "[cut]"],
        ),
    ]
}

fn logs() -> Vec<Attack> {
    let flood = |name, text: &[u8], says| {
        let writes = guest(&format!(
            "(local $n i32) (local $out i32) (local.set $n (i32.const 3000))
             (local.set $out (call $stdout))
             (loop $l
                (call $write (local.get $out) (i32.const 2048) (i32.const {}) (i32.const 8192))
                (local.set $n (i32.sub (local.get $n) (i32.const 1)))
                (br_if $l (local.get $n))) {ANSWER}",
            text.len()
        ));
        Attack::answers(name, writes.data(2048, text).import(LOG), says)
    };
    vec![
        flood(
            "long lines",
            &[[b'x'; 999].as_slice(), b"\n"].concat(),
            &["limits log_bytes"],
        ),
        flood("many lines", b"a\n", &["1000 lines"]),
        flood("empty lines", b"\n", &["1000 lines"]),
        flood(
            "a line without an end",
            &[b'x'; 1000],
            &["limits log_bytes"],
        ),
        flood(
            "bytes that are no text",
            &[0xff; 1000],
            &["limits log_bytes"],
        ),
        Attack::fails(
            "a write of what is not there",
            guest(
                "(call $write (call $stdout) (i32.const 0) (i32.const -1) (i32.const 4096))
                 unreachable",
            )
            .import(LOG),
            &["out of bounds"],
        ),
        Attack::fails(
            "a write of all memory at once",
            guest(
                "(drop (memory.grow (i32.const 400)))
                 (call $write (call $stdout) (i32.const 0) (i32.const 20000000) (i32.const 4096))
                 unreachable",
            )
            .import(LOG),
            &["more than the host takes at one time"],
        ),
    ]
}
