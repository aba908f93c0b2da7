//! Cases: what a step is called with, and what should come of it.
//!
//! A case is a JSON file in the folder `cases` of a step's project: an `input`, perhaps `headers`
//! and a `function`, and one of `output`, `bpmnError` and `failure`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyam_sandbox::{Call, Failure as CallFailure};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::difference::differences;
use crate::cli::failure::Failure;

/// The folder of a project that holds its cases.
const FOLDER: &str = "cases";
/// Most cases of one project.
const MOST: usize = 10_000;
/// Most bytes of one case.
const MOST_BYTES: u64 = 16 << 20;

/// One case.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Case {
    /// The input, a JSON object.
    pub input: Box<RawValue>,
    /// The task headers.
    #[serde(default)]
    pub headers: BTreeMap<Box<str>, Box<str>>,
    /// The function of a step with typed functions.
    #[serde(default)]
    pub function: Option<String>,
    /// The output that should come.
    #[serde(default)]
    pub output: Option<Value>,
    /// The BPMN error that should come.
    #[serde(default)]
    bpmn_error: Option<BpmnError>,
    /// What the message of the failure that should come contains.
    #[serde(default)]
    failure: Option<String>,
}

/// A BPMN error that should come. What is absent may be anything.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BpmnError {
    code: String,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    variables: Option<Value>,
}

/// Every case of the project in `folder`, in order of their names.
///
/// # Errors
/// Where a file is no case, with the place in it.
pub fn all(folder: &Path) -> Result<Vec<(String, Case)>, Failure> {
    let folder = folder.join(FOLDER);
    let mut files: Vec<PathBuf> = match fs::read_dir(&folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        read => read
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| cannot_read(&folder, &error))?
            .into_iter()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
            .collect(),
    };
    if files.len() > MOST {
        return Err(Failure::failed(format!(
            "{} has more than {MOST} cases",
            folder.display()
        )));
    }
    files.sort();
    files
        .into_iter()
        .map(|file| {
            let name = file.file_stem().unwrap_or_default().to_string_lossy();
            Ok((name.into_owned(), read(&file)?))
        })
        .collect()
}

fn read(file: &Path) -> Result<Case, Failure> {
    let wrong = |why: &dyn std::fmt::Display| {
        Failure::failed(format!("{} is no case: {why}", file.display()))
    };
    let size = fs::metadata(file)
        .map_err(|error| cannot_read(file, &error))?
        .len();
    if size > MOST_BYTES {
        return Err(wrong(&format_args!("it has more than {MOST_BYTES} bytes")));
    }
    let text = fs::read_to_string(file).map_err(|error| cannot_read(file, &error))?;
    let case: Case = serde_json::from_str(&text).map_err(|error| wrong(&error))?;
    if !case.input.get().starts_with('{') {
        return Err(wrong(&"its input must be a JSON object"));
    }
    let wanted = [
        case.output.is_some(),
        case.bpmn_error.is_some(),
        case.failure.is_some(),
    ];
    if wanted.into_iter().filter(|is_there| *is_there).count() != 1 {
        return Err(wrong(
            &"it must have exactly one of \"output\", \"bpmnError\" and \"failure\"",
        ));
    }
    Ok(case)
}

fn cannot_read(path: &Path, error: &std::io::Error) -> Failure {
    Failure::failed(format!("cannot read {}: {error}", path.display()))
}

impl Case {
    /// What of a call is not as it should be; nothing where it passes.
    pub fn check(&self, call: &Call) -> Vec<String> {
        match (&call.outcome, &self.output, &self.bpmn_error, &self.failure) {
            (Ok(output), Some(wanted), ..) => match serde_json::from_str::<Value>(output) {
                Ok(output) => differences("output", wanted, &output),
                Err(error) => vec![format!("the output is no JSON: {error}")],
            },
            (
                Err(CallFailure::BpmnError {
                    code,
                    message,
                    variables,
                }),
                _,
                Some(wanted),
                _,
            ) => wanted.check(code, message, variables),
            (
                Err(CallFailure::Retryable { message, .. } | CallFailure::Permanent { message }),
                _,
                _,
                Some(wanted),
            ) if message.contains(wanted) => Vec::new(),
            (outcome, ..) => vec![
                format!("expected {}", self.wanted()),
                format!("got      {}", told(outcome)),
            ],
        }
    }

    fn wanted(&self) -> String {
        if let Some(error) = &self.bpmn_error {
            return format!("the BPMN error {}", error.code);
        }
        match (&self.failure, &self.output) {
            (Some(text), _) => format!("a failure that says \"{text}\""),
            (_, Some(output)) => format!("the output {output}"),
            _ => "nothing".to_owned(),
        }
    }
}

impl BpmnError {
    fn check(&self, code: &str, message: &str, variables: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut compare = |what: &str, wanted: &str, got: &str| {
            if wanted != got {
                found.push(format!("{what}: expected \"{wanted}\", got \"{got}\""));
            }
        };
        compare("bpmnError.code", &self.code, code);
        if let Some(wanted) = &self.message {
            compare("bpmnError.message", wanted, message);
        }
        if let Some(wanted) = &self.variables {
            match serde_json::from_str::<Value>(variables) {
                Ok(got) => found.extend(differences("bpmnError.variables", wanted, &got)),
                Err(error) => found.push(format!("bpmnError.variables is no JSON: {error}")),
            }
        }
        found
    }
}

/// How a call ended, in a few words.
pub fn told(outcome: &Result<String, CallFailure>) -> String {
    match outcome {
        Ok(output) => format!("the output {output}"),
        Err(CallFailure::BpmnError {
            code,
            message,
            variables,
        }) => format!("the BPMN error {code} \"{message}\" with {variables}"),
        Err(CallFailure::Retryable { message, .. }) => {
            format!("a failure that may be retried: {message}")
        }
        Err(CallFailure::Permanent { message }) => format!("a permanent failure: {message}"),
    }
}

#[cfg(test)]
mod tests {
    use anyam_sandbox::{Changes, Usage};

    use super::*;

    fn case(text: &str) -> Result<Case, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("case.json");
        fs::write(&file, text).unwrap();
        read(&file)
    }

    fn call(outcome: Result<&str, CallFailure>) -> Call {
        Call {
            outcome: outcome.map(str::to_owned),
            log: Vec::new(),
            changes: Changes::default(),
            usage: Usage::default(),
        }
    }

    fn bpmn_error(code: &str) -> CallFailure {
        CallFailure::BpmnError {
            code: code.into(),
            message: "m".into(),
            variables: r#"{"a": 1}"#.into(),
        }
    }

    fn permanent() -> CallFailure {
        CallFailure::Permanent {
            message: "the disk is full".into(),
        }
    }

    #[test]
    fn outputs_are_compared() {
        let case = case(r#"{"input": {}, "output": {"a": 1.0}}"#).unwrap();
        assert!(case.check(&call(Ok(r#"{"a": 1}"#))).is_empty());
        let found = case.check(&call(Ok(r#"{"a": 2}"#)));
        assert_eq!(found, ["output.a: expected 1.0, got 2"]);
        let found = case.check(&call(Err(bpmn_error("X"))));
        assert!(found[0].contains("the output") && found[1].contains("BPMN error X"));
    }

    #[test]
    fn errors_are_compared_as_far_as_they_are_given() {
        let any = case(r#"{"input": {}, "bpmnError": {"code": "X"}}"#).unwrap();
        assert!(any.check(&call(Err(bpmn_error("X")))).is_empty());
        assert_eq!(any.check(&call(Err(bpmn_error("Y")))).len(), 1);
        assert_eq!(any.check(&call(Err(permanent()))).len(), 2);
        let all = r#"{"code": "X", "message": "n", "variables": {"a": 2}}"#;
        let all = case(&format!(r#"{{"input": {{}}, "bpmnError": {all}}}"#)).unwrap();
        assert_eq!(
            all.check(&call(Err(bpmn_error("X")))),
            [
                "bpmnError.message: expected \"n\", got \"m\"",
                "bpmnError.variables.a: expected 2, got 1"
            ]
        );
    }

    #[test]
    fn a_failure_is_known_by_what_it_says() {
        let full = case(r#"{"input": {}, "failure": "disk"}"#).unwrap();
        assert!(full.check(&call(Err(permanent()))).is_empty());
        assert_eq!(full.check(&call(Ok("{}"))).len(), 2);
        let other = case(r#"{"input": {}, "failure": "net"}"#).unwrap();
        assert_eq!(other.check(&call(Err(permanent()))).len(), 2);
    }

    #[test]
    fn what_is_no_case_is_told() {
        for (text, why) in [
            ("", "EOF"),
            ("{}", "input"),
            (r#"{"input": {}}"#, "exactly one of"),
            (r#"{"input": [], "output": {}}"#, "must be a JSON object"),
            (
                r#"{"input": {}, "output": {}, "failure": ""}"#,
                "exactly one of",
            ),
            (r#"{"input": {}, "outptu": {}}"#, "outptu"),
        ] {
            let failure = case(text).unwrap_err().to_string();
            assert!(failure.contains(why), "{text}: {failure}");
        }
    }

    #[test]
    fn cases_come_in_order_and_need_no_folder() {
        let folder = tempfile::tempdir().unwrap();
        assert!(all(folder.path()).unwrap().is_empty());
        fs::create_dir(folder.path().join(FOLDER)).unwrap();
        for name in ["b.json", "a.json", "notes.txt"] {
            let text = r#"{"input": {}, "output": {}}"#;
            fs::write(folder.path().join(FOLDER).join(name), text).unwrap();
        }
        let names: Vec<_> = all(folder.path())
            .unwrap()
            .into_iter()
            .map(|c| c.0)
            .collect();
        assert_eq!(names, ["a", "b"]);
    }
}
