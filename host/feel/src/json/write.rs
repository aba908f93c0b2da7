//! Values to JSON text.

use std::fmt::Write;

use crate::error::EvaluationError;
use crate::evaluate::Eval;
use crate::temporal::{write_day_time, write_year_month};
use crate::value::Value;

/// Writes a value; dates, times and durations become ISO 8601 strings.
pub(crate) fn write(value: &Value, max_bytes: usize) -> Eval<String> {
    let mut out = String::new();
    append(&mut out, value, max_bytes, plain)?;
    Ok(out)
}

/// Writes a value as `to json()` does: a moment in a named zone has its offset, and then the zone
/// in brackets, as Java reads it.
pub(crate) fn write_for_java(value: &Value, max_bytes: usize) -> Eval<String> {
    let mut out = String::new();
    append(&mut out, value, max_bytes, |out, value| match value {
        Value::DateTime(moment) => display(out, moment.for_java()),
        other => plain(out, other),
    })?;
    Ok(out)
}

/// How a value without members is written.
type Plain = fn(&mut String, &Value);

fn append(out: &mut String, value: &Value, max: usize, plain: Plain) -> Eval<()> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Boolean(true) => out.push_str("true"),
        Value::Boolean(false) => out.push_str("false"),
        Value::Number(number) => display(out, number),
        Value::Text(text) => write_text(out, text),
        Value::List(list) => {
            out.push('[');
            for (position, item) in list.items.iter().enumerate() {
                if position > 0 {
                    out.push(',');
                }
                append(out, item, max, plain)?;
            }
            out.push(']');
        }
        Value::Context(context) => {
            out.push('{');
            for (position, (key, item)) in context.entries.iter().enumerate() {
                if position > 0 {
                    out.push(',');
                }
                write_text(out, key);
                out.push(':');
                append(out, item, max, plain)?;
            }
            out.push('}');
        }
        Value::Date(_)
        | Value::Time(_)
        | Value::DateTime(_)
        | Value::DayTime(_)
        | Value::YearMonth(_) => {
            out.push('"');
            plain(out, value);
            out.push('"');
        }
        Value::Range(_) | Value::Function(_) => {
            return Err(EvaluationError::NoJsonForm {
                kind: value.type_name().into(),
            });
        }
    }
    if out.len() > max {
        Err(EvaluationError::ResultTooLarge { limit: max })
    } else {
        Ok(())
    }
}

/// The text of a value without members, as `string()` gives it.
pub(crate) fn plain(out: &mut String, value: &Value) {
    match value {
        Value::Text(text) => out.push_str(text),
        Value::Number(number) => display(out, number),
        Value::Boolean(boolean) => display(out, boolean),
        Value::Date(date) => display(out, date),
        Value::Time(time) => display(out, time),
        Value::DateTime(moment) => display(out, moment),
        Value::DayTime(nanos) => write_day_time(out, *nanos).expect("a String takes every write"),
        Value::YearMonth(months) => {
            write_year_month(out, *months).expect("a String takes every write")
        }
        _ => {}
    }
}

fn display(out: &mut String, value: impl std::fmt::Display) {
    write!(out, "{value}").expect("a String takes every write");
}

/// Writes a JSON string.
fn write_text(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c < ' ' || c == '"' || c == '\\') {
        out.push_str(&rest[..at]);
        match rest.as_bytes()[at] {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            control => write!(out, "\\u{control:04x}").expect("a String takes every write"),
        }
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
    out.push('"');
}
