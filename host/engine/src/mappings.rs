//! Input and output mappings (`zeebe:ioMapping`).

use anyam_bpmn::graph::{Mapping, Repetition, Value};
use serde_json::value::RawValue;

use crate::execution::{Execution, Stop};
use crate::key::ElementInstanceKey;
use crate::transition::{IncidentKind, Role};
use crate::value::{Json, Variables};
use crate::variables::Place;

impl Execution<'_> {
    /// Makes an element's local variables. Either every mapping takes effect or none.
    pub(crate) fn apply_inputs(&mut self, key: ElementInstanceKey) -> Result<(), Stop> {
        if self.element(key).role() == Role::Body {
            return Ok(());
        }
        self.read_data(key)?;
        let mappings = &self.node_of(key).mappings.inputs;
        if mappings.is_empty() {
            return Ok(());
        }
        let results = self.map(key, mappings, false)?;
        self.check_room(&results, Place::In(key))?;
        self.set_local(key, results);
        Ok(())
    }

    /// Writes an element's results to the scopes around it. Either every mapping takes effect or
    /// none.
    pub(crate) fn apply_outputs(&mut self, key: ElementInstanceKey) -> Result<(), Stop> {
        if self.element(key).role() == Role::Body {
            return self.hand_out_collection(key);
        }
        if self.element(key).role() == Role::Inner {
            return Ok(());
        }
        self.hand_out_collection(key)?;
        self.write_data(key)?;
        let mappings = &self.node_of(key).mappings.outputs;
        if mappings.is_empty() {
            return Ok(());
        }
        let mut results = self.map(key, mappings, true)?;
        // What an iteration contributes to its collection is its own.
        let collected = self.collected_variable(key);
        let own = collected.and_then(|name| results.remove_entry(&name));
        let own = Variables::from_iter(own);
        let scope = self.element(key).scope;
        self.check_room(&own, Place::In(key))?;
        self.check_room(&results, Place::From(scope))?;
        self.set_local(key, own);
        self.propagate(scope, results);
        Ok(())
    }

    /// The variable of an iteration that its output element reads.
    fn collected_variable(&self, key: ElementInstanceKey) -> Option<Box<str>> {
        match (
            &self.node_of(key).extras().repetition,
            self.element(key).role(),
        ) {
            (Some(Repetition::Multi(multi)), Role::Iteration(_)) => self.output_variable(multi),
            _ => None,
        }
    }

    /// The results of mappings; a later one sees the results of those before it. A nested target
    /// of an output changes a member of the variable that is there, one of an input makes a new
    /// variable.
    fn map(
        &mut self,
        key: ElementInstanceKey,
        mappings: &[Mapping],
        extend: bool,
    ) -> Result<Variables, Stop> {
        let mut results = Variables::new();
        let outside = self.element(key).scope;
        let collected = self.collected_variable(key);
        for mapping in mappings {
            let value = match &mapping.source {
                Value::Literal(text) => quoted(text),
                Value::Expression(ix) => {
                    self.evaluate(*ix, key, &results, IncidentKind::IoMappingError)?
                }
            };
            let Some((name, path)) = mapping.target.split_first() else {
                continue;
            };
            let value = if path.is_empty() {
                value
            } else {
                let there = || {
                    if extend {
                        let is_own = collected.as_ref() == Some(name);
                        let from = if is_own { key } else { outside };
                        self.instance.visible(from, name)
                    } else {
                        None
                    }
                };
                let base = results.get(name).or_else(there);
                with_member(base.map(Json::as_str), path, &value)
            };
            results.insert(name.clone(), value);
        }
        Ok(results)
    }
}

/// A text as JSON.
pub(crate) fn quoted(text: &str) -> Json {
    Json::from_valid(serde_json::Value::from(text).to_string())
}

/// `base` with the member at `path` replaced; what is no object becomes one. The texts of all
/// other members stay as they are. The depth is that of the path, bounded by
/// [`crate::MAX_TARGET_DEPTH`].
pub(crate) fn with_member(base: Option<&str>, path: &[Box<str>], value: &Json) -> Json {
    let Some((name, rest)) = path.split_first() else {
        return value.clone();
    };
    let members = base.and_then(|text| serde_json::from_str(text).ok());
    let mut members: std::collections::BTreeMap<String, Box<RawValue>> =
        members.unwrap_or_default();
    let inner = members.get(&**name).map(|raw| raw.get());
    let changed = with_member(inner, rest, value);
    if let Ok(raw) = RawValue::from_string(changed.as_str().to_owned()) {
        members.insert(name.to_string(), raw);
    }
    Json::from_valid(serde_json::to_string(&members).unwrap_or_else(|_| "null".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(base: Option<&str>, path: &[&str], value: &str) -> String {
        let path: Vec<Box<str>> = path.iter().map(|p| Box::from(*p)).collect();
        with_member(base, &path, &Json::from_valid(value))
            .as_str()
            .to_owned()
    }

    #[test]
    fn a_member_is_set_and_the_others_keep_their_text() {
        let base = r#"{"price":1.10,"id":12345678901234567890123}"#;
        let expected = r#"{"id":12345678901234567890123,"price":2.50}"#;
        assert_eq!(put(Some(base), &["price"], "2.50"), expected);
    }

    #[test]
    fn what_is_no_object_becomes_one() {
        assert_eq!(put(None, &["a", "b"], "1"), r#"{"a":{"b":1}}"#);
        assert_eq!(put(Some("[1]"), &["a"], "1"), r#"{"a":1}"#);
    }
}
