//! Decision tables, compiled, and which of their rules match.

use std::sync::Arc;

use anyam_bpmn::dmn::{Aggregation, HitPolicy};

use super::hit_policy::Hit;
use crate::ast::{Node, Test, UnaryTests};
use crate::evaluate::{Eval, Run, VALUE_BYTES};
use crate::scope::Scope;
use crate::types::Declared;
use crate::value::Value;

/// A decision table.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) hit_policy: HitPolicy,
    pub(crate) aggregation: Option<Aggregation>,
    pub(crate) inputs: Vec<Input>,
    pub(crate) outputs: Vec<Output>,
    pub(crate) rules: Vec<Rule>,
}

/// A column of conditions.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) id: Box<str>,
    /// As the explanation names it.
    pub(crate) shown: Box<str>,
    pub(crate) node: Node,
    pub(crate) declared: Option<Declared>,
}

/// A column of results.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) id: Box<str>,
    pub(crate) name: Arc<str>,
    /// As the explanation names it.
    pub(crate) shown: Box<str>,
    pub(crate) declared: Option<Declared>,
    /// Possible results, the first one before the others.
    pub(crate) order: Vec<Test>,
    pub(crate) default: Option<Node>,
}

/// A row.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) id: Box<str>,
    pub(crate) inputs: Vec<UnaryTests>,
    pub(crate) outputs: Vec<Node>,
}

/// What the evaluation of a table is asked to leave behind.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    pub(crate) inputs: Vec<Value>,
    pub(crate) hits: Vec<Hit>,
}

impl Run<'_> {
    pub(crate) fn table(&mut self, table: &Table, scope: &Scope) -> Eval<Value> {
        let traced = self.takes_trace();
        let mut inputs = Vec::with_capacity(table.inputs.len());
        for input in &table.inputs {
            let value = self.evaluate(&input.node, scope)?;
            inputs.push(match &input.declared {
                Some(declared) => {
                    let value = self.given(value, &declared.wanted)?;
                    self.declared(value, declared)?
                }
                None => value,
            });
        }
        let mut hits = Vec::new();
        for (index, rule) in table.rules.iter().enumerate() {
            self.charge(1)?;
            if !self.matches_rule(rule, &inputs, scope)? {
                continue;
            }
            self.charge_bytes(table.outputs.len() as u64 * VALUE_BYTES)?;
            let mut outputs = Vec::with_capacity(table.outputs.len());
            for (node, output) in rule.outputs.iter().zip(&table.outputs) {
                let value = self.evaluate(node, scope)?;
                outputs.push(match &output.declared {
                    Some(declared) => self.declared(value, declared)?,
                    None => value,
                });
            }
            hits.push(Hit { index, outputs });
            if table.hit_policy == HitPolicy::First {
                break;
            }
        }
        let (result, hits) = self.decide_hits(table, hits, scope)?;
        if traced {
            self.leave_trace(Trace { inputs, hits });
        }
        Ok(result)
    }

    fn matches_rule(&mut self, rule: &Rule, inputs: &[Value], scope: &Scope) -> Eval<bool> {
        for (tests, value) in rule.inputs.iter().zip(inputs) {
            if self.passes(value, tests, scope)? != Some(true) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
