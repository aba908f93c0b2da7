//! The interface of a step version, and what a task relies on of it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::schema;

/// What a step version says of its inputs, outputs and errors.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Contract {
    input_schema: Option<Value>,
    output_schema: Option<Value>,
    #[serde(default)]
    error_codes: Vec<ErrorCode>,
}

#[derive(Clone, Debug, Deserialize)]
struct ErrorCode {
    code: String,
}

#[derive(Deserialize)]
struct Manifest {
    #[serde(flatten)]
    handler: Contract,
    #[serde(default)]
    functions: Vec<NamedContract>,
}

#[derive(Deserialize)]
struct NamedContract {
    name: String,
    #[serde(flatten)]
    contract: Contract,
}

/// The interface of a step version as its manifest tells it.
#[derive(Clone, Debug, Default)]
pub struct Interface {
    /// Of `anyam:step/handler`; of a component with typed functions nothing is said there.
    handler: Contract,
    /// Of typed functions, by name.
    functions: BTreeMap<String, Contract>,
    /// Whether there is a manifest.
    told: bool,
}

/// What a task relies on of the step that it is bound to.
#[derive(Clone, Debug, Default)]
pub struct Reliance {
    /// The function that it names.
    pub function: Option<String>,
    /// Codes of the errors that its boundary events catch by name.
    pub caught: BTreeSet<String>,
}

impl Interface {
    /// Reads the manifest of a step version; without one, or with one that cannot be read, nothing
    /// is known.
    pub fn read(manifest: Option<&str>) -> Self {
        let manifest = manifest.and_then(|text| serde_json::from_str::<Manifest>(text).ok());
        let Some(manifest) = manifest else {
            return Self::default();
        };
        let functions = manifest.functions.into_iter();
        Self {
            handler: manifest.handler,
            functions: functions
                .map(|function| (function.name, function.contract))
                .collect(),
            told: true,
        }
    }

    /// What a task with this reliance calls.
    fn called(&self, reliance: &Reliance) -> Option<&Contract> {
        match &reliance.function {
            Some(name) => self.functions.get(name),
            None if self.functions.is_empty() => Some(&self.handler),
            None if self.functions.len() == 1 => self.functions.values().next(),
            None => None,
        }
    }
}

/// What of `reliance` holds with `old` and does not hold with `new`, each as a sentence.
pub fn breaks(old: &Interface, new: &Interface, reliance: &Reliance) -> Vec<String> {
    if !old.told || !new.told {
        return Vec::new();
    }
    let Some(before) = old.called(reliance) else {
        // It does not work today either.
        return Vec::new();
    };
    let Some(after) = new.called(reliance) else {
        return vec![match &reliance.function {
            Some(name) => format!("the function '{name}' is gone"),
            None => format!(
                "there are {} functions now and the task names none",
                new.functions.len()
            ),
        }];
    };
    let mut found = Vec::new();
    if let (Some(before), Some(after)) = (&before.input_schema, &after.input_schema) {
        found.extend(schema::refused_input(before, after));
    }
    if let (Some(before), Some(after)) = (&before.output_schema, &after.output_schema) {
        found.extend(schema::new_output(before, after));
        found.extend(schema::lost_output(before, after));
    }
    let declares = |contract: &Contract, code: &str| {
        let mut codes = contract.error_codes.iter();
        codes.any(|error| error.code == code)
    };
    for code in &reliance.caught {
        if declares(before, code) && !declares(after, code) {
            found.push(format!(
                "the error '{code}', which a boundary event catches, is gone"
            ));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn interface(json: &Value) -> Interface {
        Interface::read(Some(&json.to_string()))
    }

    fn function(name: &str, input: Value) -> Value {
        json!({"name": name, "inputSchema": input, "outputSchema": {}, "errorCodes": []})
    }

    #[test]
    fn functions_and_errors_that_tasks_rely_on_must_stay() {
        let object = |required: &[&str]| json!({"type": "object", "required": required});
        let handler = json!({"errorCodes": [{"code": "OUT", "docs": ""}]});
        let quiet = json!({"errorCodes": []});
        let one = json!({"errorCodes": [], "functions": [function("quote", object(&[]))]});
        let other = json!({"errorCodes": [], "functions": [function("price", object(&[]))]});
        let two = json!({"errorCodes": [],
            "functions": [function("quote", object(&["a"])), function("price", object(&[]))]});
        let names = |name: &str| Reliance {
            function: Some(name.to_owned()),
            ..Reliance::default()
        };
        let catches = |code: &str| Reliance {
            caught: BTreeSet::from([code.to_owned()]),
            ..Reliance::default()
        };
        let none = Reliance::default();
        for (at, (old, new, reliance, found)) in [
            (&handler, &handler, &catches("OUT"), None),
            (&handler, &quiet, &catches("OUT"), Some("the error 'OUT'")),
            (&handler, &quiet, &none, None),
            (&quiet, &handler, &catches("OUT"), None),
            (&handler, &quiet, &catches("OTHER"), None),
            (&one, &one, &names("quote"), None),
            (
                &one,
                &other,
                &names("quote"),
                Some("the function 'quote' is gone"),
            ),
            (
                &one,
                &quiet,
                &names("quote"),
                Some("the function 'quote' is gone"),
            ),
            (&one, &other, &none, None),
            (&one, &two, &none, Some("there are 2 functions now")),
            (&one, &two, &names("quote"), Some("input.a is required now")),
            (&two, &one, &names("quote"), None),
            (&handler, &two, &none, Some("there are 2 functions now")),
            (&quiet, &one, &none, None),
            (&one, &quiet, &none, None),
            (&two, &one, &names("other"), None),
        ]
        .into_iter()
        .enumerate()
        {
            let told = breaks(&interface(old), &interface(new), reliance);
            match found {
                Some(text) => assert!(told.len() == 1 && told[0].contains(text), "{at}: {told:?}"),
                None => assert_eq!(told, Vec::<String>::new(), "{at}"),
            }
        }
    }

    #[test]
    fn a_version_that_says_nothing_is_compatible() {
        let strict = interface(&json!({"inputSchema": {"type": "object", "required": ["a"]}}));
        let silent = Interface::read(None);
        assert!(breaks(&silent, &strict, &Reliance::default()).is_empty());
        assert!(breaks(&strict, &silent, &Reliance::default()).is_empty());
        let odd = Interface::read(Some("[]"));
        assert!(breaks(&strict, &odd, &Reliance::default()).is_empty());
    }
}
