//! From the host's JSON to the step's types and back.

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{Context, StepError};

/// Calls a step the way the host does: JSON text in, JSON text out.
///
/// A native test can use it to see what the step makes of the variables of a process.
///
/// ```
/// use anyam_sdk::{Context, StepError, invoke};
/// # use schemars::JsonSchema;
/// # use serde::{Deserialize, Serialize};
///
/// #[derive(Deserialize, JsonSchema)]
/// struct Order { quantity: u32 }
/// #[derive(Serialize, JsonSchema)]
/// struct Parcel { boxes: u32 }
///
/// fn pack(_ctx: &Context, order: Order) -> Result<Parcel, StepError> {
///     Ok(Parcel { boxes: order.quantity.div_ceil(12) })
/// }
///
/// let ctx = Context::for_test().build();
/// assert_eq!(invoke(pack, &ctx, r#"{"quantity": 30}"#).unwrap(), r#"{"boxes":3}"#);
///
/// let error = invoke(pack, &ctx, r#"{"quantity": "30"}"#).unwrap_err();
/// assert_eq!(
///     error.message(),
///     "the input does not fit the step at `quantity`: invalid type: string \"30\", expected u32"
/// );
/// ```
///
/// # Errors
///
/// What the step itself returns. Input that does not fit the input type, and output that is not a
/// JSON object, are permanent failures.
pub fn invoke<I, O, F>(step: F, context: &Context, input: &str) -> Result<String, StepError>
where
    I: DeserializeOwned + JsonSchema,
    O: Serialize + JsonSchema,
    F: FnOnce(&Context, I) -> Result<O, StepError>,
{
    let input = parse(input)?;
    let output = step(context, input)?;
    text(&output)
        .map_err(|reason| StepError::permanent(format!("the step's output is unusable: {reason}")))
}

fn parse<I: DeserializeOwned>(input: &str) -> Result<I, StepError> {
    // By way of `Value`: read straight from text, `arbitrary_precision` shows numbers to tagged
    // enums and flattened structs as maps, which they refuse.
    let value: Value = serde_json::from_str(input)
        .map_err(|error| StepError::permanent(format!("the input is not JSON: {error}")))?;
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        let reason = error.into_inner();
        StepError::permanent(if path == "." {
            format!("the input does not fit the step: {reason}")
        } else {
            format!("the input does not fit the step at `{path}`: {reason}")
        })
    })
}

/// `value` as the text of a JSON object, its members in the order of the fields.
fn text(value: &impl Serialize) -> Result<String, String> {
    let text = serde_json::to_string(value).map_err(not_json)?;
    let found = match text.trim_start().as_bytes().first() {
        Some(b'{') => return Ok(text),
        Some(b'[') => "an array",
        Some(b'"') => "a string",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        _ => "a number",
    };
    Err(no_object(found))
}

/// `value` as a JSON object, or why it is none.
pub(crate) fn object(value: &impl Serialize) -> Result<Map<String, Value>, String> {
    match serde_json::to_value(value).map_err(not_json)? {
        Value::Object(object) => Ok(object),
        Value::Null => Err(no_object("null")),
        Value::Bool(_) => Err(no_object("a boolean")),
        Value::Number(_) => Err(no_object("a number")),
        Value::String(_) => Err(no_object("a string")),
        Value::Array(_) => Err(no_object("an array")),
    }
}

fn not_json(error: serde_json::Error) -> String {
    format!("it cannot be written as JSON: {error}")
}

fn no_object(found: &str) -> String {
    format!("a JSON object is needed, but this is {found}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Number, StepErrorKind};
    use serde::Deserialize;
    use std::collections::BTreeMap;

    #[derive(Debug, Deserialize, Serialize, JsonSchema)]
    struct Line {
        sku: String,
        price: Number,
    }

    #[derive(Debug, Deserialize, Serialize, JsonSchema)]
    struct Order {
        lines: Vec<Line>,
        #[serde(flatten)]
        rest: BTreeMap<String, Value>,
    }

    #[derive(Debug, Deserialize, Serialize, JsonSchema)]
    #[serde(tag = "by")]
    enum Payment {
        Card { number: u64, fee: f64 },
        Cash { amount: Number },
    }

    fn echo<T>(_ctx: &Context, value: T) -> Result<T, StepError> {
        Ok(value)
    }

    fn round_trip<T: DeserializeOwned + Serialize + JsonSchema>(
        input: &str,
    ) -> Result<String, StepError> {
        invoke(echo::<T>, &Context::for_test().build(), input)
    }

    #[test]
    fn numbers_keep_every_digit() {
        let input = r#"{"lines":[{"sku":"a","price":0.10}],"weight":12345678901234567890.123456789012345678900}"#;
        assert_eq!(round_trip::<Order>(input).unwrap(), input);
        let value = r#"{"big":123456789012345678901234567890,"small":1e-400}"#;
        let exact = round_trip::<Map<String, Value>>(value).unwrap();
        assert!(exact.contains("123456789012345678901234567890"), "{exact}");
        assert!(exact.contains("-400"), "{exact}");
    }

    #[test]
    fn tagged_enums_take_numbers() {
        let card = r#"{"by":"Card","number":4111,"fee":0.5}"#;
        assert_eq!(round_trip::<Payment>(card).unwrap(), card);
        let cash = r#"{"by":"Cash","amount":1.10}"#;
        assert_eq!(round_trip::<Payment>(cash).unwrap(), cash);
    }

    #[test]
    fn input_that_does_not_fit_names_the_field() {
        let input = r#"{"lines":[{"sku":"a","price":1},{"sku":7,"price":1}]}"#;
        let error = round_trip::<Order>(input).unwrap_err();
        assert_eq!(error.kind(), StepErrorKind::Permanent);
        assert_eq!(
            error.message(),
            "the input does not fit the step at `lines[1].sku`: invalid type: number, expected a string"
        );
        let error = round_trip::<Line>("{}").unwrap_err();
        assert_eq!(
            error.message(),
            "the input does not fit the step: missing field `sku`"
        );
        let error = round_trip::<Line>("{").unwrap_err();
        assert!(
            error.message().starts_with("the input is not JSON"),
            "{error}"
        );
    }

    #[test]
    fn output_that_is_no_object_is_refused() {
        for (output, found) in [
            ("[1]", "an array"),
            ("\"a\"", "a string"),
            ("true", "a boolean"),
            ("null", "null"),
            ("-1", "a number"),
        ] {
            let error = round_trip::<Value>(output).unwrap_err();
            assert_eq!(error.kind(), StepErrorKind::Permanent);
            assert_eq!(
                error.message(),
                format!(
                    "the step's output is unusable: a JSON object is needed, but this is {found}"
                )
            );
            assert_eq!(
                object(&output.parse::<Value>().unwrap()),
                Err(no_object(found))
            );
        }
    }

    #[test]
    fn output_that_json_cannot_express_is_refused() {
        let keys = BTreeMap::from([((1, 2), 3)]);
        let error = text(&keys).unwrap_err();
        assert_eq!(error, "it cannot be written as JSON: key must be a string");
    }

    #[test]
    fn input_nested_too_deeply_is_refused() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        let error = round_trip::<Map<String, Value>>(&deep).unwrap_err();
        assert!(error.message().contains("recursion limit"), "{error}");
    }
}
