//! JSON Schemas (draft 2020-12) of what a function takes and answers.

use serde_json::{Value, json};

use super::function::{Function, RESULT};
use super::members::Members;
use super::outcome::{CODE, has_text};
use super::value_type::ValueType;

const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Whether values are read by the host or written: more is taken than is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Input,
    Output,
}

impl Function {
    /// The schema of the input.
    pub fn input_schema(&self) -> Value {
        with_draft(object(&self.params, Direction::Input))
    }

    /// The schema of the output.
    pub fn output_schema(&self) -> Value {
        with_draft(match self.success() {
            Some(ValueType::Record(fields)) => object(fields, Direction::Output),
            Some(ty) => single(RESULT, Some(ty), Direction::Output),
            None => json!({ "type": "object", "properties": {} }),
        })
    }

    /// The codes of the BPMN errors it may answer, each with what it comes with. Empty where it
    /// answers none, or where a record names the code.
    pub fn error_codes(&self) -> Vec<(String, String)> {
        let is_result = matches!(self.result, Some(ValueType::Result(_)));
        match self.error() {
            None if is_result => vec![(CODE.to_owned(), String::new())],
            None => Vec::new(),
            Some(ValueType::Variant(cases)) => {
                let code = |ty: &Option<ValueType>| ty.as_ref().map(ToString::to_string);
                let cases = cases.iter();
                let codes = cases.map(|case| (case.name.to_string(), code(&case.ty)));
                codes
                    .map(|(name, docs)| (name, docs.unwrap_or_default()))
                    .collect()
            }
            Some(ValueType::Enum(cases)) => {
                let names = cases.iter().map(|case| case.name.to_string());
                names.map(|name| (name, String::new())).collect()
            }
            Some(ValueType::Record(fields)) if has_text(fields, "code") => Vec::new(),
            Some(other) => vec![(CODE.to_owned(), other.to_string())],
        }
    }
}

fn with_draft(mut schema: Value) -> Value {
    schema["$schema"] = DRAFT.into();
    schema
}

fn object(members: &Members<ValueType>, direction: Direction) -> Value {
    let properties: serde_json::Map<String, Value> = members
        .iter()
        .map(|member| (member.json_name.to_string(), schema(&member.ty, direction)))
        .collect();
    let required: Vec<&str> = members
        .iter()
        .filter(|member| {
            direction == Direction::Output || !matches!(member.ty, ValueType::Option(_))
        })
        .map(|member| &*member.json_name)
        .collect();
    json!({ "type": "object", "properties": properties, "required": required })
}

/// An object with exactly one member.
fn single(name: &str, ty: Option<&ValueType>, direction: Direction) -> Value {
    let ty = ty.map_or_else(|| json!({ "type": "null" }), |ty| schema(ty, direction));
    json!({
        "type": "object", "properties": { name: ty }, "required": [name],
        "additionalProperties": false
    })
}

fn schema(ty: &ValueType, direction: Direction) -> Value {
    if let Some((lowest, highest)) = ty.integers() {
        let bound = |value: i128| serde_json::Number::from_i128(value);
        return json!({ "type": "integer", "minimum": bound(lowest), "maximum": bound(highest) });
    }
    match ty {
        ValueType::Bool => json!({ "type": "boolean" }),
        ValueType::F32 | ValueType::F64 => json!({
            "anyOf": [{ "type": "number" }, { "enum": ["NaN", "Infinity", "-Infinity"] }]
        }),
        ValueType::Char => json!({ "type": "string", "minLength": 1, "maxLength": 1 }),
        ValueType::String => json!({ "type": "string" }),
        ValueType::List(element) if **element == ValueType::U8 => {
            let text = json!({ "type": "string", "contentEncoding": "base64" });
            match direction {
                Direction::Output => text,
                Direction::Input => json!({
                    "anyOf": [text, { "type": "array", "items": schema(element, direction) }]
                }),
            }
        }
        ValueType::List(element) => {
            json!({ "type": "array", "items": schema(element, direction) })
        }
        ValueType::Map(pair) if pair.0 == ValueType::String => json!({
            "type": "object", "additionalProperties": schema(&pair.1, direction)
        }),
        ValueType::Map(pair) => {
            let pair = [&pair.0, &pair.1].map(|ty| schema(ty, direction));
            json!({ "type": "array", "items": tuple(pair.into()) })
        }
        ValueType::Tuple(types) => tuple(types.iter().map(|ty| schema(ty, direction)).collect()),
        ValueType::Record(fields) => object(fields, direction),
        ValueType::Variant(cases) => {
            let cases = cases.iter().map(|case| match &case.ty {
                Some(ty) => single(&case.json_name, Some(ty), direction),
                None => json!({ "const": *case.name }),
            });
            json!({ "oneOf": cases.collect::<Vec<_>>() })
        }
        ValueType::Enum(cases) => json!({ "type": "string", "enum": names(cases) }),
        ValueType::Flags(flags) => json!({
            "type": "array", "items": { "type": "string", "enum": names(flags) },
            "uniqueItems": true
        }),
        ValueType::Option(inner) => {
            let some = match **inner {
                ValueType::Option(_) => single("some", Some(inner), direction),
                _ => schema(inner, direction),
            };
            json!({ "anyOf": [some, { "type": "null" }] })
        }
        ValueType::Result(either) => json!({ "oneOf": [
            single("ok", either.0.as_ref(), direction),
            single("err", either.1.as_ref(), direction)
        ] }),
        ValueType::S8
        | ValueType::U8
        | ValueType::S16
        | ValueType::U16
        | ValueType::S32
        | ValueType::U32
        | ValueType::S64
        | ValueType::U64 => json!({ "type": "integer" }),
    }
}

fn tuple(types: Vec<Value>) -> Value {
    let count = types.len();
    json!({ "type": "array", "prefixItems": types, "minItems": count, "maxItems": count })
}

fn names(names: &Members<()>) -> Vec<&str> {
    names.iter().map(|name| &*name.name).collect()
}
