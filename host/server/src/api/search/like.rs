//! The patterns of `$like`.

/// A pattern in which `*` stands for any text, `?` for one character, and `\` takes the meaning
/// from the character behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    parts: Vec<Part>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Exactly(char),
    AnyOne,
    AnyText,
}

impl Pattern {
    /// Reads a pattern; every text is one.
    pub fn new(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            let part = match c {
                '*' => Part::AnyText,
                '?' => Part::AnyOne,
                '\\' => Part::Exactly(chars.next().unwrap_or('\\')),
                c => Part::Exactly(c),
            };
            if part != Part::AnyText || parts.last() != Some(&Part::AnyText) {
                parts.push(part);
            }
        }
        Self { parts }
    }

    /// Whether all of `text` fits the pattern.
    pub fn fits(&self, text: &str) -> bool {
        let mut rest = text.chars();
        let mut at = 0;
        // The last `*`, and where what it does not take begins.
        let mut again: Option<(usize, std::str::Chars<'_>)> = None;
        loop {
            let mut next = rest.clone();
            let fits = match (self.parts.get(at), next.next()) {
                (Some(Part::AnyText), _) => {
                    again = Some((at, rest.clone()));
                    at += 1;
                    continue;
                }
                (None, None) => return true,
                (Some(Part::AnyOne), Some(_)) => true,
                (Some(Part::Exactly(wanted)), Some(c)) => *wanted == c,
                (None, Some(_)) | (Some(_), None) => false,
            };
            if fits {
                at += 1;
                rest = next;
                continue;
            }
            // The last `*` takes one character more, if there is one.
            let Some((star, from)) = &mut again else {
                return false;
            };
            if from.next().is_none() {
                return false;
            }
            at = *star + 1;
            rest = from.clone();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stand_for_texts_and_characters() {
        for (pattern, text) in [
            ("", ""),
            ("*", ""),
            ("*", "anything"),
            ("order-*", "order-"),
            ("order-*", "order-7"),
            ("*er*", "order"),
            ("o?der", "order"),
            ("*a*b", "xaxxbab"),
            ("é?", "éß"),
            (r"\*", "*"),
            (r"a\?", "a?"),
            (r"a\", r"a\"),
        ] {
            assert!(Pattern::new(pattern).fits(text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("", "x"),
            ("order-*", "order"),
            ("order", "orders"),
            ("?", ""),
            ("*a*b", "xaxxba"),
            (r"\*", "x"),
        ] {
            assert!(!Pattern::new(pattern).fits(text), "{pattern} {text}");
        }
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        let pattern = "a*".repeat(100) + "b";
        assert!(!Pattern::new(&pattern).fits(&"a".repeat(10_000)));
    }
}
