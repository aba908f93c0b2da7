//! Making decisions: in the order of their requirements, each once.

use std::collections::HashMap;

use super::explanation::{EvaluatedDecision, EvaluatedInput, EvaluatedOutput, MatchedRule};
use super::program::{Bound, Decision, Program, Service, Target};
use super::table::{Table, Trace};
use crate::ast::Node;
use crate::error::EvaluationError;
use crate::evaluate::{Eval, Run, VALUE_BYTES};
use crate::json;
use crate::scope::{self, Scope};
use crate::types::Type;
use crate::value::{Entries, Function, Value};

/// The part of a [`Run`] that a decision model needs.
pub(crate) struct Decisions<'a> {
    program: &'a Program,
    made: Made,
    /// Whether what is made is written down; not behind the call of a service.
    recording: bool,
    /// Whether the next table leaves a trace.
    wants_trace: bool,
    trace: Option<Trace>,
    records: Vec<EvaluatedDecision>,
    /// The decision that is being made.
    current: Option<usize>,
}

/// What is known so far.
#[derive(Default)]
struct Made {
    decisions: HashMap<usize, Value>,
    inputs: HashMap<usize, Value>,
}

impl<'a> Decisions<'a> {
    pub(crate) fn new(program: &'a Program) -> Self {
        Self {
            program,
            made: Made::default(),
            recording: true,
            wants_trace: false,
            trace: None,
            records: Vec::new(),
            current: None,
        }
    }

    /// The decisions that were made, and the one that was being made.
    pub(crate) fn into_records(self) -> (Vec<EvaluatedDecision>, Option<usize>) {
        (self.records, self.current)
    }
}

/// A decision model's node outside of one: the compiler makes none.
fn outside() -> EvaluationError {
    EvaluationError::Internal("a part of a decision model stands outside of one".into())
}

impl<'a> Run<'a> {
    fn part(&mut self) -> Eval<&mut Decisions<'a>> {
        self.decisions.as_mut().ok_or_else(outside)
    }

    /// The result of what is asked for.
    pub(crate) fn target(&mut self, target: Target) -> Eval<Value> {
        match target {
            Target::Decision(number) => {
                self.make_all(&[number])?;
                Ok(self.made(number)?)
            }
            Target::Service(number) => {
                let program = self.part()?.program;
                let service = &program.services[number];
                for (name, bound) in &service.given {
                    // What the caller of the service would give comes from the variables.
                    if let Bound::Decision(decision) = bound
                        && let Some(variable) = program.variables.find(name)
                    {
                        let value = self.variable(variable)?;
                        self.part()?.made.decisions.insert(*decision, value);
                    }
                }
                self.results(service)
            }
        }
    }

    /// Makes decisions and, before them, what they require.
    fn make_all(&mut self, asked: &[usize]) -> Eval<()> {
        let part = self.part()?;
        let program = part.program;
        let order = program.order(asked, |number| part.made.decisions.contains_key(&number));
        self.charge(order.len())?;
        for number in order {
            self.make(number, &program.decisions[number])?;
        }
        Ok(())
    }

    fn make(&mut self, number: usize, decision: &Decision) -> Eval<()> {
        let recording = self.part()?.recording;
        if recording {
            self.part()?.current = Some(number);
        }
        let mut scope: Scope = None;
        for (name, bound) in &decision.bound {
            self.charge(1)?;
            let value = match bound {
                Bound::Decision(required) => self.made(*required)?,
                Bound::Input(input) => self.input(*input)?,
            };
            scope = scope::bind(&scope, name.clone(), value);
        }
        let table = decision.node.as_ref().and_then(table_of);
        self.part()?.wants_trace = recording && table.is_some();
        let value = match &decision.node {
            Some(node) => self.evaluate(node, &scope)?,
            None => Value::Null,
        };
        self.part()?.wants_trace = false;
        if recording {
            self.record(decision, table, &value)?;
            self.part()?.current = None;
        }
        self.part()?.made.decisions.insert(number, value);
        Ok(())
    }

    fn made(&mut self, number: usize) -> Eval<Value> {
        let made = self.part()?.made.decisions.get(&number);
        Ok(made.cloned().unwrap_or(Value::Null))
    }

    fn input(&mut self, number: usize) -> Eval<Value> {
        if let Some(value) = self.part()?.made.inputs.get(&number) {
            return Ok(value.clone());
        }
        let input = &self.part()?.program.inputs[number];
        let variable = if self.has_variable(input.by_name) {
            input.by_name
        } else {
            input.by_id
        };
        let value = self.variable(variable)?;
        let value = match &input.declared {
            Some(declared) => {
                let value = self.given(value, &declared.wanted)?;
                self.declared(value, declared)?
            }
            None => value,
        };
        self.part()?.made.inputs.insert(number, value.clone());
        Ok(value)
    }

    pub(crate) fn item_type(&mut self, number: usize) -> Eval<Type> {
        let item = self.part()?.program.items.get(number);
        item.cloned().ok_or_else(outside)
    }

    /// A business knowledge model or a decision service as a value.
    pub(crate) fn global(&mut self, number: usize) -> Eval<Value> {
        self.charge_bytes(VALUE_BYTES)?;
        let depth = self.nest(None)?;
        let function = self.part()?.program.functions.get(number);
        let definition = function.ok_or_else(outside)?.node.clone();
        Ok(Value::Function(std::sync::Arc::new(Function {
            definition,
            scope: None,
            depth,
        })))
    }

    /// The body of a decision service: its decisions are made from its parameters alone, and what
    /// was made around it stays as it is.
    pub(crate) fn service(&mut self, number: usize, scope: &Scope) -> Eval<Value> {
        let part = self.part()?;
        let service = part.program.services.get(number).ok_or_else(outside)?;
        let outer = std::mem::take(&mut part.made);
        let recording = std::mem::replace(&mut part.recording, false);
        for (name, bound) in &service.given {
            let (value, visited) = scope::find(scope, name);
            self.charge(1 + visited / 8)?;
            let value = value.unwrap_or(Value::Null);
            let made = &mut self.part()?.made;
            match bound {
                Bound::Decision(decision) => made.decisions.insert(*decision, value),
                Bound::Input(input) => made.inputs.insert(*input, value),
            };
        }
        let result = self.results(service);
        let part = self.part()?;
        part.made = outer;
        part.recording = recording;
        result
    }

    /// One output decision is the result itself, several are a context.
    fn results(&mut self, service: &Service) -> Eval<Value> {
        let asked: Vec<usize> = service.outputs.iter().map(|(_, number)| *number).collect();
        self.make_all(&asked)?;
        if let [only] = asked.as_slice() {
            return self.made(*only);
        }
        let mut entries = Entries::with_capacity(asked.len());
        for (name, number) in &service.outputs {
            entries.insert(name.clone(), self.made(*number)?);
        }
        self.context(entries)
    }

    /// Whether the table that begins now is the one to trace.
    pub(super) fn takes_trace(&mut self) -> bool {
        let part = self.decisions.as_mut();
        part.is_some_and(|part| std::mem::take(&mut part.wants_trace))
    }

    pub(super) fn leave_trace(&mut self, trace: Trace) {
        if let Some(part) = self.decisions.as_mut() {
            part.trace = Some(trace);
        }
    }

    fn record(&mut self, decision: &Decision, table: Option<&Table>, value: &Value) -> Eval<()> {
        let trace = self.part()?.trace.take().unwrap_or_default();
        let mut inputs = Vec::new();
        let mut rules = Vec::new();
        if let Some(table) = table {
            for (input, value) in table.inputs.iter().zip(&trace.inputs) {
                inputs.push(EvaluatedInput {
                    id: input.id.clone(),
                    name: input.shown.clone(),
                    value: self.written(value)?,
                });
            }
            for hit in &trace.hits {
                let mut outputs = Vec::with_capacity(hit.outputs.len());
                for (output, value) in table.outputs.iter().zip(&hit.outputs) {
                    outputs.push(EvaluatedOutput {
                        id: output.id.clone(),
                        name: output.shown.clone(),
                        value: self.written(value)?,
                    });
                }
                rules.push(MatchedRule {
                    id: table.rules[hit.index].id.clone(),
                    index: hit.index + 1,
                    outputs,
                });
            }
        }
        let output = self.written(value)?;
        let record = EvaluatedDecision {
            id: (&*decision.id).into(),
            name: (&*decision.name).into(),
            kind: decision.kind.into(),
            output,
            inputs,
            rules,
        };
        self.part()?.records.push(record);
        Ok(())
    }

    /// A value for the explanation.
    fn written(&mut self, value: &Value) -> Eval<Box<str>> {
        match json::write(value, self.limits.max_result_bytes) {
            Ok(written) => {
                self.charge_text(written.len())?;
                Ok(written.into())
            }
            Err(EvaluationError::NoJsonForm { .. }) => Ok("null".into()),
            Err(error) => Err(error),
        }
    }
}

/// The table that a decision's logic is.
fn table_of(node: &Node) -> Option<&Table> {
    match node {
        Node::Table(table) => Some(table),
        Node::Typed(inner, _) => table_of(inner),
        _ => None,
    }
}
