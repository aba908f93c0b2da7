//! Source text to tokens. Names follow Camunda 8: letters, digits and `_`, without spaces or
//! operators; any other name stands in backticks.

use crate::error::{CompileError, syntax};
use crate::limits::Limits;

/// A token and where it starts, in bytes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) at: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// A name or key word.
    Word(Box<str>),
    /// A name in backticks, never a key word.
    Quoted(Box<str>),
    Number(Box<str>),
    Text(Box<str>),
    Symbol(&'static str),
    End,
}

/// Longest first, so that `**` is not two `*`.
const SYMBOLS: [&str; 26] = [
    "**", "..", "!=", "<=", ">=", "->", "+", "-", "*", "/", "=", "<", ">", "(", ")", "[", "]", "{",
    "}", ",", ":", ".", "@", "?", // These two stand in names of decision models only.
    "'", "\u{2019}",
];

/// Splits a source into tokens, the last of them [`Kind::End`].
pub(crate) fn tokens(source: &str, limits: &Limits) -> Result<Vec<Token>, CompileError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    loop {
        at = skip_blank(source, at)?;
        let Some(first) = source[at..].chars().next() else {
            break;
        };
        if tokens.len() == limits.max_tokens {
            return Err(CompileError::TooManyTokens {
                limit: limits.max_tokens,
            });
        }
        let (kind, end) = token(source, at, first)?;
        tokens.push(Token { kind, at });
        at = end;
    }
    tokens.push(Token {
        kind: Kind::End,
        at,
    });
    Ok(tokens)
}

fn token(source: &str, at: usize, first: char) -> Result<(Kind, usize), CompileError> {
    let rest = &source[at..];
    if is_name_start(first) {
        let end = rest.find(|c: char| !is_name_part(c)).unwrap_or(rest.len());
        return Ok((Kind::Word(rest[..end].into()), at + end));
    }
    let digit_at = |i: usize| rest.as_bytes().get(i).is_some_and(u8::is_ascii_digit);
    if digit_at(0) || (first == '.' && digit_at(1)) {
        let end = number_end(rest.as_bytes());
        return Ok((Kind::Number(rest[..end].into()), at + end));
    }
    match first {
        '"' => text(source, at),
        '`' => {
            let end = rest[1..]
                .find('`')
                .ok_or_else(|| syntax(source, at, "the backtick is never closed"))?;
            Ok((Kind::Quoted(rest[1..=end].into()), at + end + 2))
        }
        _ => {
            let symbol = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol));
            let symbol =
                symbol.ok_or_else(|| syntax(source, at, "this character has no meaning here"))?;
            Ok((Kind::Symbol(symbol), at + symbol.len()))
        }
    }
}

fn is_name_start(c: char) -> bool {
    c.is_alphabetic()
        || matches!(c, '_' | '$' | '\u{200c}' | '\u{200d}' | '\u{2070}'..='\u{218f}')
        // Signs such as emoji (DMN 1.5, 10.3.1.2, rule 28).
        || matches!(c, '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}' | '\u{10000}'..='\u{effff}')
}

fn is_name_part(c: char) -> bool {
    is_name_start(c)
        || c.is_alphanumeric()
        || matches!(
            c,
            '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}' | '\u{2040}'
        )
}

/// Skips white space and comments.
fn skip_blank(source: &str, mut at: usize) -> Result<usize, CompileError> {
    loop {
        let rest = &source[at..];
        let trimmed = rest.trim_start();
        at += rest.len() - trimmed.len();
        if trimmed.starts_with("//") {
            at += trimmed.find('\n').unwrap_or(trimmed.len());
        } else if let Some(comment) = trimmed.strip_prefix("/*") {
            let end = comment
                .find("*/")
                .ok_or_else(|| syntax(source, at, "the comment is never closed"))?;
            at += 2 + end + 2;
        } else {
            return Ok(at);
        }
    }
}

/// The end of `1`, `1.5`, `.5`, `1e-5`; `1..5` ends after the first digit.
fn number_end(bytes: &[u8]) -> usize {
    let digits = |from: usize| {
        from + bytes[from..]
            .iter()
            .take_while(|b| b.is_ascii_digit())
            .count()
    };
    let mut end = digits(0);
    if bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        if bytes.get(end + 1 + sign).is_some_and(u8::is_ascii_digit) {
            end = digits(end + 1 + sign);
        }
    }
    end
}

fn hex(text: &str, length: usize) -> Option<u32> {
    let digits = text.get(..length)?;
    let valid = digits.bytes().all(|b| b.is_ascii_hexdigit());
    valid
        .then(|| u32::from_str_radix(digits, 16).ok())
        .flatten()
}

/// What follows `\u`: four digits, or a pair of surrogates as JSON and Java write them; and its
/// length.
fn utf16_escape(text: &str) -> Option<(char, usize)> {
    let first = hex(text, 4)?;
    if let Some(c) = char::from_u32(first) {
        return Some((c, 4));
    }
    let second = hex(text.get(4..)?.strip_prefix("\\u")?, 4)?;
    let units = [u16::try_from(first).ok()?, u16::try_from(second).ok()?];
    let decoded = char::decode_utf16(units).next()?.ok()?;
    Some((decoded, 10))
}

fn text(source: &str, at: usize) -> Result<(Kind, usize), CompileError> {
    let mut out = String::new();
    let mut chars = source[at + 1..].char_indices();
    while let Some((i, c)) = chars.next() {
        match c {
            '"' => return Ok((Kind::Text(out.into()), at + 1 + i + 1)),
            '\\' => {
                match chars.next() {
                    Some((_, 'n')) => out.push('\n'),
                    Some((_, 'r')) => out.push('\r'),
                    Some((_, 't')) => out.push('\t'),
                    Some((_, c @ ('"' | '\'' | '\\'))) => out.push(c),
                    Some((j, c @ ('u' | 'U'))) => {
                        let escaped = &source[at + 1 + j + 1..];
                        let decoded = if c == 'u' {
                            utf16_escape(escaped)
                        } else {
                            hex(escaped, 6).and_then(char::from_u32).map(|c| (c, 6))
                        };
                        let (decoded, length) = decoded.ok_or_else(|| {
                            syntax(source, at + 1 + i, "this is no Unicode escape")
                        })?;
                        out.push(decoded);
                        chars.nth(length - 1);
                    }
                    // A regular expression writes `\s` and the like; the backslash is kept.
                    Some((_, other)) => out.extend(['\\', other]),
                    None => break,
                }
            }
            _ => out.push(c),
        }
    }
    Err(syntax(source, at, "the text is never closed"))
}
