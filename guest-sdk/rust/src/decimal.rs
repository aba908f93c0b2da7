//! Exact decimal arithmetic over JSON numbers.

use std::borrow::Cow;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use serde_json::Number;

/// A decimal number with up to 28 significant digits, as a JSON number.
///
/// It dereferences to [`rust_decimal::Decimal`](https://docs.rs/rust_decimal), which does the
/// arithmetic. A JSON number with more digits than it can hold is refused, never rounded.
///
/// ```
/// use anyam_sdk::{Context, Decimal, StepError, invoke};
/// # use schemars::JsonSchema;
/// # use serde::{Deserialize, Serialize};
/// #[derive(Deserialize, Serialize, JsonSchema)]
/// struct Amount { net: Decimal }
///
/// fn with_tax(_ctx: &Context, amount: Amount) -> Result<Amount, StepError> {
///     let rate: Decimal = "1.19".parse()?;
///     Ok(Amount { net: (*amount.net * *rate).into() })
/// }
///
/// let ctx = Context::for_test().build();
/// assert_eq!(invoke(with_tax, &ctx, r#"{"net": 0.30}"#).unwrap(), r#"{"net":0.3570}"#);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(rust_decimal::Decimal);

/// Why a text is no [`Decimal`].
#[derive(Clone, Debug, PartialEq)]
pub struct DecimalError {
    text: String,
    reason: rust_decimal::Error,
}

impl fmt::Display for DecimalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is no decimal number of at most 28 digits: {}",
            self.text, self.reason
        )
    }
}

impl std::error::Error for DecimalError {}

impl FromStr for Decimal {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Self, DecimalError> {
        let parsed = if text.contains(['e', 'E']) {
            rust_decimal::Decimal::from_scientific(text)
        } else {
            rust_decimal::Decimal::from_str_exact(text)
        };
        parsed.map(Self).map_err(|reason| DecimalError {
            text: text.to_owned(),
            reason,
        })
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Deref for Decimal {
    type Target = rust_decimal::Decimal;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Decimal {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl From<rust_decimal::Decimal> for Decimal {
    fn from(value: rust_decimal::Decimal) -> Self {
        Self(value)
    }
}

impl From<Decimal> for rust_decimal::Decimal {
    fn from(value: Decimal) -> Self {
        value.0
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Number::deserialize(deserializer)?
            .as_str()
            .parse()
            .map_err(de::Error::custom)
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Number::from_str(&self.0.to_string())
            .map_err(ser::Error::custom)?
            .serialize(serializer)
    }
}

impl JsonSchema for Decimal {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Decimal".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Number::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_survive_both_ways() {
        for text in [
            "0.10",
            "-7",
            "1234567890123456789.012345678",
            "79228162514264337593543950335",
        ] {
            let number: Decimal = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&number).unwrap(), text);
        }
        let number: Decimal = serde_json::from_str("1.5e2").unwrap();
        assert_eq!(number.to_string(), "150");
    }

    #[test]
    fn more_digits_than_fit_are_refused() {
        for text in [
            "79228162514264337593543950336",
            "0.12345678901234567890123456789",
            "1e-40",
        ] {
            let error = serde_json::from_str::<Decimal>(text)
                .unwrap_err()
                .to_string();
            assert!(error.contains("at most 28 digits"), "{text}: {error}");
        }
        assert!(serde_json::from_str::<Decimal>("\"1\"").is_err());
    }
}
