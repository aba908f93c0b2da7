//! Conditions on the value of a field.

use super::field::Value;
use super::like::Pattern;

/// One condition on a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// One of these.
    In(Vec<Value<'static>>),
    /// None of these.
    NotIn(Vec<Value<'static>>),
    /// Whether there is a value.
    Exists(bool),
    /// Greater than this, or equal where true.
    Above(Value<'static>, bool),
    /// Less than this, or equal where true.
    Below(Value<'static>, bool),
    /// Fits the pattern.
    Like(Pattern),
    /// A list that holds all of these.
    HoldsAll(Vec<String>),
}

impl Condition {
    /// Whether the condition holds for a value.
    pub fn holds(&self, value: &Value<'_>) -> bool {
        if let Value::Texts(texts) = value {
            return match self {
                Self::HoldsAll(all) => all.iter().all(|text| texts.contains(text)),
                Self::Exists(exists) => texts.is_empty() != *exists,
                Self::NotIn(_) => texts.iter().all(|text| self.holds(&Value::text(text))),
                _ => texts.iter().any(|text| self.holds(&Value::text(text))),
            };
        }
        let there = *value != Value::Nothing;
        match self {
            Self::In(values) => values.contains(value),
            Self::NotIn(values) => !values.contains(value),
            Self::Exists(exists) => there == *exists,
            Self::Above(least, or_equal) => there && (value > least || *or_equal && value == least),
            Self::Below(most, or_equal) => there && (value < most || *or_equal && value == most),
            Self::Like(pattern) => matches!(value, Value::Text(text) if pattern.fits(text)),
            Self::HoldsAll(_) => false,
        }
    }
}
