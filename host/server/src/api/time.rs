//! Times on the wire: RFC 3339 in UTC with milliseconds.

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

/// Milliseconds since 1970, written as a time such as `2026-01-31T12:00:00.000Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time(pub i64);

/// Reads an RFC 3339 time with any offset; `None` if it is none. Digits past the milliseconds are
/// cut off.
pub fn parse_time(text: &str) -> Option<i64> {
    text.parse::<Timestamp>()
        .ok()
        .map(Timestamp::as_millisecond)
}

impl std::fmt::Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A time past what a calendar holds shows as its nearest end.
        let clamp = || {
            if self.0 < 0 {
                Timestamp::MIN
            } else {
                Timestamp::MAX
            }
        };
        let time = Timestamp::from_millisecond(self.0).unwrap_or_else(|_| clamp());
        write!(f, "{time:.3}")
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        let time = ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)));
        RefOr::T(Schema::Object(time.build()))
    }
}

impl ToSchema for Time {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_milliseconds_and_are_utc() {
        assert_eq!(Time(0).to_string(), "1970-01-01T00:00:00.000Z");
        assert_eq!(
            Time(1_790_000_000_123).to_string(),
            "2026-09-21T14:13:20.123Z"
        );
        assert!(Time(i64::MAX).to_string().starts_with("9999-"));
    }

    #[test]
    fn any_offset_is_read() {
        assert_eq!(parse_time("1970-01-01T01:00:00.0015+01:00"), Some(1));
        for text in ["", "1970-01-01", "yesterday", "1970-13-01T00:00:00Z"] {
            assert_eq!(parse_time(text), None, "{text:?}");
        }
    }
}
