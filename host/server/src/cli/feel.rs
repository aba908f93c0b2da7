//! `anyam feel`.

use std::time::{SystemTime, UNIX_EPOCH};

use anyam_feel::{Data, Expression, Limits, Now, Seed, isolated};
use clap::Args;
use serde::Serialize;
use serde_json::value::RawValue;

use super::failure::Failure;
use super::screen::{self, Screen};
use super::variables;
use super::wire::Variables;

/// Evaluate a FEEL expression, here and without a server.
#[derive(Args, Debug)]
pub struct Feel {
    /// The expression; a `=` before it, as in a model, may stand or be left out.
    #[arg(value_name = "EXPR", allow_hyphen_values = true)]
    expression: String,
    /// Variables it sees: a JSON object, @FILE, or @- for stdin.
    #[arg(long, value_name = "JSON")]
    variables: Option<String>,
    /// Print the answer of POST /v2/expression/evaluation instead of the value alone.
    #[arg(long)]
    json: bool,
}

/// As the API answers.
#[derive(Serialize)]
struct Answer<'a> {
    expression: &'a str,
    result: &'a RawValue,
    warnings: Vec<Warning>,
}

#[derive(Serialize)]
struct Warning {
    message: String,
}

pub(super) fn run(arguments: &Feel) -> Result<(), Failure> {
    let given = variables::read(arguments.variables.as_deref())?;
    let given: Variables = serde_json::from_str(given.get()).map_err(invalid)?;
    let source = arguments.expression.trim_start();
    let source = source.strip_prefix('=').unwrap_or(source);
    let expression = Expression::compile(source, &Limits::default())
        .map_err(|error| Failure::failed(format!("the expression does not compile: {error}")))?;
    let mut data: Data<'_> = given
        .iter()
        .map(|(name, value)| (name.as_str(), value.get()))
        .collect();
    data.seed(Seed(seed()));
    let (response, missing) = isolated::evaluate_telling(&expression.request(&data, now()));
    let value = response
        .map_err(|error| Failure::failed(format!("the expression has no value: {error}")))?;
    let warnings = missing.into_iter().map(|name| Warning {
        message: format!("No variable found with name '{name}'"),
    });
    let answer = Answer {
        expression: &arguments.expression,
        result: serde_json::from_str(&value).map_err(invalid)?,
        warnings: warnings.collect(),
    };
    let screen = Screen::new(arguments.json);
    if screen.json() {
        return Ok(screen.line(serde_json::to_string(&answer).map_err(invalid)?)?);
    }
    for warning in &answer.warnings {
        screen::tell(&format!("warning: {}", warning.message));
    }
    Ok(screen.line(answer.result)?)
}

fn invalid(error: serde_json::Error) -> Failure {
    Failure::failed(error.to_string())
}

fn now() -> Now {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Now(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

fn seed() -> u64 {
    let mut bytes = [0; 8];
    // Without the system's randomness every run draws the same, which harms nobody here.
    let _ = getrandom::fill(&mut bytes);
    u64::from_le_bytes(bytes)
}
