//! The bounds on a step's types, in a form that the attribute can put at each type.

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::StepError;

/// Compiles for what a step can take.
pub const fn accepts_input<I: DeserializeOwned + JsonSchema>() {}

/// Compiles for what a step can return.
pub const fn accepts_output<R: StepResult>() {}

/// `Result<Output, StepError>`.
#[diagnostic::on_unimplemented(
    message = "a step cannot return `{Self}`",
    label = "must be `Result<Output, StepError>`",
    note = "`Output` derives `serde::Serialize` and `schemars::JsonSchema`"
)]
pub trait StepResult {}

impl<O: Serialize + JsonSchema> StepResult for Result<O, StepError> {}
