//! Values of expressions, with the variables a scope sees.

use anyam_bpmn::graph::{ExprIx, Value};
use anyam_feel::{Cost, Data, EvaluationError, Now};
use serde_json::Value as JsonValue;

use crate::evaluation::{Request, Response};
use crate::execution::{Execution, Stop};
use crate::key::ElementInstanceKey;
use crate::limits::Limits;
use crate::transition::IncidentKind;
use crate::value::{Json, Variables};

impl Execution<'_> {
    /// The value of an expression where `scope` sees the variables and `extra` covers them.
    pub(crate) fn evaluate(
        &mut self,
        ix: ExprIx,
        scope: ElementInstanceKey,
        extra: &Variables,
        kind: IncidentKind,
    ) -> Result<Json, Stop> {
        let expression = self.process.expression(ix);
        // A plain variable is the commonest expression; its text needs no reading and keeps every
        // digit.
        if let [name] = expression.names()
            && **name == *expression.source().trim()
        {
            let value = extra
                .get(name)
                .or_else(|| self.instance.visible(scope, name));
            return Ok(value.cloned().unwrap_or_else(Json::null));
        }
        let seed = self.next_seed();
        let mut data = Data::new();
        data.seed(seed);
        let mut bytes = expression.source().len();
        for name in expression.names() {
            let value = extra
                .get(name)
                .or_else(|| self.instance.visible(scope, name));
            if let Some(value) = value {
                bytes += value.as_str().len();
                data.insert(name, value.as_str());
            }
        }
        self.expression_bytes += bytes;
        if self.expression_bytes + self.replayed_bytes > self.limits.max_expression_bytes {
            return Err(too_many_bytes(self.limits));
        }
        let now = Now(self.now.0);
        let result = match expression.cost() {
            Cost::Inline => expression.evaluate(&data, now),
            Cost::Isolated => {
                let request = Request::Expression(Box::new(expression.request(&data, now)));
                match self.isolated(request)? {
                    Response::Expression(response) => response,
                    Response::Decision(_) => Err(EvaluationError::Internal(
                        "it was answered as a decision".into(),
                    )),
                }
            }
        };
        result.map(Json::from_valid).map_err(|error| {
            let text = &self.process.graph().expressions[ix.at()].text;
            Stop::Incident(kind, format!("the expression `{text}` failed: {error}"))
        })
    }

    /// Counts bytes that the expressions of this command read or write.
    pub(crate) fn charge(&mut self, bytes: usize) -> Result<(), Stop> {
        self.expression_bytes += bytes;
        if self.expression_bytes + self.replayed_bytes > self.limits.max_expression_bytes {
            return Err(too_many_bytes(self.limits));
        }
        Ok(())
    }

    /// The answer to a costly request, where it is there already.
    pub(crate) fn isolated(&mut self, request: Request) -> Result<Response, Stop> {
        if self.isolated >= self.limits.max_isolated {
            return Err(spent(format!(
                "{} costly expressions were evaluated without a wait (limit max_isolated)",
                self.limits.max_isolated
            )));
        }
        self.isolated += 1;
        // With its value the command begins anew and reads everything again.
        self.replayed_bytes += self.expression_bytes;
        match self.evaluated.next() {
            Some(response) => Ok(response.clone()),
            None => Err(Stop::Evaluate(Box::new(request))),
        }
    }

    /// A condition's value.
    pub(crate) fn boolean(
        &mut self,
        ix: ExprIx,
        scope: ElementInstanceKey,
        kind: IncidentKind,
    ) -> Result<bool, Stop> {
        self.boolean_with(ix, scope, &Variables::new(), kind)
    }

    /// A condition's value, where `extra` covers the variables.
    pub(crate) fn boolean_with(
        &mut self,
        ix: ExprIx,
        scope: ElementInstanceKey,
        extra: &Variables,
        kind: IncidentKind,
    ) -> Result<bool, Stop> {
        let value = self.evaluate(ix, scope, extra, kind)?;
        match value.as_str().trim() {
            "true" => Ok(true),
            "false" => Ok(false),
            other => Err(self.unfit(ix, kind, "true or false", other)),
        }
    }

    /// The value of a setting as JSON; a literal is a JSON string.
    pub(crate) fn setting(
        &mut self,
        value: &Value,
        scope: ElementInstanceKey,
    ) -> Result<JsonValue, Stop> {
        match value {
            Value::Literal(text) => Ok(JsonValue::String(text.to_string())),
            Value::Expression(ix) => {
                let kind = IncidentKind::ExtractValueError;
                let json = self.evaluate(*ix, scope, &Variables::new(), kind)?;
                serde_json::from_str(json.as_str()).map_err(|error| {
                    Stop::Incident(
                        kind,
                        format!("the expression's value cannot be read: {error}"),
                    )
                })
            }
        }
    }

    /// The value of a setting that must be a text. `what` names it in the incident.
    pub(crate) fn text(
        &mut self,
        value: &Value,
        scope: ElementInstanceKey,
        what: &str,
    ) -> Result<Box<str>, Stop> {
        let value = self.setting(value, scope)?;
        let JsonValue::String(text) = value else {
            return Err(extract(format!(
                "the {what} must be a text, but is {}",
                shown(&value)
            )));
        };
        self.bounded(text, what)
    }

    /// Refuses a text that is too long to be a name, key or code.
    pub(crate) fn bounded(&self, text: String, what: &str) -> Result<Box<str>, Stop> {
        if text.len() > self.limits.max_text_bytes {
            return Err(Stop::Incident(
                IncidentKind::ResourceLimit,
                format!(
                    "the {what} has {} bytes, allowed are {} (limit max_text_bytes)",
                    text.len(),
                    self.limits.max_text_bytes
                ),
            ));
        }
        Ok(text.into())
    }

    pub(crate) fn unfit(&self, ix: ExprIx, kind: IncidentKind, wanted: &str, found: &str) -> Stop {
        let text = &self.process.graph().expressions[ix.at()].text;
        let found: String = found.chars().take(100).collect();
        Stop::Incident(
            kind,
            format!("the expression `{text}` must give {wanted}, but gives {found}"),
        )
    }
}

fn too_many_bytes(limits: &Limits) -> Stop {
    spent(format!(
        "more than {} bytes were read by expressions without a wait (limit max_expression_bytes)",
        limits.max_expression_bytes
    ))
}

/// An incident about a command that has done as much as one may.
fn spent(message: String) -> Stop {
    let message = format!("{message}; resolve the incident to go on");
    Stop::Incident(IncidentKind::ResourceLimit, message)
}

/// An incident about a value that does not fit.
pub(crate) fn extract(message: String) -> Stop {
    Stop::Incident(IncidentKind::ExtractValueError, message)
}

/// A value for a message, shortened.
pub(crate) fn shown(value: &JsonValue) -> String {
    value.to_string().chars().take(100).collect()
}
