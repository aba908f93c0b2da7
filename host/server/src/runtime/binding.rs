//! Whether what a service task maps fits the typed function that it is bound to.

use anyam_bpmn::graph::{ExprIx, Node, ProcessGraph, Value};
use anyam_bpmn::{Finding, Severity};
use anyam_engine::JobSlot;
use anyam_feel::Expression;
use anyam_sandbox::{Function, Manifest};
use anyam_store::records::StepVersion;

use super::step_names::StepRequest;
use crate::error::{Error, Result};
use crate::limits::Limits;

/// A service task and the step that it is bound to.
pub struct Task<'a> {
    /// The process.
    pub graph: &'a ProcessGraph,
    /// The task.
    pub node: &'a Node,
    /// Which of its jobs.
    pub slot: JobSlot,
    /// What its type asks for.
    pub request: &'a StepRequest<'a>,
    /// What that means now.
    pub step: &'a StepVersion,
}

impl Task<'_> {
    /// Everything that cannot work. Steps that are not typed take any input and answer any output.
    ///
    /// # Errors
    /// [`Error::Internal`] where the stored manifest cannot be read.
    pub fn findings(&self, limits: &Limits) -> Result<Vec<Finding>> {
        let functions = functions(self.step)?;
        let messages = match self.function(&functions) {
            // What a listener is given and answers is not mapped.
            Ok(Some(_)) if self.slot != JobSlot::Work => Vec::new(),
            Ok(Some(function)) => {
                let mut messages = self.inputs(function, limits);
                messages.extend(self.outputs(function, limits));
                messages
            }
            Ok(None) => Vec::new(),
            Err(message) => vec![message],
        };
        let told = |message| Finding {
            severity: Severity::Error,
            rule: "step-mismatch",
            element_id: Some(self.node.id.clone()),
            location: self.node.location,
            message,
        };
        Ok(messages.into_iter().map(told).collect())
    }

    /// The function that is called.
    fn function<'f>(&self, functions: &'f [Function]) -> Result<Option<&'f Function>, String> {
        let StepVersion { name, version, .. } = self.step;
        let names = || {
            let names: Vec<_> = functions.iter().map(|function| &*function.name).collect();
            names.join(", ")
        };
        match (self.request.function, functions) {
            (None, []) => Ok(None),
            (Some(asked), []) => Err(format!(
                "the step {name} {version} has no function {asked}: it has no typed functions; \
                 use the task type {name}"
            )),
            (None, [only]) => Ok(Some(only)),
            (None, _) => Err(format!(
                "the step {name} {version} has several functions: {}; name one in the task type, \
                 as in {name}/{}",
                names(),
                functions[0].name
            )),
            (Some(asked), _) => match functions.iter().find(|function| function.name == asked) {
                Some(function) => Ok(Some(function)),
                None => Err(format!(
                    "the step {name} {version} has no function {asked}; it has {}",
                    names()
                )),
            },
        }
    }

    fn inputs(&self, function: &Function, limits: &Limits) -> Vec<String> {
        let mappings = &self.node.mappings.inputs;
        // Without input mappings the step sees every variable, whatever there will be.
        if mappings.is_empty() {
            return Vec::new();
        }
        let paths: Vec<Vec<&str>> = mappings
            .iter()
            .map(|mapping| mapping.target.iter().map(|part| &**part).collect())
            .collect();
        let mut wrong = Vec::new();
        for (mapping, path) in mappings.iter().zip(&paths) {
            let fits = match self.constant(&mapping.source, limits) {
                Some(value) => function.check_constant(path, &value, &limits.step),
                None => function.input_type(path).map(drop),
            };
            if let Err(why) = fits {
                wrong.push(format!(
                    "the input mapping to {} does not fit: {why}",
                    path.join(".")
                ));
            }
        }
        for (field, ty) in function.missing(&paths) {
            wrong.push(format!(
                "no input mapping sets {field}, which {} requires: {ty}",
                function.name
            ));
        }
        wrong
    }

    fn outputs(&self, function: &Function, limits: &Limits) -> Vec<String> {
        let (inputs, outputs) = (&self.node.mappings.inputs, &self.node.mappings.outputs);
        let mut wrong = Vec::new();
        for (at, mapping) in outputs.iter().enumerate() {
            let Some(expression) = self.expression(&mapping.source, limits) else {
                continue;
            };
            let Some(path) = expression.path() else {
                continue;
            };
            // What the task itself made before may be read as well.
            let made = inputs.iter().chain(&outputs[..at]);
            let mut made = made.filter_map(|mapping| mapping.target.first());
            if made.any(|name| **name == *path[0]) {
                continue;
            }
            if let Err(why) = function.check_output(&path) {
                wrong.push(format!(
                    "the output mapping from {} does not fit: {why}",
                    path.join(".")
                ));
            }
        }
        wrong
    }

    /// The JSON text that a source always gives.
    fn constant(&self, source: &Value, limits: &Limits) -> Option<Box<str>> {
        match source {
            Value::Literal(text) => Some(serde_json::Value::from(&**text).to_string().into()),
            Value::Expression(_) => self.expression(source, limits)?.constant(),
        }
    }

    /// Expressions were compiled before; one that could not be is a finding already.
    fn expression(&self, source: &Value, limits: &Limits) -> Option<Expression> {
        match source {
            Value::Literal(_) => None,
            Value::Expression(ix) => {
                let text = self.text(*ix);
                Expression::compile(text, &limits.expression).ok()
            }
        }
    }

    fn text(&self, ix: ExprIx) -> &str {
        &self.graph.expressions[ix.at()].text
    }
}

/// The typed functions of a stored step.
///
/// # Errors
/// [`Error::Internal`] where its manifest cannot be read.
pub fn functions(step: &StepVersion) -> Result<Vec<Function>> {
    let Some(manifest) = &step.manifest else {
        return Ok(Vec::new());
    };
    Manifest::functions_in(manifest).map_err(|error| {
        Error::Internal(format!(
            "the manifest of step {} {} cannot be read: {error}",
            step.name, step.version
        ))
    })
}
