//! Keys on the wire: decimal texts.

use std::borrow::Cow;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

use super::problem::Problem;

/// A key as a JSON string of decimal digits, so that no client rounds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(pub u64);

/// Reads a key: decimal digits alone, at most 2^64 - 1.
pub fn parse_key(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        parse_key(&text).map(Key).ok_or_else(|| {
            serde::de::Error::custom(format_args!(
                "'{text}' is not a key; a key is decimal digits"
            ))
        })
    }
}

impl PartialSchema for Key {
    fn schema() -> RefOr<Schema> {
        let key = ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .pattern(Some("^[0-9]+$"))
            .description(Some("A key: decimal digits of an unsigned 64-bit number."));
        RefOr::T(Schema::Object(key.build()))
    }
}

impl ToSchema for Key {}

/// The only key in the path of a request.
#[derive(Clone, Copy, Debug)]
pub struct PathKey(pub u64);

impl<S: Send + Sync> FromRequestParts<S> for PathKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|error| Problem::invalid(error.to_string()))?;
        let (name, text) = params.iter().next().unwrap_or(("key", ""));
        parse_key(text).map(PathKey).ok_or_else(|| {
            Problem::invalid(format!(
                "{name} '{text}' is not a key; a key is decimal digits"
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_decimal_digits_of_64_bits() {
        assert_eq!(parse_key("18446744073709551615"), Some(u64::MAX));
        assert_eq!(parse_key("0"), Some(0));
        for text in [
            "",
            "18446744073709551616",
            "-1",
            "+1",
            " 1",
            "1.0",
            "0x1",
            "١",
        ] {
            assert_eq!(parse_key(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_key_is_written_as_text() {
        assert_eq!(
            serde_json::to_string(&Key(u64::MAX)).unwrap(),
            r#""18446744073709551615""#
        );
        assert_eq!(serde_json::from_str::<Key>(r#""7""#).unwrap(), Key(7));
        assert!(serde_json::from_str::<Key>(r#""seven""#).is_err());
    }
}
