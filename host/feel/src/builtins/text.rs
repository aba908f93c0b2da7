//! Texts. Positions count characters from 1.

use super::{Builtin, row};
use crate::evaluate::{Eval, Run};
use crate::json;
use crate::number::Number;
use crate::value::Value;

pub(super) const TABLE: &[Builtin] = &[
    row("string", &[&["from"]], true, string),
    row(
        "number",
        &[
            &["from"],
            &["from", "grouping separator"],
            &["from", "grouping separator", "decimal separator"],
        ],
        true,
        number,
    ),
    row("string length", &[&["string"]], true, |run, a| {
        let Some(text) = text(&a[0]) else {
            return Ok(Value::Null);
        };
        run.charge(text.len() / 64)?;
        Ok(Value::integer(text.chars().count()))
    }),
    row("upper case", &[&["string"]], true, |run, a| {
        map(run, a, str::to_uppercase)
    }),
    row("lower case", &[&["string"]], true, |run, a| {
        map(run, a, str::to_lowercase)
    }),
    row("trim", &[&["string"]], true, |run, a| {
        map(run, a, |text| text.trim().to_owned())
    }),
    row("is blank", &[&["string"]], true, |run, a| {
        run.charge(a[0].weight())?;
        Ok(Value::boolean(
            text(&a[0]).map(|text| text.trim().is_empty()),
        ))
    }),
    row("contains", &[&["string", "match"]], true, |run, a| {
        test(run, a, |text, part| text.contains(part))
    }),
    row("starts with", &[&["string", "match"]], true, |run, a| {
        test(run, a, |text, part| text.starts_with(part))
    }),
    row("ends with", &[&["string", "match"]], true, |run, a| {
        test(run, a, |text, part| text.ends_with(part))
    }),
    row(
        "substring",
        &[
            &["string", "start position"],
            &["string", "start position", "length"],
        ],
        true,
        substring,
    ),
    row(
        "substring before",
        &[&["string", "match"]],
        true,
        |run, a| {
            let (Some(text), Some(part)) = (text(&a[0]), text(&a[1])) else {
                return Ok(Value::Null);
            };
            run.charge((text.len() + part.len()) / 64)?;
            run.text(text.split_once(part).map_or("", |(before, _)| before))
        },
    ),
    row(
        "substring after",
        &[&["string", "match"]],
        true,
        |run, a| {
            let (Some(text), Some(part)) = (text(&a[0]), text(&a[1])) else {
                return Ok(Value::Null);
            };
            run.charge((text.len() + part.len()) / 64)?;
            run.text(text.split_once(part).map_or("", |(_, after)| after))
        },
    ),
    row(
        "string join",
        &[
            &["list"],
            &["list", "delimiter"],
            &["list", "delimiter", "prefix", "suffix"],
        ],
        false,
        join,
    ),
    row("to json", &[&["value"]], false, |run, a| {
        let written = json::write_for_java(&a[0], run.limits.max_result_bytes)?;
        run.text(written)
    }),
    row("to base64", &[&["value"]], false, |run, a| {
        let Some(text) = text(&a[0]) else {
            return Ok(Value::Null);
        };
        run.charge_text(text.len() / 3 * 4 + 4)?;
        run.text(base64(text.as_bytes()))
    }),
    row("from json", &[&["value"]], true, |run, a| {
        let Some(text) = text(&a[0]) else {
            return Ok(Value::Null);
        };
        run.charge(text.len() / 64)?;
        match json::read(text, "from json", run) {
            Err(crate::EvaluationError::InvalidData { .. }) => Ok(Value::Null),
            read => read,
        }
    }),
];

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

fn map(run: &mut Run<'_>, a: &[Value], function: impl Fn(&str) -> String) -> Eval<Value> {
    match text(&a[0]) {
        Some(text) => {
            run.charge(text.len() / 16)?;
            run.text(function(text))
        }
        None => Ok(Value::Null),
    }
}

fn test(run: &mut Run<'_>, a: &[Value], function: impl Fn(&str, &str) -> bool) -> Eval<Value> {
    let (Some(text), Some(part)) = (text(&a[0]), text(&a[1])) else {
        return Ok(Value::Null);
    };
    run.charge((text.len() + part.len()) / 64)?;
    Ok(Value::Boolean(function(text, part)))
}

fn string(run: &mut Run<'_>, a: &[Value]) -> Eval<Value> {
    match &a[0] {
        Value::Null | Value::Range(_) | Value::Function(_) => Ok(Value::Null),
        value @ (Value::List(_) | Value::Context(_)) => {
            let written = json::write_for_people(value, run.limits.max_result_bytes)?;
            run.text(written)
        }
        value => {
            let mut out = String::new();
            json::plain(&mut out, value);
            run.text(out)
        }
    }
}

fn number(run: &mut Run<'_>, a: &[Value]) -> Eval<Value> {
    let Some(text) = text(&a[0]) else {
        return Ok(Value::Null);
    };
    run.charge(text.len() / 8)?;
    let separator = |at: usize| a.get(at).filter(|value| !matches!(value, Value::Null));
    if let (Some(grouping), Some(decimal)) = (separator(1), separator(2))
        && grouping.equals(decimal) == Some(true)
    {
        return Ok(Value::Null);
    }
    if matches!(separator(2), Some(Value::Text(point)) if **point == *" ") {
        return Ok(Value::Null);
    }
    let mut digits = text.trim().to_owned();
    for (value, with) in a[1..].iter().zip(["", "."]) {
        match value {
            Value::Text(separator) if [" ", ",", "."].contains(&&**separator) => {
                digits = digits.replace(&**separator, with)
            }
            Value::Null => {}
            _ => return Ok(Value::Null),
        }
    }
    let valid = digits.bytes().any(|b| b.is_ascii_digit())
        && digits
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'))
        && digits.parse::<f64>().is_ok();
    Ok(Value::number(
        valid.then(|| Number::parse(&digits)).flatten(),
    ))
}

/// Base64 with padding (RFC 4648, 4).
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for part in bytes.chunks(3) {
        let group = part
            .iter()
            .chain(&[0, 0])
            .take(3)
            .fold(0_usize, |group, byte| group << 8 | usize::from(*byte));
        for digit in 0..4 {
            out.push(if digit > part.len() {
                '='
            } else {
                char::from(DIGITS[group >> (18 - 6 * digit) & 63])
            });
        }
    }
    out
}

fn substring(run: &mut Run<'_>, a: &[Value]) -> Eval<Value> {
    let (Some(text), Value::Number(start)) = (text(&a[0]), &a[1]) else {
        return Ok(Value::Null);
    };
    run.charge(text.len() / 16)?;
    let count = text.chars().count();
    let Some(start) = start.truncated().filter(|start| *start != 0) else {
        return Ok(Value::Null);
    };
    let distance = usize::try_from(start.unsigned_abs()).unwrap_or(usize::MAX);
    let from = if start > 0 {
        distance - 1
    } else {
        count.saturating_sub(distance)
    };
    let length = match a.get(2) {
        None => count,
        Some(Value::Number(length)) => length
            .truncated()
            .and_then(|n| usize::try_from(n).ok())
            .unwrap_or(0),
        Some(_) => return Ok(Value::Null),
    };
    run.text(text.chars().skip(from).take(length).collect::<String>())
}

fn join(run: &mut Run<'_>, a: &[Value]) -> Eval<Value> {
    let Value::List(list) = &a[0] else {
        return Ok(Value::Null);
    };
    let option = |at: usize| a.get(at).and_then(text).unwrap_or("");
    let (delimiter, prefix, suffix) = (option(1), option(2), option(3));
    let mut out = String::from(prefix);
    let mut first = true;
    for item in &list.items {
        let part = match item {
            Value::Null => continue,
            Value::Text(text) => text,
            _ => return Ok(Value::Null),
        };
        run.charge(1)?;
        run.charge_text(part.len() + delimiter.len())?;
        if !first {
            out.push_str(delimiter);
        }
        first = false;
        out.push_str(part);
    }
    out.push_str(suffix);
    run.text(out)
}
