//! Texts. Positions count characters from 1.

use regex::{Regex, RegexBuilder};

use super::{ANY, Builtin, row};
use crate::evaluate::{Eval, Run};
use crate::json;
use crate::number::Number;
use crate::value::Value;

/// Bytes a compiled pattern may take.
const PATTERN_BYTES: usize = 1 << 20;

pub(super) const TABLE: &[Builtin] = &[
    row("string", &[&["from"]], true, string),
    row(
        "number",
        &[
            &["from"],
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
    row("is blank", &[&["string"]], true, |_, a| {
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
    row(
        "matches",
        &[&["input", "pattern"], &["input", "pattern", "flags"]],
        false,
        |run, a| {
            let (Some(text), Some(pattern)) = (text(&a[0]), pattern(run, a, 1, 2)?) else {
                return Ok(Value::Null);
            };
            run.charge(text.len())?;
            Ok(Value::Boolean(pattern.is_match(text)))
        },
    ),
    row(
        "replace",
        &[
            &["input", "pattern", "replacement"],
            &["input", "pattern", "replacement", "flags"],
        ],
        false,
        replace,
    ),
    row("split", &[&["string", "delimiter"]], false, |run, a| {
        let (Some(text), Some(pattern)) = (text(&a[0]), pattern(run, a, 1, 2)?) else {
            return Ok(Value::Null);
        };
        run.charge(text.len())?;
        let mut parts = Vec::new();
        for part in pattern.split(text) {
            parts.push(run.text(part)?);
        }
        run.list(parts)
    }),
    row("extract", &[&["string", "pattern"]], false, |run, a| {
        let (Some(text), Some(pattern)) = (text(&a[0]), pattern(run, a, 1, 2)?) else {
            return Ok(Value::Null);
        };
        run.charge(text.len())?;
        let mut found = Vec::new();
        for part in pattern.find_iter(text) {
            found.push(run.text(part.as_str())?);
        }
        run.list(found)
    }),
    row("to json", ANY, true, |run, a| {
        let [value] = a else { return Ok(Value::Null) };
        let written = json::write(value, run.limits.max_result_bytes)?;
        run.text(written)
    }),
    row("from json", &[&["value"]], true, |run, a| {
        let Some(text) = text(&a[0]) else {
            return Ok(Value::Null);
        };
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
        Some(text) => run.text(function(text)),
        None => Ok(Value::Null),
    }
}

fn test(run: &mut Run<'_>, a: &[Value], function: impl Fn(&str, &str) -> bool) -> Eval<Value> {
    let (Some(text), Some(part)) = (text(&a[0]), text(&a[1])) else {
        return Ok(Value::Null);
    };
    run.charge(text.len() / 64)?;
    Ok(Value::Boolean(function(text, part)))
}

fn string(run: &mut Run<'_>, a: &[Value]) -> Eval<Value> {
    match &a[0] {
        Value::Null | Value::Range(_) | Value::Function(_) => Ok(Value::Null),
        value @ (Value::List(_) | Value::Context(_)) => {
            let written = json::write(value, run.limits.max_result_bytes)?;
            run.text(written)
        }
        value => {
            let mut out = String::new();
            json::plain(&mut out, value);
            run.text(out)
        }
    }
}

fn number(_: &mut Run<'_>, a: &[Value]) -> Eval<Value> {
    let Some(text) = text(&a[0]) else {
        return Ok(Value::Null);
    };
    let mut digits = text.trim().to_owned();
    if let [_, grouping, decimal] = a {
        for (value, with) in [(grouping, ""), (decimal, ".")] {
            match value {
                Value::Text(separator) if [" ", ",", "."].contains(&&**separator) => {
                    digits = digits.replace(&**separator, with)
                }
                Value::Null => {}
                _ => return Ok(Value::Null),
            }
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

fn substring(run: &mut Run<'_>, a: &[Value]) -> Eval<Value> {
    let (Some(text), Value::Number(start)) = (text(&a[0]), &a[1]) else {
        return Ok(Value::Null);
    };
    run.charge(text.len() / 16)?;
    let count = text.chars().count();
    let Some(start) = start.to_i64().filter(|start| *start != 0) else {
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
            .to_i64()
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

/// A compiled pattern. The engine is linear in the text; a pattern it does not know is `null`.
fn pattern(run: &mut Run<'_>, a: &[Value], at: usize, flags_at: usize) -> Eval<Option<Regex>> {
    let (Some(pattern), flags) = (text(&a[at]), a.get(flags_at).and_then(text).unwrap_or(""))
    else {
        return Ok(None);
    };
    // Compiling costs far more than the pattern's length.
    run.charge(1000 + pattern.len() * 20)?;
    run.charge_bytes(PATTERN_BYTES as u64 / 16)?;
    let mut builder = RegexBuilder::new(pattern);
    builder
        .size_limit(PATTERN_BYTES)
        .dfa_size_limit(PATTERN_BYTES);
    builder
        .case_insensitive(flags.contains('i'))
        .dot_matches_new_line(flags.contains('s'));
    builder
        .multi_line(flags.contains('m'))
        .ignore_whitespace(flags.contains('x'));
    Ok(builder.build().ok())
}

fn replace(run: &mut Run<'_>, a: &[Value]) -> Eval<Value> {
    let (Some(text), Some(pattern), Some(replacement)) =
        (text(&a[0]), pattern(run, a, 1, 3)?, text(&a[2]))
    else {
        return Ok(Value::Null);
    };
    run.charge(text.len())?;
    let replacement = braced(replacement);
    let mut out = String::new();
    let mut from = 0;
    for captures in pattern.captures_iter(text) {
        let whole = captures.get(0).expect("group 0 is the whole match");
        let before = out.len();
        out.push_str(&text[from..whole.start()]);
        captures.expand(&replacement, &mut out);
        run.charge(1)?;
        run.charge_text(out.len() - before)?;
        from = whole.end();
    }
    out.push_str(&text[from..]);
    run.text(out)
}

/// `$1x` is group 1 and an `x`; the expansion would read a group named `1x`.
fn braced(replacement: &str) -> String {
    let mut out = String::with_capacity(replacement.len());
    let mut rest = replacement;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 {
            out.extend(["${", &rest[..digits], "}"]);
            rest = &rest[digits..];
        } else {
            out.push('$');
        }
    }
    out.push_str(rest);
    out
}
