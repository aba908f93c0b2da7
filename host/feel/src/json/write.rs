//! Values to JSON text.

use std::fmt::Write;

use crate::error::EvaluationError;
use crate::evaluate::Eval;
use crate::temporal::{write_date, write_day_time, write_year_month};
use crate::value::Value;

/// How a text differs from plain JSON.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    /// JSON; dates, times and durations are ISO 8601 strings.
    Json,
    /// JSON for Java: a moment in a named zone has its offset, and then the zone in brackets.
    Java,
    /// FEEL as people write it: spaces, keys without quotes where they are names, and dates, times
    /// and durations without quotes too.
    Feel,
}

/// Writes a value as JSON.
pub(crate) fn write(value: &Value, max_bytes: usize) -> Eval<String> {
    written(value, max_bytes, Style::Json)
}

/// Writes a value as `to json()` does.
pub(crate) fn write_for_java(value: &Value, max_bytes: usize) -> Eval<String> {
    written(value, max_bytes, Style::Java)
}

/// Writes a list or context as `string()` does.
pub(crate) fn write_for_people(value: &Value, max_bytes: usize) -> Eval<String> {
    written(value, max_bytes, Style::Feel)
}

fn written(value: &Value, max_bytes: usize, style: Style) -> Eval<String> {
    let mut out = String::new();
    append(&mut out, value, max_bytes, style)?;
    Ok(out)
}

fn append(out: &mut String, value: &Value, max: usize, style: Style) -> Eval<()> {
    let (comma, colon) = match style {
        Style::Json | Style::Java => (",", ":"),
        Style::Feel => (", ", ": "),
    };
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
                    out.push_str(comma);
                }
                append(out, item, max, style)?;
            }
            out.push(']');
        }
        Value::Context(context) => {
            out.push('{');
            for (position, (key, item)) in context.entries.iter().enumerate() {
                if position > 0 {
                    out.push_str(comma);
                }
                if style == Style::Feel && is_word(key) {
                    out.push_str(key);
                } else {
                    write_text(out, key);
                }
                out.push_str(colon);
                append(out, item, max, style)?;
            }
            out.push('}');
        }
        Value::DateTime(moment) if style == Style::Java => {
            out.push('"');
            display(out, moment.for_java());
            out.push('"');
        }
        Value::Date(_)
        | Value::Time(_)
        | Value::DateTime(_)
        | Value::DayTime(_)
        | Value::YearMonth(_) => {
            let quote = if style == Style::Feel { "" } else { "\"" };
            out.push_str(quote);
            plain(out, value);
            out.push_str(quote);
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

fn is_word(key: &str) -> bool {
    let mut characters = key.chars();
    characters
        .next()
        .is_some_and(|first| first.is_alphabetic() || first == '_')
        && characters.all(|c| c.is_alphanumeric() || c == '_')
}

/// The text of a value without members, as `string()` gives it.
pub(crate) fn plain(out: &mut String, value: &Value) {
    match value {
        Value::Text(text) => out.push_str(text),
        Value::Number(number) => display(out, number),
        Value::Boolean(boolean) => display(out, boolean),
        Value::Date(date) => write_date(out, *date).expect("a String takes every write"),
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
