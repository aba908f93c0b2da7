//! Reads JSON text piece by piece.
//!
//! The text was checked as a whole before ([`crate::json`]): here nothing is told about bad JSON,
//! and bad JSON would lead to odd values, never to a panic or a loop without end.

use std::borrow::Cow;

/// What kind of value comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    fn byte(&mut self) -> u8 {
        let rest = &self.text.as_bytes()[self.at..];
        let space = rest
            .iter()
            .take_while(|byte| byte.is_ascii_whitespace())
            .count();
        self.at += space;
        rest.get(space).copied().unwrap_or_default()
    }

    /// What comes next, left where it is.
    pub(super) fn kind(&mut self) -> Kind {
        match self.byte() {
            b'{' => Kind::Object,
            b'[' => Kind::Array,
            b'"' => Kind::String,
            b't' | b'f' => Kind::Bool,
            b'n' | 0 => Kind::Null,
            _ => Kind::Number,
        }
    }

    /// Goes into the array or object that comes next.
    pub(super) fn enter(&mut self) {
        self.byte();
        self.at = (self.at + 1).min(self.text.len());
    }

    /// Whether the array entered last has another element, which comes next then.
    pub(super) fn next_element(&mut self) -> bool {
        if self.byte() == b',' {
            self.at += 1;
        }
        match self.byte() {
            b']' | 0 => {
                self.at = (self.at + 1).min(self.text.len());
                false
            }
            _ => true,
        }
    }

    /// The name of the next member of the object entered last; its value comes next then.
    pub(super) fn next_member(&mut self) -> Option<Cow<'a, str>> {
        if self.byte() == b',' {
            self.at += 1;
        }
        if self.byte() != b'"' {
            self.at = (self.at + 1).min(self.text.len());
            return None;
        }
        let name = self.string();
        self.byte();
        self.at = (self.at + 1).min(self.text.len());
        Some(name)
    }

    /// The string that comes next.
    pub(super) fn string(&mut self) -> Cow<'a, str> {
        self.byte();
        let start = self.at;
        self.pass_string();
        let quoted = &self.text[start..self.at];
        let inner = quoted.strip_prefix('"').unwrap_or(quoted);
        let inner = inner.strip_suffix('"').unwrap_or(inner);
        if inner.contains('\\') {
            serde_json::from_str(quoted).unwrap_or_default()
        } else {
            Cow::Borrowed(inner)
        }
    }

    /// The text of the number, `true`, `false` or `null` that comes next.
    pub(super) fn word(&mut self) -> &'a str {
        self.byte();
        let rest = &self.text[self.at..];
        let end = rest
            .find(|c: char| c.is_ascii_whitespace() || matches!(c, ',' | ']' | '}'))
            .unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// Passes over the value that comes next, however deep it is. Its text.
    pub(super) fn skip(&mut self) -> &'a str {
        self.byte();
        let start = self.at;
        let mut depth = 0usize;
        loop {
            match self.byte() {
                0 => break,
                b'"' => self.pass_string(),
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    depth = depth.saturating_sub(1);
                    self.at += 1;
                }
                b',' | b':' => {
                    self.at += 1;
                    continue;
                }
                _ => {
                    let rest = &self.text.as_bytes()[self.at..];
                    let end = |byte: &u8| {
                        byte.is_ascii_whitespace() || matches!(byte, b',' | b':' | b']' | b'}')
                    };
                    self.at += rest.iter().position(end).unwrap_or(rest.len());
                }
            }
            if depth == 0 {
                break;
            }
        }
        &self.text[start..self.at]
    }

    /// Passes over a string, from quote to quote.
    fn pass_string(&mut self) {
        let bytes = self.text.as_bytes();
        let mut at = self.at + 1;
        while let Some(byte) = bytes.get(at) {
            at += 1;
            match byte {
                b'"' => break,
                b'\\' => at += 1,
                _ => {}
            }
        }
        self.at = at.min(bytes.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_in_their_order() {
        let mut reader =
            Reader::new(r#" { "a\n" : [ 1.5e3 , true , null ] , "b" : "x\"y" , "ü" : {} } "#);
        assert_eq!(reader.kind(), Kind::Object);
        reader.enter();
        assert_eq!(reader.next_member().as_deref(), Some("a\n"));
        assert_eq!(reader.kind(), Kind::Array);
        reader.enter();
        for (kind, word) in [
            (Kind::Number, "1.5e3"),
            (Kind::Bool, "true"),
            (Kind::Null, "null"),
        ] {
            assert!(reader.next_element());
            assert_eq!((reader.kind(), reader.word()), (kind, word));
        }
        assert!(!reader.next_element());
        assert_eq!(reader.next_member().as_deref(), Some("b"));
        assert_eq!(reader.kind(), Kind::String);
        assert_eq!(reader.string(), "x\"y");
        assert_eq!(reader.next_member().as_deref(), Some("ü"));
        assert_eq!(reader.skip(), "{}");
        assert_eq!(reader.next_member(), None);
    }

    #[test]
    fn a_value_is_passed_over_whole() {
        for value in [
            "1",
            "null",
            r#""]}\"\\""#,
            "[]",
            "{}",
            r#"[{"a":"}"},[[1,"]"]],2]"#,
            r#"{"a":{"b":[]}}"#,
        ] {
            let text = format!("[{value} , 7]");
            let mut reader = Reader::new(&text);
            reader.enter();
            assert!(reader.next_element());
            assert_eq!(reader.skip(), value);
            assert!(reader.next_element());
            assert_eq!(reader.word(), "7");
            assert!(!reader.next_element());
        }
        let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
        assert_eq!(Reader::new(&deep).skip(), deep);
    }

    #[test]
    fn bad_json_ends_all_the_same() {
        for text in [
            "", "{", "[", "\"", "\"\\", "{\"a", "{\"a\"", "[1", "{]", "}",
        ] {
            let mut reader = Reader::new(text);
            reader.kind();
            reader.enter();
            for _ in 0..3 {
                reader.next_member();
                reader.next_element();
                reader.string();
                reader.skip();
                reader.word();
            }
        }
    }
}
