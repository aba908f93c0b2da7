//! What a JSON text must keep to before it is taken apart.
//!
//! Variables are kept as the raw text they came as, and a reader that only skips over a value does
//! not look at its depth or into its texts. This pass does, once over the body, without a stack.

use std::fmt;

/// Why a JSON text is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    what: String,
    line: usize,
    column: usize,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} at line {} column {}",
            self.what, self.line, self.column
        )
    }
}

/// Checks that arrays and objects nest at most `deepest` deep and that every escaped surrogate in
/// a text has its other half. Everything else about the syntax is left to the parser.
///
/// # Errors
/// The first place that breaks a rule.
pub fn check(text: &str, deepest: usize) -> Result<(), Fault> {
    let bytes = text.as_bytes();
    let mut depth = 0usize;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'[' | b'{' => {
                depth += 1;
                if depth > deepest {
                    let what = format!("arrays and objects nest more than {deepest} deep");
                    return Err(fault(text, at, what));
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'"' => at = end_of_text(text, at)?,
            _ => {}
        }
        at += 1;
    }
    Ok(())
}

/// The position of the quote that ends the text which begins at `start`.
fn end_of_text(text: &str, start: usize) -> Result<usize, Fault> {
    let bytes = text.as_bytes();
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return Ok(at),
            b'\\' if bytes.get(at + 1) == Some(&b'u') => {
                at = end_of_escape(bytes, at)
                    .ok_or_else(|| fault(text, at, "half of a surrogate pair".to_owned()))?;
            }
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    Ok(bytes.len())
}

/// The position behind a `\u` escape, or behind the pair of them that makes one character.
fn end_of_escape(bytes: &[u8], at: usize) -> Option<usize> {
    match unit(bytes, at) {
        Some(0xD800..=0xDBFF) => match unit(bytes, at + 6) {
            Some(0xDC00..=0xDFFF) => Some(at + 12),
            _ => None,
        },
        Some(0xDC00..=0xDFFF) => None,
        // What is no escape at all is the parser's to refuse.
        Some(_) | None => Some(at + 2),
    }
}

fn unit(bytes: &[u8], at: usize) -> Option<u32> {
    let escape = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    let digits = std::str::from_utf8(escape).ok()?;
    u32::from_str_radix(digits, 16).ok()
}

fn fault(text: &str, at: usize, what: String) -> Fault {
    let before = &text.as_bytes()[..at];
    let line_start = before
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |end| end + 1);
    Fault {
        what,
        line: before.iter().filter(|byte| **byte == b'\n').count() + 1,
        column: String::from_utf8_lossy(&before[line_start..])
            .chars()
            .count()
            + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_is_checked_at_its_edge() {
        assert_eq!(check(r#"{"a": [1, {"b": "]}[{"}]}"#, 3), Ok(()));
        let fault = check("{\n \"a\": [1, {}]}", 2).unwrap_err();
        assert_eq!((fault.line, fault.column), (2, 11));
        assert_eq!(check(&"[".repeat(1_000_000), 64).unwrap_err().column, 65);
        assert_eq!(check(&"[]".repeat(1_000), 1), Ok(()));
    }

    #[test]
    fn a_quote_in_a_text_does_not_end_it() {
        assert_eq!(check(r#"["\"[[[[", "\\", []]"#, 2), Ok(()));
        assert!(check(r#"["\\", [[]]]"#, 2).is_err());
    }

    #[test]
    fn surrogates_come_in_pairs() {
        assert_eq!(check(r#""\ud83d\ude00 \u00e9""#, 1), Ok(()));
        for half in [
            r#""\ud83d""#,
            r#""\ude00""#,
            r#""\ud83dx""#,
            r#""\ud83d\u0041""#,
        ] {
            assert!(check(half, 1).is_err(), "{half}");
        }
    }

    #[test]
    fn an_unfinished_text_is_left_to_the_parser() {
        for text in [r#"""#, r#""\"#, r#""\u"#, r#""\u12"#, r#"{"a"#] {
            assert_eq!(check(text, 4), Ok(()), "{text}");
        }
    }
}
