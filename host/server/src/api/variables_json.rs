//! Variables on the wire: a JSON object whose values stay the text they came as.

use std::collections::BTreeMap;

use anyam_engine::value::{Json, Variables};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Error as _, Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

use super::limits::RequestLimits;
use super::problem::Problem;

/// The variables of a request.
#[derive(Debug, Default)]
pub struct VariablesIn(Variables);

impl VariablesIn {
    /// The variables, if they are not too many.
    ///
    /// # Errors
    /// 400.
    pub fn checked(self, limits: &RequestLimits) -> Result<Variables, Problem> {
        if self.0.len() > limits.variables {
            return Err(Problem::invalid(format!(
                "variables: there are {}, a request takes at most {}",
                self.0.len(),
                limits.variables
            )));
        }
        Ok(self.0)
    }
}

/// As [`VariablesIn::checked`], for variables that may be absent.
///
/// # Errors
/// 400.
pub fn checked(
    variables: Option<VariablesIn>,
    limits: &RequestLimits,
) -> Result<Variables, Problem> {
    variables.unwrap_or_default().checked(limits)
}

impl<'de> Deserialize<'de> for VariablesIn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Variables;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object of variables")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Variables, A::Error> {
                let mut variables = BTreeMap::new();
                while let Some((name, value)) = map.next_entry::<Box<str>, &'de RawValue>()? {
                    variables.insert(name, Json::from_valid(value.get()));
                }
                Ok(variables)
            }
        }

        deserializer.deserialize_map(Members).map(Self)
    }
}

/// The variables of an answer, all or those with the names given.
#[derive(Debug)]
pub struct VariablesOut<'a> {
    /// The variables.
    pub variables: &'a Variables,
    /// Names of those to write; none means all.
    pub only: &'a [String],
}

impl Serialize for VariablesOut<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let wanted = |name: &str| self.only.is_empty() || self.only.iter().any(|only| only == name);
        for (name, value) in self.variables.iter().filter(|(name, _)| wanted(name)) {
            let raw: &RawValue = serde_json::from_str(value.as_str()).map_err(S::Error::custom)?;
            map.serialize_entry(name, raw)?;
        }
        map.end()
    }
}

fn any_object() -> RefOr<Schema> {
    let object = ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::Object))
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(true)))
        .description(Some("Variables by name, each any JSON value."));
    RefOr::T(Schema::Object(object.build()))
}

impl PartialSchema for VariablesIn {
    fn schema() -> RefOr<Schema> {
        any_object()
    }
}

impl ToSchema for VariablesIn {
    fn name() -> std::borrow::Cow<'static, str> {
        "Variables".into()
    }
}

impl PartialSchema for VariablesOut<'_> {
    fn schema() -> RefOr<Schema> {
        any_object()
    }
}

impl ToSchema for VariablesOut<'_> {
    fn name() -> std::borrow::Cow<'static, str> {
        "Variables".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_every_digit_and_blank() {
        let text = r#"{"b": 1.000000000000000000001, "a": {"x" : [1,  2]}, "c": "\u00e9"}"#;
        let variables = serde_json::from_str::<VariablesIn>(text).unwrap().0;
        assert_eq!(variables["b"].as_str(), "1.000000000000000000001");
        assert_eq!(variables["a"].as_str(), r#"{"x" : [1,  2]}"#);
        let out = VariablesOut {
            variables: &variables,
            only: &[],
        };
        let written = serde_json::to_string(&out).unwrap();
        assert_eq!(
            written,
            r#"{"a":{"x" : [1,  2]},"b":1.000000000000000000001,"c":"\u00e9"}"#
        );
        let only = ["b".to_owned(), "z".to_owned()];
        let out = VariablesOut {
            variables: &variables,
            only: &only,
        };
        assert_eq!(
            serde_json::to_string(&out).unwrap(),
            r#"{"b":1.000000000000000000001}"#
        );
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for text in ["[]", "1", "\"a\"", "{\"a\": 01}", "{\"a\": }"] {
            assert!(serde_json::from_str::<VariablesIn>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn their_number_is_bounded_at_its_edge() {
        let limits = RequestLimits {
            variables: 2,
            ..Default::default()
        };
        let count = |text| {
            serde_json::from_str::<VariablesIn>(text)
                .unwrap()
                .checked(&limits)
        };
        assert_eq!(count(r#"{"a":1,"b":2}"#).unwrap().len(), 2);
        assert_eq!(count(r#"{"a":1,"b":2,"c":3}"#).unwrap_err().status, 400);
    }
}
