//! Cursors: where a page begins or ends, as a text that clients hand back.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::Position;
use super::field::Value;

/// A place in the order of a search.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cursor<P> {
    /// The values the search is sorted by.
    pub values: Vec<Value<'static>>,
    /// The row.
    pub position: P,
}

impl<P: Position> Cursor<P> {
    /// The cursor as a text.
    pub fn encode(&self) -> String {
        let bytes = postcard::to_stdvec(self).expect("numbers and texts always encode");
        STANDARD.encode(bytes)
    }

    /// Reads what [`Cursor::encode`] wrote.
    pub fn decode(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text).ok()?;
        let (cursor, rest) = postcard::take_from_bytes(&bytes).ok()?;
        rest.is_empty().then_some(cursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_was() {
        let values = vec![
            Value::text("é").to_sorted(),
            Value::Nothing,
            Value::Number(-1),
        ];
        let cursor = Cursor {
            values,
            position: [7, u64::MAX],
        };
        assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        for text in [
            "",
            "====",
            "AAAAAA==",
            "not base64!",
            "/////////////////////w==",
        ] {
            assert_eq!(Cursor::<[u64; 2]>::decode(text), None, "{text}");
        }
    }
}
