//! The check that a guest's text is a JSON object that the rest of the host can read.

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

/// Checks that `text` is one JSON object nested at most `max_depth` deep. Runs in constant stack
/// whatever the text.
///
/// # Errors
/// What it is instead, as the rest of a sentence.
pub(crate) fn check_object(text: &str, max_depth: usize) -> Result<(), String> {
    check(text, max_depth, |deserializer| {
        deserializer.deserialize_map(Object)
    })
    .map_err(|reason| format!("is not a JSON object: {reason}"))
}

/// Checks that `text` is one JSON value nested at most `max_depth` deep.
///
/// # Errors
/// What it is instead, as the rest of a sentence.
pub(crate) fn check_value(text: &str, max_depth: usize) -> Result<(), String> {
    check(text, max_depth, |deserializer| {
        deserializer.deserialize_ignored_any(IgnoredAny).map(drop)
    })
    .map_err(|reason| format!("is not JSON: {reason}"))
}

type Text<'a, 'b> = &'b mut serde_json::Deserializer<serde_json::de::StrRead<'a>>;

fn check<'a>(
    text: &'a str,
    max_depth: usize,
    read: impl FnOnce(Text<'a, '_>) -> serde_json::Result<()>,
) -> Result<(), String> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = read(&mut deserializer).and_then(|()| deserializer.end());
    read.map_err(|error| error.to_string())?;
    check_depth_and_surrogates(text.as_bytes(), max_depth)
}

/// Ignoring a value is iterative in `serde_json` but looks neither at depth nor at the pairing of
/// surrogates. Expects valid JSON otherwise.
fn check_depth_and_surrogates(text: &[u8], max_depth: usize) -> Result<(), String> {
    let mut depth = 0usize;
    let mut in_string = false;
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => in_string = !in_string,
            b'\\' if text.get(at + 1) == Some(&b'u') => {
                let unit = code_unit(text, at);
                let next = code_unit(text, at + 6);
                match unit {
                    Some(0xd800..=0xdbff) if matches!(next, Some(0xdc00..=0xdfff)) => at += 6,
                    Some(0xd800..=0xdfff) => {
                        return Err(format!("half a surrogate pair at byte {at}"));
                    }
                    _ => {}
                }
                at += 5;
            }
            b'\\' => at += 1,
            b'{' | b'[' if !in_string => {
                depth += 1;
                if depth > max_depth {
                    return Err(format!(
                        "nested deeper than {max_depth} at byte {at} (limit json_depth)"
                    ));
                }
            }
            b'}' | b']' if !in_string => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    Ok(())
}

/// The UTF-16 code unit of the escape `\uXXXX` at `at`, if there is one.
fn code_unit(text: &[u8], at: usize) -> Option<u16> {
    let digits = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

struct Object;

impl<'de> Visitor<'de> for Object {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_pass_whatever_is_in_them() {
        for text in [
            "{}",
            " { } ",
            r#"{"a":1e999,"b":0.10000000000000000000000000001,"c":[null,true,"[[[{"]}"#,
            r#"{"a":"\ud83d\ude00 \\u0041 \u0041 \"","a":2}"#,
        ] {
            assert_eq!(check_object(text, 2), Ok(()), "{text}");
        }
    }

    #[test]
    fn anything_else_is_named() {
        for (text, reason) in [
            ("", "EOF"),
            ("[]", "expected an object"),
            ("null", "expected an object"),
            ("\"{}\"", "expected an object"),
            ("{} {}", "trailing"),
            ("{\"a\":}", "expected value"),
            ("{\"a\":01}", "invalid number"),
            ("{a:1}", "key must be a string"),
            (r#"{"a":"\ud800"}"#, "surrogate"),
            (r#"{"a":"\ude00\ud83d"}"#, "surrogate"),
            (r#"{"a":"\ud83d\u0041"}"#, "surrogate"),
            (r#"{"a":"\x"}"#, "invalid escape"),
        ] {
            let error = check_object(text, 10).unwrap_err();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }

    #[test]
    fn depth_is_bounded_at_its_edge_and_without_recursion() {
        let nested = |depth: usize| {
            format!(
                "{{\"a\":{}{}}}",
                "[".repeat(depth - 1),
                "]".repeat(depth - 1)
            )
        };
        assert_eq!(check_object(&nested(100), 100), Ok(()));
        assert!(
            check_object(&nested(101), 100)
                .unwrap_err()
                .contains("json_depth")
        );
        assert!(
            check_object(&nested(1_000_000), 100)
                .unwrap_err()
                .contains("json_depth")
        );
    }
}
