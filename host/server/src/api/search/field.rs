//! What a row can be filtered and sorted by.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::api::time::Time;

/// A property of a row.
pub struct Field<R: 'static> {
    /// Its name on the wire.
    pub name: &'static str,
    /// How its values are written.
    pub kind: Kind,
    /// Its value.
    pub get: for<'r> fn(&'r R) -> Value<'r>,
    /// Whether a search may be sorted by it.
    pub sorts: bool,
}

impl<R> Field<R> {
    /// A field to filter and sort by.
    pub const fn new(name: &'static str, kind: Kind, get: for<'r> fn(&'r R) -> Value<'r>) -> Self {
        Self {
            name,
            kind,
            get,
            sorts: true,
        }
    }

    /// A field to filter by only.
    pub const fn unsorted(
        name: &'static str,
        kind: Kind,
        get: for<'r> fn(&'r R) -> Value<'r>,
    ) -> Self {
        Self {
            name,
            kind,
            get,
            sorts: false,
        }
    }
}

/// How the values of a field are written in a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// A key: decimal digits as a text.
    Key,
    /// A whole number.
    Number,
    /// `true` or `false`.
    Bool,
    /// An RFC 3339 time.
    Time,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// A list of texts, one of which must meet the condition.
    AnyText,
    /// A list of texts; a filter is a list of texts that must all be in it.
    AllTexts,
}

/// The value of a field. `Nothing` comes after everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value<'a> {
    /// `true` or `false`.
    Bool(bool),
    /// A number, key or time.
    Number(i128),
    /// A text.
    Text(Cow<'a, str>),
    /// A list of texts.
    Texts(Cow<'a, [String]>),
    /// None.
    Nothing,
}

/// Texts are sorted by so many of their first bytes, which bounds a cursor.
const SORTED_BYTES: usize = 1_024;

impl Value<'_> {
    /// A key.
    pub fn key(key: u64) -> Self {
        Value::Number(key.into())
    }

    /// A key that may be absent.
    pub fn maybe_key(key: Option<u64>) -> Self {
        key.map_or(Value::Nothing, Value::key)
    }

    /// A time that may be absent.
    pub fn maybe_time(time: Option<i64>) -> Self {
        time.map_or(Value::Nothing, |time| Value::Number(time.into()))
    }

    /// A copy to sort by.
    pub fn to_sorted(&self) -> Value<'static> {
        match self {
            Value::Bool(value) => Value::Bool(*value),
            Value::Number(value) => Value::Number(*value),
            Value::Text(text) => Value::Text(Cow::Owned(
                text[..text.floor_char_boundary(SORTED_BYTES)].to_owned(),
            )),
            Value::Texts(_) | Value::Nothing => Value::Nothing,
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Value::Bool(_) => 0,
            Value::Number(_) => 1,
            Value::Text(_) => 2,
            Value::Texts(_) => 3,
            Value::Nothing => 4,
        }
    }
}

impl<'a> Value<'a> {
    /// A text.
    pub fn text(text: &'a str) -> Self {
        Value::Text(Cow::Borrowed(text))
    }

    /// A text that may be absent.
    pub fn maybe_text(text: Option<&'a str>) -> Self {
        text.map_or(Value::Nothing, Value::text)
    }

    /// A list of texts.
    pub fn texts(texts: &'a [String]) -> Self {
        Value::Texts(Cow::Borrowed(texts))
    }
}

impl PartialOrd for Value<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Value<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
            (Value::Number(a), Value::Number(b)) => a.cmp(b),
            (Value::Text(a), Value::Text(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl Kind {
    /// Reads one value of a condition.
    ///
    /// # Errors
    /// What was expected.
    pub fn read(self, value: &serde_json::Value) -> Result<Value<'static>, String> {
        use serde_json::Value as Json;
        let owned = |text: &str| Value::Text(Cow::Owned(text.to_owned()));
        match (self, value) {
            (Self::Text | Self::AnyText | Self::AllTexts, Json::String(text)) => Ok(owned(text)),
            (Self::Text | Self::AnyText | Self::AllTexts, _) => Err("must be a text".to_owned()),
            (Self::Key, Json::String(text)) => crate::api::keys::parse_key(text)
                .map(Value::key)
                .ok_or_else(|| format!("'{text}' is not a key; a key is decimal digits")),
            (Self::Key, _) => Err("must be a key: decimal digits as a text".to_owned()),
            (Self::Number, Json::Number(number)) if number.is_i64() => {
                Ok(Value::Number(number.as_i64().unwrap_or_default().into()))
            }
            (Self::Number, _) => Err("must be a whole number".to_owned()),
            (Self::Bool, Json::Bool(value)) => Ok(Value::Bool(*value)),
            (Self::Bool, _) => Err("must be true or false".to_owned()),
            (Self::Time, Json::String(text)) => crate::api::time::parse_time(text)
                .map(|time| Value::Number(time.into()))
                .ok_or_else(|| {
                    format!("'{text}' is not a time such as {}", Time(1_790_000_000_000))
                }),
            (Self::Time, _) => Err("must be a time as a text".to_owned()),
            (Self::OneOf(texts), Json::String(text)) if texts.contains(&text.as_str()) => {
                Ok(owned(text))
            }
            (Self::OneOf(texts), _) => Err(format!("must be one of {}", texts.join(", "))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_absent_comes_last() {
        let mut values = [Value::Nothing, Value::text("b"), Value::text("a")];
        values.sort();
        assert_eq!(values, [Value::text("a"), Value::text("b"), Value::Nothing]);
        assert!(Value::key(u64::MAX) > Value::Number(i64::MAX.into()));
    }

    #[test]
    fn values_are_read_by_their_kind() {
        let read = |kind: Kind, text: &str| kind.read(&serde_json::from_str(text).unwrap());
        assert_eq!(read(Kind::Key, r#""7""#), Ok(Value::key(7)));
        assert_eq!(
            read(Kind::Time, r#""1970-01-01T00:00:01Z""#),
            Ok(Value::Number(1000))
        );
        assert_eq!(read(Kind::Number, "-3"), Ok(Value::Number(-3)));
        assert_eq!(read(Kind::OneOf(&["A"]), r#""A""#), Ok(Value::text("A")));
        for (kind, text) in [
            (Kind::Key, "7"),
            (Kind::Key, r#""x""#),
            (Kind::Time, r#""today""#),
            (Kind::Number, "1.5"),
            (Kind::Bool, r#""true""#),
            (Kind::OneOf(&["A"]), r#""a""#),
            (Kind::Text, "null"),
        ] {
            assert!(read(kind, text).is_err(), "{kind:?} {text}");
        }
    }

    #[test]
    fn a_sorted_text_is_cut_between_characters() {
        let long = "é".repeat(SORTED_BYTES);
        let Value::Text(cut) = Value::text(&long).to_sorted() else {
            panic!("a text")
        };
        assert_eq!(cut.len(), SORTED_BYTES);
        let odd = format!("x{long}");
        let Value::Text(cut) = Value::text(&odd).to_sorted() else {
            panic!("a text")
        };
        assert_eq!(cut.len(), SORTED_BYTES - 1);
    }
}
