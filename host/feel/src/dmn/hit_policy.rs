//! What the rules that match come to (DMN 1.5, 8.2.10).

use std::cmp::Ordering;

use anyam_bpmn::dmn::{Aggregation, HitPolicy};

use super::table::{Output, Table};
use crate::error::EvaluationError;
use crate::evaluate::{Eval, Run};
use crate::number::Number;
use crate::scope::Scope;
use crate::value::{Entries, Value};

/// A rule that matched.
#[derive(Debug, Clone)]
pub(crate) struct Hit {
    /// Its place, from 0.
    pub(crate) index: usize,
    pub(crate) outputs: Vec<Value>,
}

/// Rule numbers that an error lists.
const MAX_LISTED: usize = 20;

impl Run<'_> {
    /// The result, and the hits that count, in their order.
    pub(super) fn decide_hits(
        &mut self,
        table: &Table,
        hits: Vec<Hit>,
        scope: &Scope,
    ) -> Eval<(Value, Vec<Hit>)> {
        if hits.is_empty() {
            return Ok((self.default(table, scope)?, hits));
        }
        match table.hit_policy {
            HitPolicy::Unique if hits.len() > 1 => Err(conflict("UNIQUE", &hits)),
            HitPolicy::Any if !self.agree(&hits)? => Err(conflict("ANY", &hits)),
            HitPolicy::Unique | HitPolicy::First => self.single(table, hits),
            // Each says the same; all of them are told.
            HitPolicy::Any => {
                let result = self.result(table, &hits[0])?;
                Ok((result, hits))
            }
            HitPolicy::Priority => {
                let mut hits = self.ordered(table, hits, scope)?;
                hits.truncate(1);
                self.single(table, hits)
            }
            HitPolicy::OutputOrder => {
                let hits = self.ordered(table, hits, scope)?;
                self.listed(table, hits)
            }
            HitPolicy::RuleOrder => self.listed(table, hits),
            HitPolicy::Collect => match table.aggregation {
                None => self.listed(table, hits),
                Some(aggregation) => {
                    let result = self.aggregated(aggregation, &hits)?;
                    Ok((result, hits))
                }
            },
        }
    }

    fn default(&mut self, table: &Table, scope: &Scope) -> Eval<Value> {
        if table.outputs.iter().all(|output| output.default.is_none()) {
            return Ok(Value::Null);
        }
        let mut outputs = Vec::with_capacity(table.outputs.len());
        for output in &table.outputs {
            outputs.push(match &output.default {
                Some(node) => self.evaluate(node, scope)?,
                None => Value::Null,
            });
        }
        self.result(table, &Hit { index: 0, outputs })
    }

    /// One output is the result itself, several are a context.
    fn result(&mut self, table: &Table, hit: &Hit) -> Eval<Value> {
        if let [only] = hit.outputs.as_slice() {
            return Ok(only.clone());
        }
        let names = table.outputs.iter().map(|output| output.name.clone());
        let entries: Entries = names.zip(hit.outputs.iter().cloned()).collect();
        self.context(entries)
    }

    fn single(&mut self, table: &Table, hits: Vec<Hit>) -> Eval<(Value, Vec<Hit>)> {
        let result = self.result(table, &hits[0])?;
        Ok((result, hits))
    }

    fn listed(&mut self, table: &Table, hits: Vec<Hit>) -> Eval<(Value, Vec<Hit>)> {
        let mut results = Vec::with_capacity(hits.len());
        for hit in &hits {
            results.push(self.result(table, hit)?);
        }
        Ok((self.list(results)?, hits))
    }

    /// Whether all hits have the same outputs.
    fn agree(&mut self, hits: &[Hit]) -> Eval<bool> {
        for hit in &hits[1..] {
            for (first, other) in hits[0].outputs.iter().zip(&hit.outputs) {
                self.charge(first.weight().min(other.weight()))?;
                if first.equals(other) != Some(true) {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// The hits by the places of their outputs among the output values; those that are not among
    /// them come last.
    fn ordered(&mut self, table: &Table, hits: Vec<Hit>, scope: &Scope) -> Eval<Vec<Hit>> {
        let mut ranked = Vec::with_capacity(hits.len());
        for hit in hits {
            let mut ranks = Vec::with_capacity(hit.outputs.len());
            for (value, output) in hit.outputs.iter().zip(&table.outputs) {
                ranks.push(self.rank(value, output, scope)?);
            }
            ranked.push((ranks, hit));
        }
        ranked.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(ranked.into_iter().map(|(_, hit)| hit).collect())
    }

    fn rank(&mut self, value: &Value, output: &Output, scope: &Scope) -> Eval<usize> {
        for (rank, test) in output.order.iter().enumerate() {
            self.charge(1)?;
            if self.any_of(value, std::slice::from_ref(test), scope)? == Some(true) {
                return Ok(rank);
            }
        }
        Ok(output.order.len())
    }

    fn aggregated(&mut self, aggregation: Aggregation, hits: &[Hit]) -> Eval<Value> {
        self.charge(hits.len())?;
        let outputs = hits.iter().filter_map(|hit| hit.outputs.first());
        match aggregation {
            Aggregation::Count => Ok(Value::integer(hits.len())),
            Aggregation::Sum => sum(outputs),
            Aggregation::Min => extreme(outputs, Ordering::Less, "minimum"),
            Aggregation::Max => extreme(outputs, Ordering::Greater, "maximum"),
        }
    }
}

fn conflict(policy: &str, hits: &[Hit]) -> EvaluationError {
    let numbers = hits.iter().take(MAX_LISTED);
    let mut rules: Vec<String> = numbers.map(|hit| (hit.index + 1).to_string()).collect();
    if hits.len() > MAX_LISTED {
        rules.push("and others".to_owned());
    }
    EvaluationError::RulesConflict {
        policy: policy.into(),
        rules: rules.join(", ").into(),
    }
}

fn not_aggregable(aggregation: &str, reason: String) -> EvaluationError {
    EvaluationError::NotAggregable {
        aggregation: aggregation.into(),
        reason: reason.into(),
    }
}

fn sum<'v>(outputs: impl Iterator<Item = &'v Value>) -> Eval<Value> {
    let mut sum = Number::ZERO;
    for output in outputs {
        let Value::Number(number) = output else {
            let reason = format!("a {} is no number", output.type_name());
            return Err(not_aggregable("sum", reason));
        };
        let next = sum.add(*number);
        sum = next.ok_or_else(|| not_aggregable("sum", "it is too large".to_owned()))?;
    }
    Ok(Value::Number(sum))
}

fn extreme<'v>(
    outputs: impl Iterator<Item = &'v Value>,
    wanted: Ordering,
    aggregation: &str,
) -> Eval<Value> {
    let mut best: Option<&Value> = None;
    for output in outputs {
        // Compared with itself, so that a single output must be of an ordered type too.
        let Some(order) = output.compare(best.unwrap_or(output)) else {
            let reason = format!("a {} cannot be compared here", output.type_name());
            return Err(not_aggregable(aggregation, reason));
        };
        if best.is_none() || order == wanted {
            best = Some(output);
        }
    }
    Ok(best.cloned().unwrap_or(Value::Null))
}
