//! What a step tells about itself.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::contract::exports::anyam::step::manifest::Description;
use crate::error::UploadError;
use crate::json;
use crate::limits::Limits;
use crate::typed::Function;

/// A step's self-description, as it exports it through `anyam:step/manifest`, and what the host
/// sees of its typed functions. Without an export `name`, `version` and `docs` are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// The name its author gave it.
    pub name: String,
    /// The version its author gave it.
    pub version: String,
    /// What it does, in plain text.
    pub docs: String,
    /// JSON Schema of the input; valid JSON.
    pub input_schema: Option<String>,
    /// JSON Schema of the output; valid JSON.
    pub output_schema: Option<String>,
    /// The BPMN errors it may throw, each with when it throws it.
    pub error_codes: Vec<(String, String)>,
    /// Its typed functions.
    pub functions: Vec<Function>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Json<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    version: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    docs: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_schema: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_schema: Option<&'a RawValue>,
    error_codes: Vec<ErrorCode<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    functions: Vec<FunctionJson<'a>>,
}

/// A function, and what follows from it for people and programs that know no WIT.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FunctionJson<'a> {
    #[serde(flatten)]
    function: &'a Function,
    signature: String,
    input_schema: serde_json::Value,
    output_schema: serde_json::Value,
    error_codes: Vec<ErrorCode<'a>>,
}

/// The part of a manifest's JSON that is read back.
#[derive(Deserialize)]
struct Functions {
    #[serde(default)]
    functions: Vec<Function>,
}

#[derive(Serialize)]
struct ErrorCode<'a> {
    code: Cow<'a, str>,
    docs: Cow<'a, str>,
}

impl<'a> FunctionJson<'a> {
    fn of(function: &'a Function) -> Self {
        let codes = function.error_codes().into_iter();
        Self {
            function,
            signature: function.to_string(),
            input_schema: function.input_schema(),
            output_schema: function.output_schema(),
            error_codes: codes
                .map(|(code, docs)| ErrorCode {
                    code: code.into(),
                    docs: docs.into(),
                })
                .collect(),
        }
    }
}

impl Manifest {
    /// The description as a JSON object with `name`, `version`, `docs`, `inputSchema` and
    /// `outputSchema` where known, and `errorCodes`. Of a component with typed functions it has
    /// `functions`, each with `name`, `signature`, `inputSchema`, `outputSchema`, `errorCodes` and
    /// its types.
    pub fn to_json(&self) -> String {
        let schema = |text: &Option<String>| -> Option<Box<RawValue>> {
            RawValue::from_string(text.clone()?).ok()
        };
        let (input_schema, output_schema) =
            (schema(&self.input_schema), schema(&self.output_schema));
        let json = Json {
            name: &self.name,
            version: &self.version,
            docs: &self.docs,
            input_schema: input_schema.as_deref(),
            output_schema: output_schema.as_deref(),
            error_codes: self
                .error_codes
                .iter()
                .map(|(code, docs)| ErrorCode {
                    code: code.into(),
                    docs: docs.into(),
                })
                .collect(),
            functions: self.functions.iter().map(FunctionJson::of).collect(),
        };
        serde_json::to_string(&json).expect("strings and raw JSON always serialise")
    }

    /// The typed functions in a manifest that [`Manifest::to_json`] wrote.
    ///
    /// # Errors
    /// It did not.
    pub fn functions_in(json: &str) -> serde_json::Result<Vec<Function>> {
        let read: Functions = serde_json::from_str(json)?;
        Ok(read.functions)
    }

    /// The manifest with typed functions.
    ///
    /// # Errors
    /// It becomes too large.
    pub(crate) fn with(
        self,
        functions: Vec<Function>,
        limits: &Limits,
    ) -> Result<Self, UploadError> {
        let manifest = Self { functions, ..self };
        let size = manifest.to_json().len();
        if size > limits.manifest_bytes {
            return Err(UploadError::Manifest {
                message: format!(
                    "with the schemas of the functions it has {size} bytes and the limit is {} \
                     (limit manifest_bytes)",
                    limits.manifest_bytes
                ),
            });
        }
        Ok(manifest)
    }

    /// Takes over what a guest answered.
    pub(crate) fn check(description: Description, limits: &Limits) -> Result<Self, UploadError> {
        let refuse = |message: String| Err(UploadError::Manifest { message });
        let Description {
            name,
            version,
            docs,
            input_schema,
            output_schema,
            error_codes,
        } = description;
        let manifest = Self {
            name,
            version,
            docs,
            input_schema,
            output_schema,
            error_codes: error_codes
                .into_iter()
                .map(|error| (error.code, error.docs))
                .collect(),
            functions: Vec::new(),
        };
        if manifest.bytes() > limits.manifest_bytes {
            return refuse(format!(
                "it has {} bytes and the limit is {} (limit manifest_bytes)",
                manifest.bytes(),
                limits.manifest_bytes
            ));
        }
        if manifest.error_codes.len() > limits.manifest_error_codes {
            return refuse(format!(
                "it lists {} error codes and the limit is {} (limit manifest_error_codes)",
                manifest.error_codes.len(),
                limits.manifest_error_codes
            ));
        }
        for (field, schema) in [
            ("input-schema", &manifest.input_schema),
            ("output-schema", &manifest.output_schema),
        ] {
            if let Some(schema) = schema
                && let Err(reason) = json::check_value(schema, limits.json_depth)
            {
                return refuse(format!("its {field} {reason}"));
            }
        }
        Ok(manifest)
    }

    fn bytes(&self) -> usize {
        let schemas = [&self.input_schema, &self.output_schema];
        let schemas = schemas
            .into_iter()
            .flatten()
            .map(String::len)
            .sum::<usize>();
        let codes = self
            .error_codes
            .iter()
            .map(|(code, docs)| code.len() + docs.len());
        self.name.len() + self.version.len() + self.docs.len() + schemas + codes.sum::<usize>()
    }
}
