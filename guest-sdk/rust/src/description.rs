//! What a step tells about itself.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Context, StepError};

/// What the `#[step]` attribute read from the function it stands at.
#[derive(Clone, Copy, Debug)]
pub struct Declaration {
    /// The name of the step.
    pub name: &'static str,
    /// The version of the author's crate.
    pub version: &'static str,
    /// The doc comment.
    pub docs: &'static str,
    /// BPMN error codes and when each is thrown.
    pub errors: &'static [(&'static str, &'static str)],
}

/// The manifest of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// The name of the step.
    pub name: String,
    /// The version of the author's crate.
    pub version: String,
    /// What the step does.
    pub docs: String,
    /// JSON Schema (draft 2020-12) of the input.
    pub input_schema: String,
    /// JSON Schema (draft 2020-12) of the output.
    pub output_schema: String,
    /// BPMN error codes and when each is thrown.
    pub errors: Vec<(String, String)>,
}

/// Describes `step`.
pub fn describe<I, O, F>(declaration: &Declaration, _step: F) -> Description
where
    I: DeserializeOwned + JsonSchema,
    O: Serialize + JsonSchema,
    F: FnOnce(&Context, I) -> Result<O, StepError>,
{
    let draft = SchemaSettings::draft2020_12;
    let input = draft()
        .for_deserialize()
        .into_generator()
        .into_root_schema_for::<I>();
    let output = draft()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<O>();
    Description {
        name: declaration.name.to_owned(),
        version: declaration.version.to_owned(),
        docs: declaration.docs.to_owned(),
        input_schema: input.as_value().to_string(),
        output_schema: output.as_value().to_string(),
        errors: declaration
            .errors
            .iter()
            .map(|(code, docs)| ((*code).to_owned(), (*docs).to_owned()))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::{Value, json};

    #[derive(Deserialize, JsonSchema)]
    #[serde(rename_all = "camelCase")]
    #[allow(dead_code)]
    struct Order {
        /// How many.
        item_count: u32,
        price: crate::Number,
        weight: Option<f64>,
    }

    #[derive(Serialize, JsonSchema)]
    struct Answer {
        ok: bool,
    }

    fn check(_ctx: &Context, _order: Order) -> Result<Answer, StepError> {
        Ok(Answer { ok: true })
    }

    #[test]
    fn a_description_carries_the_declaration_and_both_schemas() {
        let declaration = Declaration {
            name: "check",
            version: "1.2.3",
            docs: "Checks.",
            errors: &[("A", "never")],
        };
        let description = describe(&declaration, check);
        assert_eq!(
            (&*description.name, &*description.version),
            ("check", "1.2.3")
        );
        assert_eq!(description.docs, "Checks.");
        assert_eq!(description.errors, [("A".to_owned(), "never".to_owned())]);

        let input: Value = description.input_schema.parse().unwrap();
        assert_eq!(
            input["$schema"],
            "https://json-schema.org/draft/2020-12/schema"
        );
        assert_eq!(input["required"], json!(["itemCount", "price"]));
        assert_eq!(input["properties"]["itemCount"]["description"], "How many.");
        assert_eq!(input["properties"]["price"]["type"], "number");
        assert_eq!(input["properties"]["weight"]["format"], "double");
        let output: Value = description.output_schema.parse().unwrap();
        assert_eq!(output["properties"]["ok"]["type"], "boolean");
    }
}
