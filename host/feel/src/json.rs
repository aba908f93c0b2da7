//! JSON text to values and back. Numbers go through text, never through binary floating point.

mod write;

use std::sync::Arc;

pub(crate) use write::{plain, write, write_for_java, write_for_people};

use crate::ast::Suffix;
use crate::error::EvaluationError;
use crate::evaluate::{Eval, Run};
use crate::number::Number;
use crate::value::{Entries, Value};

/// Reads a variable.
pub(crate) fn read(text: &str, name: &str, run: &mut Run<'_>) -> Eval<Value> {
    let mut reader = Reader { text, at: 0, name };
    let value = reader.value(run, 0)?;
    reader.end()?;
    Ok(value)
}

/// Reads what [`locate`] found.
pub(crate) fn read_located(text: &str, name: &str, run: &mut Run<'_>) -> Eval<Value> {
    Reader { text, at: 0, name }.value(run, 0)
}

/// The part of a JSON text at a path of members, without reading the rest. A missing member is
/// `null`. `None` when the path leads through something that is no object.
pub(crate) fn locate<'t>(
    text: &'t str,
    path: &[Suffix],
    name: &str,
    run: &mut Run<'_>,
) -> Eval<Option<&'t str>> {
    let mut part = text;
    let limit = run.limits.max_value_nesting;
    for suffix in path {
        let Suffix::Member(member) = suffix else {
            return Ok(None);
        };
        run.charge(1 + part.len() / 64)?;
        let mut reader = Reader {
            text: part,
            at: 0,
            name,
        };
        reader.blank();
        match reader.peek() {
            Some(b'{') => part = reader.member(member, limit)?.unwrap_or("null"),
            Some(b'n') => part = "null",
            _ => return Ok(None),
        }
    }
    Ok(Some(part))
}

struct Reader<'t, 'n> {
    text: &'t str,
    at: usize,
    name: &'n str,
}

impl<'t> Reader<'t, '_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn invalid(&self, message: &str) -> EvaluationError {
        let message = format!("{message} at byte {}", self.at).into();
        EvaluationError::InvalidData {
            name: self.name.into(),
            message,
        }
    }

    fn too_deep(&self, limit: usize) -> EvaluationError {
        EvaluationError::DataTooDeep {
            name: self.name.into(),
            limit,
        }
    }

    fn end(&mut self) -> Eval<()> {
        self.blank();
        if self.at == self.text.len() {
            Ok(())
        } else {
            Err(self.invalid("unexpected text after the value"))
        }
    }

    fn expect(&mut self, byte: u8) -> Eval<()> {
        self.blank();
        if self.peek() != Some(byte) {
            return Err(self.invalid(&format!("expected `{}`", byte as char)));
        }
        self.at += 1;
        Ok(())
    }

    fn take(&mut self, byte: u8) -> bool {
        self.blank();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self, run: &mut Run<'_>, depth: usize) -> Eval<Value> {
        self.blank();
        match self.peek() {
            Some(b'{' | b'[') if depth == run.limits.max_value_nesting => {
                Err(self.too_deep(run.limits.max_value_nesting))
            }
            Some(b'{') => self.object(run, depth),
            Some(b'[') => self.array(run, depth),
            Some(b'"') => {
                let text = self.string()?;
                run.text(text)
            }
            Some(b't') => self.word("true", Value::Boolean(true)),
            Some(b'f') => self.word("false", Value::Boolean(false)),
            Some(b'n') => self.word("null", Value::Null),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(self.invalid("expected a value")),
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Eval<Value> {
        if !self.text[self.at..].starts_with(word) {
            return Err(self.invalid("expected a value"));
        }
        self.at += word.len();
        Ok(value)
    }

    fn object(&mut self, run: &mut Run<'_>, depth: usize) -> Eval<Value> {
        let mut entries = Entries::new();
        self.expect(b'{')?;
        if !self.take(b'}') {
            loop {
                self.blank();
                let key: Arc<str> = self.string()?.into();
                self.expect(b':')?;
                let value = self.value(run, depth + 1)?;
                entries.insert(key, value);
                if !self.take(b',') {
                    break;
                }
            }
            self.expect(b'}')?;
        }
        run.context(entries)
    }

    fn array(&mut self, run: &mut Run<'_>, depth: usize) -> Eval<Value> {
        let mut items = Vec::new();
        self.expect(b'[')?;
        if !self.take(b']') {
            loop {
                items.push(self.value(run, depth + 1)?);
                if !self.take(b',') {
                    break;
                }
            }
            self.expect(b']')?;
        }
        run.list(items)
    }

    fn digits(&mut self) -> usize {
        let from = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - from
    }

    fn number(&mut self) -> Eval<Value> {
        let from = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        let zero = self.peek() == Some(b'0');
        let whole = self.digits();
        let mut valid = whole > 0 && !(zero && whole > 1);
        if self.peek() == Some(b'.') {
            self.at += 1;
            valid &= self.digits() > 0;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            valid &= self.digits() > 0;
        }
        if !valid {
            return Err(self.invalid("expected a number"));
        }
        let text = &self.text[from..self.at];
        let number = Number::parse(text).ok_or_else(|| EvaluationError::NumberOutOfRange {
            name: self.name.into(),
            number: text.chars().take(60).collect::<String>().into(),
        })?;
        Ok(Value::Number(number))
    }

    /// Moves past a string and returns what stands between its quotes, escapes untouched.
    fn raw_string(&mut self) -> Eval<(&'t str, bool)> {
        if self.peek() != Some(b'"') {
            return Err(self.invalid("expected a string"));
        }
        self.at += 1;
        let from = self.at;
        let mut escaped = false;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.at += 2;
                }
                Some(0..=0x1f) | None => return Err(self.invalid("the string is never closed")),
                Some(_) => self.at += 1,
            }
        }
        let raw = self
            .text
            .get(from..self.at)
            .ok_or_else(|| self.invalid("bad escape"))?;
        self.at += 1;
        Ok((raw, escaped))
    }

    fn string(&mut self) -> Eval<std::borrow::Cow<'t, str>> {
        let from = self.at;
        let (raw, escaped) = self.raw_string()?;
        if !escaped {
            return Ok(raw.into());
        }
        let quoted = &self.text[from..self.at];
        serde_json::from_str::<String>(quoted)
            .map(Into::into)
            .map_err(|_| self.invalid("bad escape"))
    }

    /// The text of a member of the object that begins here; the last one of several counts, as
    /// when the whole object is read.
    fn member(&mut self, name: &str, limit: usize) -> Eval<Option<&'t str>> {
        let mut found = None;
        self.expect(b'{')?;
        if self.take(b'}') {
            return Ok(None);
        }
        loop {
            self.blank();
            let from = self.at;
            let (raw, escaped) = self.raw_string()?;
            let matches = if escaped {
                serde_json::from_str::<String>(&self.text[from..self.at])
                    .is_ok_and(|key| key == name)
            } else {
                raw == name
            };
            self.expect(b':')?;
            self.blank();
            let from = self.at;
            self.skip(limit)?;
            if matches {
                found = Some(&self.text[from..self.at]);
            }
            if !self.take(b',') {
                self.expect(b'}')?;
                return Ok(found);
            }
        }
    }

    /// Moves past a value. Inside a skipped value only brackets and strings are looked at.
    fn skip(&mut self, limit: usize) -> Eval<()> {
        let mut open = 0_usize;
        let from = self.at;
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.raw_string()?;
                }
                Some(b'{' | b'[') => {
                    open += 1;
                    self.at += 1;
                    if open > limit {
                        return Err(self.too_deep(limit));
                    }
                    continue;
                }
                Some(b'}' | b']') if open > 0 => {
                    open -= 1;
                    self.at += 1;
                }
                Some(b',' | b'}' | b']') | None if open == 0 && self.at > from => return Ok(()),
                None | Some(b'}' | b']') => return Err(self.invalid("expected a value")),
                Some(_) => {
                    self.at += 1;
                    continue;
                }
            }
            if open == 0 {
                return Ok(());
            }
        }
    }
}
