//! Names with `*` in them.

/// Whether `text` is what `pattern` describes, in which `*` stands for any text, also for none.
///
/// Takes time in proportion to the two together, whatever they are: both come from tenants.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let Some(mut rest) = text.strip_prefix(pieces.next().unwrap_or_default()) else {
        return false;
    };
    let Some(last) = pieces.next_back() else {
        return rest.is_empty();
    };
    // The first place is as good as any: what follows has the more left to lie in.
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text) in [
            ("*", ""),
            ("*", "anything"),
            ("orders*", "orders"),
            ("orders*", "orders-2024"),
            ("*/status", "/v1/status"),
            ("/v1/*/lines/*", "/v1/7/lines/"),
            ("a*b*c", "abbbc"),
            ("a*a", "aa"),
            ("**", "x"),
            ("", ""),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("", "x"),
            ("orders", "orders-2024"),
            ("orders*", "order"),
            ("a*a", "a"),
            ("a*b*c", "acb"),
            ("*/status", "/v1/status/"),
            ("/v1/*/lines/*", "/v1/lines/3"),
        ] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }
}
