//! Variables on the command line: JSON, or a file of it.

use std::fs;
use std::io::Read;

use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::failure::Failure;
use super::wire::Variables;

/// Reads `--variables`: a JSON object, `@FILE` or `@-` for stdin. The text is kept as it is, so
/// that numbers lose no digit.
///
/// # Errors
/// [`Failure::Usage`] where the file cannot be read or the text is not a JSON object.
pub fn read(argument: Option<&str>) -> Result<Box<RawValue>, Failure> {
    read_object("--variables", argument)
}

/// As [`read`], for the option `option`.
///
/// # Errors
/// As [`read`].
pub fn read_object(option: &str, argument: Option<&str>) -> Result<Box<RawValue>, Failure> {
    let (source, text) = match argument {
        None => (option.to_owned(), "{}".to_owned()),
        Some("@-") => ("standard input".to_owned(), read_stdin()?),
        Some(argument) => match argument.strip_prefix('@') {
            Some(file) => (file.to_owned(), read_file(file)?),
            None => (option.to_owned(), argument.to_owned()),
        },
    };
    serde_json::from_str::<Variables>(&text)
        .and_then(|_| serde_json::from_str(&text))
        .map_err(|error| {
            Failure::usage(format!(
                "{source} is not a JSON object such as {{\"orderId\": \"A-1\"}}: {error}"
            ))
        })
}

/// A request body with its variables.
#[derive(Serialize)]
struct WithVariables<'a> {
    #[serde(flatten)]
    body: &'a Value,
    variables: &'a RawValue,
}

/// `body`, which must be an object, with `variables` as they are.
pub fn with_variables(body: &Value, variables: &RawValue) -> String {
    serde_json::to_string(&WithVariables { body, variables }).expect("a JSON object is JSON")
}

fn read_file(file: &str) -> Result<String, Failure> {
    fs::read_to_string(file)
        .map_err(|error| Failure::usage(format!("cannot read the variables in {file}: {error}")))
}

fn read_stdin() -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Failure::usage(format!("cannot read the variables on stdin: {error}")))?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_kept_digit_by_digit() {
        let text = r#"{"amount": 12345678901234567890.123456789}"#;
        assert_eq!(read(Some(text)).unwrap().get(), text);
        assert_eq!(read(None).unwrap().get(), "{}");
    }

    #[test]
    fn variables_go_into_a_body_as_they_are() {
        let variables = read(Some(r#"{"a": 1.10}"#)).unwrap();
        let body = with_variables(&serde_json::json!({"name": "x"}), &variables);
        assert_eq!(body, r#"{"name":"x","variables":{"a": 1.10}}"#);
        let body = with_variables(&serde_json::json!({}), &variables);
        assert_eq!(body, r#"{"variables":{"a": 1.10}}"#);
    }

    #[test]
    fn a_file_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("order.json");
        fs::write(&file, "{\"a\": 1}\n").unwrap();
        let argument = format!("@{}", file.display());
        assert_eq!(read(Some(&argument)).unwrap().get(), "{\"a\": 1}");
    }

    #[test]
    fn anything_else_is_wrong_usage() {
        for argument in ["", "1", "[]", "{", "{} {}", "@/does/not/exist"] {
            let failure = read(Some(argument)).unwrap_err();
            assert_eq!(failure.exit_code(), 2, "{argument}");
        }
    }
}
