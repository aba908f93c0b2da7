//! A step that does with the host's capabilities what its input names, and tells what came of it.

mod blobs;
mod data;
mod surroundings;

use anyam_sdk::{Context, StepError, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The interfaces that the SDK has no module for.
mod bindings {
    wit_bindgen::generate!({
        path: ["../../../../../wit", "../../../wit"],
        world: "anyam:host/capabilities",
        generate_all,
    });
}

/// What to do.
#[derive(Deserialize, JsonSchema)]
pub struct Script {
    /// In this order.
    #[serde(rename = "do")]
    pub actions: Vec<Value>,
    /// How to end; with an output where absent.
    #[serde(default)]
    pub end: Option<End>,
}

/// How to end.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// With a BPMN error.
    BpmnError,
    /// With a failure that may be tried again.
    Retryable,
    /// With a failure that may not.
    Permanent,
    /// With a trap.
    Trap,
}

/// What came of it.
#[derive(Serialize, JsonSchema)]
pub struct Results {
    /// One for each action: `{"ok": ...}` or `{"error": "..."}`.
    pub results: Vec<Value>,
}

/// Follows the script.
#[anyam_sdk::step]
pub fn store(_ctx: &Context, script: Script) -> Result<Results, StepError> {
    let mut results = Vec::new();
    for action in script.actions {
        let result = match action["on"].as_str() {
            Some("data") => data::act(serde_json(action)?),
            Some("blobs") => blobs::act(serde_json(action)?),
            _ => surroundings::act(serde_json(action)?),
        };
        results.push(match result {
            Ok(value) => anyam_sdk::json!({ "ok": value }),
            Err(sentence) => anyam_sdk::json!({ "error": sentence }),
        });
    }
    match script.end {
        None => Ok(Results { results }),
        Some(End::BpmnError) => Err(StepError::bpmn("ENDED", "as it was told")),
        Some(End::Retryable) => Err(StepError::retry("as it was told")),
        Some(End::Permanent) => Err(StepError::permanent("as it was told")),
        Some(End::Trap) => panic!("as it was told"),
    }
}

fn serde_json<T: for<'a> Deserialize<'a>>(action: Value) -> Result<T, StepError> {
    T::deserialize(action).map_err(|error| StepError::permanent(format!("a bad action: {error}")))
}

type Outcome = Result<Value, String>;

/// A result as the script tells it.
fn tell<T: Serialize, E: std::fmt::Debug>(result: Result<T, E>) -> Outcome {
    result
        .map(|value| anyam_sdk::json!(value))
        .map_err(|error| format!("{error:?}"))
}
