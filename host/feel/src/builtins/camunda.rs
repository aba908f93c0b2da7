//! What Camunda 8 documents beside the other tables: assertions, randomness, and the mark that a
//! value comes from a language model.

use super::{Builtin, row};
use crate::error::EvaluationError;
use crate::evaluate::{Eval, Run};
use crate::number::Number;
use crate::value::Value;

/// Longest cause of a failed assertion that is kept, in characters.
const MAX_CAUSE: usize = 1000;
/// Random numbers have sixteen digits behind the point.
const RANDOM_STEPS: u64 = 10_000_000_000_000_000;

pub(super) const TABLE: &[Builtin] = &[
    row(
        "assert",
        &[&["value", "condition"], &["value", "condition", "cause"]],
        true,
        assert,
    ),
    row("uuid", &[&[]], true, |run, _| {
        let (high, low) = (run.draw()?.next(), run.draw()?.next());
        // Version 4, variant 1 (RFC 9562, 5.4).
        let high = (high & !0xf000) | 0x4000;
        let low = (low & !(0b11 << 62)) | (0b10 << 62);
        run.text(format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xffff,
            low >> 48,
            low & 0xffff_ffff_ffff
        ))
    }),
    row("random number", &[&[]], true, |run, _| {
        let drawn = run.draw()?.below(RANDOM_STEPS);
        Ok(Value::number(Number::parse(&format!("0.{drawn:016}"))))
    }),
    row(
        "fromAi",
        &[
            &["value"],
            &["value", "description"],
            &["value", "description", "type"],
            &["value", "description", "type", "schema"],
            &["value", "description", "type", "schema", "options"],
        ],
        true,
        |_, a| Ok(a[0].clone()),
    )
    .with_optional_names(),
];

fn assert(_: &mut Run<'_>, a: &[Value]) -> Eval<Value> {
    if matches!(a[1], Value::Boolean(true)) {
        return Ok(a[0].clone());
    }
    let cause = match a.get(2) {
        Some(Value::Text(cause)) => cause.chars().take(MAX_CAUSE).collect(),
        _ => String::from("The condition is not fulfilled"),
    };
    Err(EvaluationError::AssertionFailed {
        cause: cause.into(),
    })
}
