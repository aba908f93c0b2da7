//! Functions over regular expressions.
//!
//! The engine takes at most text times pattern for one search, and never backtracks. A search
//! that finds something may have looked at the whole rest of the text, so a call with many
//! matches may take the square of the text; all of it is paid for.

use std::sync::Arc;

use regex::{Captures, Regex, RegexBuilder};

use super::{Builtin, row};
use crate::evaluate::{Eval, Run};
use crate::value::Value;

/// Sizes a compiled pattern may have, in KiB. The smallest that fits says what a search costs.
const SIZES: [usize; 4] = [1, 4, 16, 64];
/// Compiled patterns one evaluation keeps.
const MAX_KEPT: usize = 8;

pub(super) const TABLE: &[Builtin] = &[
    row(
        "matches",
        &[&["input", "pattern"], &["input", "pattern", "flags"]],
        false,
        |run, a| {
            let Some((text, pattern)) = text_and_pattern(run, a, 2)? else {
                return Ok(Value::Null);
            };
            pattern.pay(run, text.len())?;
            Ok(Value::Boolean(pattern.regex.is_match(text)))
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
    row("split", &[&["string", "delimiter"]], false, split),
    row("extract", &[&["string", "pattern"]], false, |run, a| {
        let Some((text, pattern)) = text_and_pattern(run, a, 2)? else {
            return Ok(Value::Null);
        };
        pattern.pay(run, text.len())?;
        let mut found = Vec::new();
        for part in pattern.regex.find_iter(text) {
            found.push(run.text(part.as_str())?);
            pattern.pay(run, text.len() - part.end())?;
        }
        run.list(found)
    }),
];

/// A compiled pattern.
#[derive(Clone)]
pub(crate) struct Pattern {
    source: Arc<str>,
    flags: Arc<str>,
    /// `None` when the pattern is wrong or too large.
    compiled: Option<Compiled>,
}

#[derive(Clone)]
struct Compiled {
    regex: Regex,
    kib: usize,
}

impl Compiled {
    /// Pays for one search: a byte takes some 30 to 120 ns for each KiB of the pattern.
    fn pay(&self, run: &mut Run<'_>, bytes: usize) -> Eval<()> {
        run.charge(bytes.saturating_mul(self.kib))
    }
}

fn text_and_pattern<'v>(
    run: &mut Run<'_>,
    a: &'v [Value],
    flags_at: usize,
) -> Eval<Option<(&'v str, Compiled)>> {
    let (Value::Text(text), Value::Text(pattern)) = (&a[0], &a[1]) else {
        return Ok(None);
    };
    let flags = match a.get(flags_at) {
        None | Some(Value::Null) => Arc::from(""),
        Some(Value::Text(flags)) => flags.clone(),
        Some(_) => return Ok(None),
    };
    Ok(compiled(run, pattern, &flags)?.map(|pattern| (&**text, pattern)))
}

fn compiled(run: &mut Run<'_>, source: &Arc<str>, flags: &Arc<str>) -> Eval<Option<Compiled>> {
    run.charge(1 + (source.len() + flags.len()) / 64)?;
    let known = run
        .patterns
        .iter()
        .find(|known| known.source == *source && known.flags == *flags);
    if let Some(known) = known {
        return Ok(known.compiled.clone());
    }
    let compiled = compile(run, source, flags)?;
    if run.patterns.len() == MAX_KEPT {
        run.patterns.remove(0);
    }
    run.patterns.push(Pattern {
        source: source.clone(),
        flags: flags.clone(),
        compiled: compiled.clone(),
    });
    Ok(compiled)
}

fn compile(run: &mut Run<'_>, source: &str, flags: &str) -> Eval<Option<Compiled>> {
    run.charge_text(source.len())?;
    if !flags.chars().all(|flag| "ismx".contains(flag)) {
        return Ok(None);
    }
    let ascii = ascii_classes(source);
    for kib in SIZES {
        // Compiling costs far more than reading the pattern.
        run.charge(500 + source.len().saturating_mul(20) + kib * 64)?;
        run.charge_bytes(kib as u64 * 4096)?;
        let built = RegexBuilder::new(&ascii)
            .size_limit(kib * 1024)
            .case_insensitive(flags.contains('i'))
            .dot_matches_new_line(flags.contains('s'))
            .multi_line(flags.contains('m'))
            .ignore_whitespace(flags.contains('x'))
            .build();
        match built {
            Ok(regex) => return Ok(Some(Compiled { regex, kib })),
            Err(regex::Error::CompiledTooBig(_)) => {}
            Err(_) => return Ok(None),
        }
    }
    Ok(None)
}

/// `\d`, `\w` and `\s` mean ASCII, as in Java; the Unicode classes are also dozens of times larger.
fn ascii_classes(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('d') => out.push_str("[0-9]"),
            Some('D') => out.push_str("[^0-9]"),
            Some('w') => out.push_str("[0-9A-Za-z_]"),
            Some('W') => out.push_str("[^0-9A-Za-z_]"),
            Some('s') => out.push_str(r"[ \t\n\x0B\f\r]"),
            Some('S') => out.push_str(r"[^ \t\n\x0B\f\r]"),
            Some(other) => out.extend(['\\', other]),
            None => out.push('\\'),
        }
    }
    out
}

fn split(run: &mut Run<'_>, a: &[Value]) -> Eval<Value> {
    let (Value::Text(text), Value::Text(delimiter)) = (&a[0], &a[1]) else {
        return Ok(Value::Null);
    };
    let mut parts = Vec::new();
    if !delimiter.is_empty() && regex::escape(delimiter) == **delimiter {
        run.charge((text.len() + delimiter.len()) / 16)?;
        for part in text.split(&**delimiter) {
            parts.push(run.text(part)?);
            run.charge_bytes(16)?;
        }
        return run.list(parts);
    }
    let Some((text, pattern)) = text_and_pattern(run, a, 2)? else {
        return Ok(Value::Null);
    };
    pattern.pay(run, text.len())?;
    let mut from = 0;
    for found in pattern.regex.find_iter(text) {
        parts.push(run.text(&text[from..found.start()])?);
        from = found.end();
        pattern.pay(run, text.len() - from)?;
    }
    parts.push(run.text(&text[from..])?);
    run.list(parts)
}

fn replace(run: &mut Run<'_>, a: &[Value]) -> Eval<Value> {
    let (Some((text, pattern)), Value::Text(replacement)) = (text_and_pattern(run, a, 3)?, &a[2])
    else {
        return Ok(Value::Null);
    };
    let groups = pattern.regex.captures_len();
    run.charge(replacement.len() / 16)?;
    let replacement = Replacement::parse(replacement, groups);
    // A search that records groups copies them at every step.
    let share = 1 + groups / 4;
    pattern.pay(run, text.len().saturating_mul(share))?;
    let mut out = String::new();
    let mut from = 0;
    for captures in pattern.regex.captures_iter(text) {
        let whole = captures.get(0).expect("group 0 is the whole match");
        run.charge_text(whole.start() - from)?;
        out.push_str(&text[from..whole.start()]);
        replacement.append(run, &captures, &mut out)?;
        from = whole.end();
        pattern.pay(run, (text.len() - from).saturating_mul(share))?;
    }
    out.push_str(&text[from..]);
    run.text(out)
}

/// A replacement: `$1` is a group, `\$` a dollar sign.
struct Replacement(Vec<Part>);

enum Part {
    Text(String),
    Group(usize),
}

impl Replacement {
    /// Of `$12` only so many digits count as there are groups.
    fn parse(source: &str, groups: usize) -> Self {
        let mut parts = Vec::new();
        let mut text = String::new();
        let mut chars = source.chars().peekable();
        while let Some(c) = chars.next() {
            match (c, chars.peek().copied()) {
                ('\\', Some(escaped @ ('$' | '\\'))) => {
                    chars.next();
                    text.push(escaped);
                }
                ('$', Some(digit)) if digit.is_ascii_digit() => {
                    chars.next();
                    let mut group = digit as usize - '0' as usize;
                    while let Some(digit) = chars.peek().and_then(|c| c.to_digit(10)) {
                        let longer = group * 10 + digit as usize;
                        if longer >= groups {
                            break;
                        }
                        group = longer;
                        chars.next();
                    }
                    parts.push(Part::Text(std::mem::take(&mut text)));
                    parts.push(Part::Group(group));
                }
                _ => text.push(c),
            }
        }
        parts.push(Part::Text(text));
        Self(parts)
    }

    fn append(&self, run: &mut Run<'_>, captures: &Captures<'_>, out: &mut String) -> Eval<()> {
        for part in &self.0 {
            let text = match part {
                Part::Text(text) => text,
                Part::Group(group) => captures.get(*group).map_or("", |found| found.as_str()),
            };
            run.charge(1)?;
            run.charge_text(text.len())?;
            out.push_str(text);
        }
        Ok(())
    }
}
