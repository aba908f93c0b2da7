//! Secrets, put into a request where it leaves the host.
//!
//! A guest writes `{{secret:NAME}}` and never gets to see the value. Header values and the query
//! are where services take credentials. A body is left alone: its length may be announced and its
//! digest signed before it is sent, it comes in pieces that may cut a placeholder in two, and a
//! body that was made from someone else's data could smuggle placeholders in.

use http::HeaderValue;
use http::uri::PathAndQuery;

/// Bytes of the name of a secret.
const NAME_BYTES: usize = 128;

/// What begins a placeholder. In a query each sign of it may be encoded.
const OPEN: [&str; 4] = [
    "{{secret:",
    "%7B%7Bsecret:",
    "{{secret%3A",
    "%7B%7Bsecret%3A",
];
const CLOSE: [&str; 2] = ["}}", "%7D%7D"];

/// Whether a text can be the name of a secret.
pub(crate) fn is_name(text: &str) -> bool {
    (1..=NAME_BYTES).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
}

/// Puts secrets into a header. `None` where none stands in it.
///
/// # Errors
/// Why a secret may not stand there, as the rest of a sentence. The value is never part of it.
pub(super) fn fill_header(
    value: &HeaderValue,
    secret: &mut dyn FnMut(&str) -> Result<String, String>,
) -> Result<Option<HeaderValue>, String> {
    let Ok(text) = std::str::from_utf8(value.as_bytes()) else {
        return Ok(None);
    };
    let mut last = String::new();
    let Some(filled) = fill(text, &OPEN[..1], &CLOSE[..1], &mut |name| {
        name.clone_into(&mut last);
        secret(name)
    })?
    else {
        return Ok(None);
    };
    let mut value = HeaderValue::from_bytes(filled.as_bytes()).map_err(|_| {
        format!(
            "needs the secret {last}, whose value has characters that no header can have (a line \
             break, perhaps); store it without"
        )
    })?;
    value.set_sensitive(true);
    Ok(Some(value))
}

/// Puts secrets into the query, percent-encoded. `None` where none stands in it.
///
/// # Errors
/// Why a secret may not stand there, as the rest of a sentence. The value is never part of it.
pub(super) fn fill_query(
    target: &PathAndQuery,
    secret: &mut dyn FnMut(&str) -> Result<String, String>,
) -> Result<Option<PathAndQuery>, String> {
    let path = target.path();
    if find(path, &OPEN).is_some() {
        return Err("has a secret in its path; secrets go into header values or the query".into());
    }
    let Some(query) = target.query() else {
        return Ok(None);
    };
    let encoded = &mut |name: &str| secret(name).map(|value| encode(&value));
    let Some(query) = fill(query, &OPEN, &CLOSE, encoded)? else {
        return Ok(None);
    };
    format!("{path}?{query}")
        .parse()
        .map(Some)
        .map_err(|_| "does not fit a URL once its secrets are put in".to_owned())
}

/// Replaces all placeholders.
fn fill(
    text: &str,
    open: &[&str],
    close: &[&str],
    secret: &mut dyn FnMut(&str) -> Result<String, String>,
) -> Result<Option<String>, String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((at, length)) = find(rest, open) {
        let after = &rest[at + length..];
        let Some((end, length)) = find(after, close) else {
            return Err("has a placeholder of a secret that does not end with '}}'".into());
        };
        let name = &after[..end];
        if !is_name(name) {
            return Err("has a placeholder of a secret with a name that no secret can have".into());
        }
        filled.push_str(&rest[..at]);
        filled.push_str(&secret(name)?);
        rest = &after[end + length..];
    }
    if rest.len() == text.len() {
        return Ok(None);
    }
    filled.push_str(rest);
    Ok(Some(filled))
}

/// Where the first of the signs stands, whatever the case of its letters, and its length.
fn find(text: &str, signs: &[&str]) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let at = |at: usize, sign: &str| {
        bytes
            .get(at..at + sign.len())
            .is_some_and(|part| part.eq_ignore_ascii_case(sign.as_bytes()))
    };
    (0..bytes.len()).find_map(|start| {
        let sign = signs.iter().find(|sign| at(start, sign))?;
        Some((start, sign.len()))
    })
}

fn encode(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes()
        .fold(String::with_capacity(text.len()), |mut encoded, byte| {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                encoded.push(char::from(byte));
            } else {
                // Writing to a string cannot fail.
                let _ = write!(encoded, "%{byte:02X}");
            }
            encoded
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(name: &str) -> Result<String, String> {
        match name {
            "KEY" => Ok("k&y/1".to_owned()),
            "BROKEN" => Ok("two\nlines".to_owned()),
            // What comes out is not looked at again.
            "NESTED" => Ok("{{secret:KEY}}".to_owned()),
            other => Err(format!("no {other}")),
        }
    }

    fn header(text: &str) -> Result<Option<String>, String> {
        let value = HeaderValue::from_str(text).unwrap();
        let filled = fill_header(&value, &mut secret)?;
        Ok(filled.map(|value| {
            assert!(value.is_sensitive());
            value.to_str().unwrap().to_owned()
        }))
    }

    fn query(text: &str) -> Result<Option<String>, String> {
        let filled = fill_query(&text.parse().unwrap(), &mut secret)?;
        Ok(filled.map(|target| target.to_string()))
    }

    #[test]
    fn placeholders_in_headers_are_replaced() {
        assert_eq!(
            header("Bearer {{secret:KEY}}"),
            Ok(Some("Bearer k&y/1".into()))
        );
        assert_eq!(
            header("{{secret:KEY}}{{secret:KEY}}."),
            Ok(Some("k&y/1k&y/1.".into()))
        );
        assert_eq!(
            header("{{secret:NESTED}}"),
            Ok(Some("{{secret:KEY}}".into()))
        );
        assert_eq!(header("{{ other }} {secret:KEY}"), Ok(None));
        // Encoding means nothing in a header.
        assert_eq!(header("%7B%7Bsecret:KEY%7D%7D"), Ok(None));
        for text in [
            "{{secret:}}",
            "{{secret:KEY",
            "{{secret:a b}}",
            "{{secret:OTHER}}",
            "{{secret:{{secret:KEY}}}}",
        ] {
            assert!(header(text).is_err(), "{text}");
        }
        let error = header("{{secret:BROKEN}}").unwrap_err();
        assert!(
            error.contains("BROKEN") && !error.contains("lines"),
            "{error}"
        );
    }

    #[test]
    fn placeholders_in_queries_are_replaced_and_encoded() {
        assert_eq!(
            query("/a?key={{secret:KEY}}&b=c"),
            Ok(Some("/a?key=k%26y%2F1&b=c".into()))
        );
        assert_eq!(
            query("/a?key=%7b%7Bsecret%3aKEY%7d%7D"),
            Ok(Some("/a?key=k%26y%2F1".into()))
        );
        assert_eq!(query("/a?b=c"), Ok(None));
        assert_eq!(query("/a"), Ok(None));
        for text in [
            "/{{secret:KEY}}",
            "/%7B%7Bsecret%3AKEY}}?a",
            "/a?{{secret:OTHER}}",
        ] {
            assert!(query(text).is_err(), "{text}");
        }
    }

    #[test]
    fn names_are_bounded() {
        assert!(is_name(&"a".repeat(NAME_BYTES)));
        assert!(!is_name(&"a".repeat(NAME_BYTES + 1)));
        assert!(!is_name(""));
        assert!(is_name("API_KEY-1.x") && !is_name("A B") && !is_name("É"));
    }
}
