//! What the answer of a function means to the process.
//!
//! A record is the output, any other value is its member `result`, and nothing is an empty
//! output. Of a `result` this holds for `ok`; `err` is a BPMN error:
//!
//! | Error type | Code | Variables |
//! |---|---|---|
//! | variant | the case | the fields of a record, or the payload as `error` |
//! | enum | the case | none |
//! | `string`, which is the message | `error` | none |
//! | record with `code: string` | `code` | the fields but `code` and `message` |
//! | any other | `error` | as of a payload |
//!
//! A field `message` of type `string` is the message, and so is a payload that is text.

use wasmtime::component::Val;

use super::function::{Function, RESULT};
use super::members::Members;
use super::to_json::ToJson;
use super::value_type::ValueType;
use crate::failure::{Failure, check_json};
use crate::limits::{Limits, clip};

/// The code where the type of an error gives none.
pub(super) const CODE: &str = "error";
const CODE_FIELD: &str = "code";
const MESSAGE_FIELD: &str = "message";

/// The output, or the failure, that an answer stands for.
pub(super) fn outcome(
    function: &Function,
    answer: Option<&Val>,
    limits: &Limits,
) -> Result<String, Failure> {
    let (ty, value) = match (&function.result, answer) {
        (Some(ValueType::Result(either)), Some(Val::Result(Err(value)))) => {
            return Err(error(function, either.1.as_ref(), value.as_deref(), limits));
        }
        (Some(ValueType::Result(either)), Some(Val::Result(Ok(value)))) => {
            (either.0.as_ref(), value.as_deref())
        }
        (ty, value) => (ty.as_ref(), value),
    };
    let odd = |reason: String| Failure::retryable(format!("the output of the step {reason}"));
    let output = variables(RESULT, ty, value, limits).map_err(odd)?;
    check_json(&output, limits).map_err(odd)?;
    Ok(output)
}

fn error(
    function: &Function,
    ty: Option<&ValueType>,
    value: Option<&Val>,
    limits: &Limits,
) -> Failure {
    let (code, ty, value) = match (ty, value) {
        (Some(ValueType::Variant(cases)), Some(Val::Variant(case, payload))) => {
            let ty = cases.get(case).and_then(|case| case.ty.as_ref());
            (case.as_str(), ty, payload.as_deref())
        }
        (_, Some(Val::Enum(case))) => (case.as_str(), None, None),
        (Some(ValueType::Record(fields)), Some(Val::Record(values)))
            if has_text(fields, CODE_FIELD) =>
        {
            return record_error(function, fields, values, limits);
        }
        (Some(ValueType::String), Some(Val::String(text))) => {
            return thrown(CODE, text.clone(), Ok("{}".to_owned()), limits);
        }
        (ty, value) => (CODE, ty, value),
    };
    let message = match value {
        Some(Val::String(text)) => text.clone(),
        Some(Val::Record(values)) => text_of(values, MESSAGE_FIELD).unwrap_or_default(),
        _ => String::new(),
    };
    let message = if message.is_empty() {
        format!("{} answered {code}", function.name)
    } else {
        message
    };
    thrown(code, message, variables("error", ty, value, limits), limits)
}

/// An error whose record names its code.
fn record_error(
    function: &Function,
    fields: &Members<ValueType>,
    values: &[(String, Val)],
    limits: &Limits,
) -> Failure {
    let code = text_of(values, CODE_FIELD).unwrap_or_default();
    let message = text_of(values, MESSAGE_FIELD)
        .unwrap_or_else(|| format!("{} answered {code}", function.name));
    let mut json = ToJson::new(limits.output_bytes);
    let skip: &[&str] = if has_text(fields, MESSAGE_FIELD) {
        &[CODE_FIELD, MESSAGE_FIELD]
    } else {
        &[CODE_FIELD]
    };
    let variables = json.members(fields, values, skip).map(|()| json.finish());
    thrown(&code, message, variables, limits)
}

fn thrown(
    code: &str,
    message: String,
    variables: Result<String, String>,
    limits: &Limits,
) -> Failure {
    let checked = variables.and_then(|text| check_json(&text, limits).map(|()| text));
    match checked {
        Err(reason) => Failure::retryable(clip(
            format!("the step answered the BPMN error '{code}', but its variables: it {reason}"),
            limits.error_text_bytes,
        )),
        Ok(_) if code.len() > limits.error_code_bytes => Failure::retryable(format!(
            "the step answered a BPMN error whose code has {} bytes; the limit is {} (limit \
             error_code_bytes)",
            code.len(),
            limits.error_code_bytes
        )),
        Ok(variables) => Failure::BpmnError {
            code: code.to_owned(),
            message: clip(message, limits.error_text_bytes),
            variables,
        },
    }
}

/// A value as a JSON object: a record as it is, nothing as an empty one, anything else as the
/// member `name`.
fn variables(
    name: &str,
    ty: Option<&ValueType>,
    value: Option<&Val>,
    limits: &Limits,
) -> Result<String, String> {
    let mut json = ToJson::new(limits.output_bytes);
    match (ty, value) {
        (Some(ty @ ValueType::Record(_)), Some(value)) => json.value(ty, value)?,
        (Some(ty), Some(value)) => json.one(name, Some(ty), Some(value))?,
        _ => return Ok("{}".to_owned()),
    }
    Ok(json.finish())
}

pub(super) fn has_text(fields: &Members<ValueType>, name: &str) -> bool {
    fields
        .get(name)
        .is_some_and(|field| field.ty == ValueType::String)
}

fn text_of(values: &[(String, Val)], name: &str) -> Option<String> {
    values.iter().find_map(|(field, value)| match value {
        Val::String(text) if field == name => Some(text.clone()),
        _ => None,
    })
}
