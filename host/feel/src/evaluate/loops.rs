//! `for`, `some`, `every` and filters.

use std::sync::Arc;

use super::{Eval, Run};
use crate::ast::{Node, Source};
use crate::number::Number;
use crate::scope::{self, Scope};
use crate::value::Value;

/// The values of a loop, produced one by one so that a range is never built.
enum Values {
    Items(Value, usize),
    Count {
        next: i64,
        last: i64,
        step: i64,
        done: bool,
    },
    Days {
        next: jiff::civil::Date,
        last: jiff::civil::Date,
        done: bool,
    },
    None,
}

impl Iterator for Values {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        match self {
            Self::Items(Value::List(list), next) => {
                let item = list.items.get(*next).cloned();
                *next += 1;
                item
            }
            Self::Items(value, next) => {
                *next += 1;
                (*next == 1).then(|| value.clone())
            }
            Self::Count { done: true, .. } | Self::Days { done: true, .. } | Self::None => None,
            Self::Count {
                next,
                last,
                step,
                done,
            } => {
                let current = *next;
                *done = current == *last;
                *next = current.saturating_add(*step);
                Some(Value::Number(Number::from(current)))
            }
            Self::Days { next, last, done } => {
                let current = *next;
                *done = current == *last;
                if !*done {
                    *next = if current < *last {
                        current.tomorrow()
                    } else {
                        current.yesterday()
                    }
                    .unwrap_or(*last);
                }
                Some(Value::Date(current))
            }
        }
    }
}

fn between(start: &Value, end: &Value) -> Values {
    match (start, end) {
        (Value::Number(start), Value::Number(end)) => match (start.to_i64(), end.to_i64()) {
            (Some(next), Some(last)) => Values::Count {
                next,
                last,
                step: if next <= last { 1 } else { -1 },
                done: false,
            },
            _ => Values::None,
        },
        (Value::Date(next), Value::Date(last)) => Values::Days {
            next: *next,
            last: *last,
            done: false,
        },
        _ => Values::None,
    }
}

impl Run<'_> {
    fn values(&mut self, source: &Source, scope: &Scope) -> Eval<Values> {
        match source {
            Source::Between(start, end) => {
                let (start, end) = (self.evaluate(start, scope)?, self.evaluate(end, scope)?);
                Ok(between(&start, &end))
            }
            Source::Each(node) => Ok(match self.evaluate(node, scope)? {
                Value::Null => Values::None,
                Value::Range(range) if range.start_closed && range.end_closed => {
                    between(&range.start, &range.end)
                }
                value => Values::Items(value, 0),
            }),
        }
    }

    pub(super) fn for_each(
        &mut self,
        sources: &[(Arc<str>, Source)],
        body: &Node,
        partial: bool,
        scope: &Scope,
    ) -> Eval<Value> {
        let mut results = Vec::new();
        self.iterate(sources, scope, &mut |run, scope| {
            let partial = if partial {
                run.list(results.clone())?
            } else {
                Value::Null
            };
            let scope = scope::bind(scope, "partial".into(), partial);
            let value = run.evaluate(body, &scope)?;
            run.charge_bytes(super::VALUE_BYTES)?;
            results.push(value);
            Ok(true)
        })?;
        self.list(results)
    }

    pub(super) fn quantify(
        &mut self,
        every: bool,
        sources: &[(Arc<str>, Source)],
        condition: &Node,
        scope: &Scope,
    ) -> Eval<Value> {
        let mut result = Some(every);
        self.iterate(sources, scope, &mut |run, scope| {
            match run.evaluate(condition, scope)? {
                Value::Boolean(holds) if holds == every => {}
                Value::Boolean(_) => {
                    result = Some(!every);
                    return Ok(false);
                }
                _ => result = None,
            }
            Ok(true)
        })?;
        Ok(Value::boolean(result))
    }

    /// Runs `visit` for every combination; it answers whether to go on.
    fn iterate(
        &mut self,
        sources: &[(Arc<str>, Source)],
        scope: &Scope,
        visit: &mut dyn FnMut(&mut Self, &Scope) -> Eval<bool>,
    ) -> Eval<bool> {
        let Some(((name, source), rest)) = sources.split_first() else {
            return visit(self, scope);
        };
        for value in self.values(source, scope)? {
            self.charge(1)?;
            let inner = scope::bind(scope, name.clone(), value);
            if !self.deeper(|run| run.iterate(rest, &inner, visit))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// `list[index]` or `list[condition]`; a value that is no list counts as a list of one.
    pub(super) fn filter(&mut self, value: Value, condition: &Node, scope: &Scope) -> Eval<Value> {
        let items = match &value {
            Value::Null => return Ok(Value::Null),
            Value::List(list) => list.items.as_slice(),
            _ => std::slice::from_ref(&value),
        };
        if let Some(index) = self.index(condition, scope)? {
            return Ok(at(items, index).cloned().unwrap_or(Value::Null));
        }
        let mut kept = Vec::new();
        for item in items {
            let inner = scope::bind_element(scope, item.clone());
            match self.evaluate(condition, &inner)? {
                Value::Boolean(true) => kept.push(item.clone()),
                // An index that is computed; its value does not depend on the element.
                Value::Number(index) => {
                    return Ok(index
                        .to_i64()
                        .and_then(|index| at(items, index))
                        .cloned()
                        .unwrap_or(Value::Null));
                }
                _ => {}
            }
        }
        self.list(kept)
    }

    /// The index when the filter is a literal one.
    fn index(&mut self, condition: &Node, scope: &Scope) -> Eval<Option<i64>> {
        let literal = match condition {
            Node::Literal(Value::Number(_)) => true,
            Node::Negate(inner) => matches!(**inner, Node::Literal(Value::Number(_))),
            _ => false,
        };
        if !literal {
            return Ok(None);
        }
        let Value::Number(number) = self.evaluate(condition, scope)? else {
            return Ok(None);
        };
        Ok(Some(number.to_i64().unwrap_or(0)))
    }
}

/// Counts from 1, or from the end when negative.
pub(crate) fn at(items: &[Value], index: i64) -> Option<&Value> {
    let distance = usize::try_from(index.unsigned_abs()).ok()?;
    match index {
        0 => None,
        1.. => items.get(distance - 1),
        _ => items.get(items.len().checked_sub(distance)?),
    }
}
