//! The process step `{{name}}`.

use anyam_sdk::{Context, StepError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the task hands to the step.
#[derive(Deserialize, JsonSchema)]
pub struct Input {
    /// Who is greeted.
    pub name: String,
}

/// What the step gives.
#[derive(Serialize, JsonSchema)]
pub struct Output {
    /// The greeting.
    pub greeting: String,
}

/// Greets someone.
#[anyam_sdk::step(errors(NO_NAME = "There is nobody to greet."))]
pub fn {{snake_name}}(_ctx: &Context, input: Input) -> Result<Output, StepError> {
    if input.name.is_empty() {
        return Err(StepError::bpmn("NO_NAME", "there is nobody to greet"));
    }
    Ok(Output {
        greeting: format!("Hello, {}!", input.name),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyam_sdk::invoke;

    #[test]
    fn greets() {
        let ctx = Context::for_test().build();
        let output = invoke({{snake_name}}, &ctx, r#"{"name":"Ada"}"#).unwrap();
        assert_eq!(output, r#"{"greeting":"Hello, Ada!"}"#);
    }

    #[test]
    fn nobody_is_refused() {
        let ctx = Context::for_test().build();
        let error = invoke({{snake_name}}, &ctx, r#"{"name":""}"#).unwrap_err();
        assert_eq!(error.code(), Some("NO_NAME"));
    }
}
