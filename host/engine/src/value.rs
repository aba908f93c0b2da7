//! Variables and times as the engine holds them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This time plus `ms` milliseconds; stays at the last representable time.
    pub fn plus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add(i64::try_from(ms).unwrap_or(i64::MAX)))
    }
}

/// One valid JSON text. Kept as text, so no digit is lost between the API, steps and storage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Json(Arc<str>);

impl Json {
    /// The JSON `null`.
    pub fn null() -> Self {
        Self(Arc::from("null"))
    }

    /// Wraps a text that is known to be valid JSON, such as one a JSON reader has just accepted.
    pub fn from_valid(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Variables by name, in name order.
pub type Variables = BTreeMap<Box<str>, Json>;

/// Variables as one JSON object, each value as it stands.
pub fn object(variables: &Variables) -> String {
    let bytes: usize = variables
        .iter()
        .map(|(name, value)| name.len() + value.as_str().len() + 4)
        .sum();
    let mut text = String::with_capacity(bytes + 2);
    text.push('{');
    for (name, value) in variables {
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(&serde_json::Value::from(&**name).to_string());
        text.push(':');
        text.push_str(value.as_str());
    }
    text.push('}');
    text
}
