//! Numbers.

use super::{Builtin, row};
use crate::number::{Number, Rounding};
use crate::value::Value;

pub(super) const TABLE: &[Builtin] = &[
    row("abs", &[&["n"], &["number"]], true, |_, a| {
        Ok(match &a[0] {
            Value::Number(n) => Value::Number(n.absolute()),
            Value::DayTime(n) => n.checked_abs().map_or(Value::Null, Value::DayTime),
            Value::YearMonth(n) => n.checked_abs().map_or(Value::Null, Value::YearMonth),
            _ => Value::Null,
        })
    }),
    row(
        "decimal",
        &[&["n", "scale"], &["n", "scale", "mode"]],
        true,
        |_, a| {
            let rounding = match a.get(2) {
                None | Some(Value::Null) => Some(Rounding::HalfEven),
                Some(Value::Text(mode)) => named(mode),
                Some(_) => None,
            };
            Ok(rounding.map_or(Value::Null, |rounding| round(a, rounding)))
        },
    ),
    row("floor", &[&["n"], &["n", "scale"]], true, |_, a| {
        Ok(round(a, Rounding::Floor))
    }),
    row("ceiling", &[&["n"], &["n", "scale"]], true, |_, a| {
        Ok(round(a, Rounding::Ceiling))
    }),
    row("round up", &[&["n"], &["n", "scale"]], true, |_, a| {
        Ok(round(a, Rounding::Up))
    }),
    row("round down", &[&["n"], &["n", "scale"]], true, |_, a| {
        Ok(round(a, Rounding::Down))
    }),
    row("round half up", &[&["n"], &["n", "scale"]], true, |_, a| {
        Ok(round(a, Rounding::HalfUp))
    }),
    row(
        "round half down",
        &[&["n"], &["n", "scale"]],
        true,
        |_, a| Ok(round(a, Rounding::HalfDown)),
    ),
    row("modulo", &[&["dividend", "divisor"]], true, |_, a| {
        let (Value::Number(dividend), Value::Number(divisor)) = (&a[0], &a[1]) else {
            return Ok(Value::Null);
        };
        Ok(Value::number(dividend.modulo(*divisor)))
    }),
    row("odd", &[&["number"]], true, |_, a| {
        Ok(parity(&a[0], Number::from(1)))
    }),
    row("even", &[&["number"]], true, |_, a| {
        Ok(parity(&a[0], Number::ZERO))
    }),
    row("sqrt", &[&["number"]], true, |_, a| {
        Ok(map(&a[0], Number::square_root))
    }),
    row("log", &[&["number"]], false, |_, a| {
        Ok(map(&a[0], Number::logarithm))
    }),
    row("exp", &[&["number"]], false, |_, a| {
        Ok(map(&a[0], Number::exponential))
    }),
];

/// Camunda's names of rounding modes, which are Java's. `UNNECESSARY` fails there where a digit
/// would be lost, and gives `null` here.
fn named(mode: &str) -> Option<Rounding> {
    Some(match mode.to_ascii_uppercase().as_str() {
        "UP" => Rounding::Up,
        "DOWN" => Rounding::Down,
        "CEILING" => Rounding::Ceiling,
        "FLOOR" => Rounding::Floor,
        "HALF_UP" => Rounding::HalfUp,
        "HALF_DOWN" => Rounding::HalfDown,
        "HALF_EVEN" => Rounding::HalfEven,
        "UNNECESSARY" => Rounding::Unnecessary,
        _ => return None,
    })
}

fn map(value: &Value, function: impl Fn(Number) -> Option<Number>) -> Value {
    let Value::Number(number) = value else {
        return Value::Null;
    };
    Value::number(function(*number))
}

fn round(arguments: &[Value], rounding: Rounding) -> Value {
    let scale = match arguments.get(1) {
        None => Some(0),
        Some(Value::Number(scale)) => scale
            .truncated()
            .and_then(|scale| i32::try_from(scale).ok()),
        Some(_) => None,
    };
    let Some(scale) = scale else {
        return Value::Null;
    };
    map(&arguments[0], |number| number.round(rounding, scale))
}

fn parity(value: &Value, remainder: Number) -> Value {
    let Value::Number(number) = value else {
        return Value::Null;
    };
    Value::boolean(number.modulo(Number::from(2)).map(|rest| rest == remainder))
}
