//! FEEL values. Cloning any of them is cheap.

use std::cmp::Ordering;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::ast::FunctionNode;
use crate::number::Number;
use crate::scope::Scope;
use crate::temporal::{self, DateTime, Time};

/// A value. Lists, contexts and functions know how deep they nest, so that no recursion over a
/// value (equality, serialisation, drop) can exhaust the stack.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Null,
    Boolean(bool),
    Number(Number),
    Text(Arc<str>),
    List(Arc<List>),
    Context(Arc<Context>),
    Date(jiff::civil::Date),
    Time(Time),
    DateTime(DateTime),
    /// Nanoseconds.
    DayTime(i128),
    /// Months.
    YearMonth(i64),
    Range(Arc<Range>),
    Function(Arc<Function>),
}

/// Made by [`Run::list`](crate::evaluate::Run::list) only, which checks the depth.
#[derive(Debug)]
pub(crate) struct List {
    pub(crate) items: Vec<Value>,
    pub(crate) depth: usize,
    /// What it costs to visit all of it, in steps.
    pub(crate) weight: usize,
}

/// Entries in the order they were written.
pub(crate) type Entries = IndexMap<Arc<str>, Value>;

/// Made by [`Run::context`](crate::evaluate::Run::context) only, which checks the depth.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) entries: Entries,
    pub(crate) depth: usize,
    /// What it costs to visit all of it, in steps.
    pub(crate) weight: usize,
}

/// `start..end`; `Null` is an open end without a bound.
#[derive(Debug)]
pub(crate) struct Range {
    pub(crate) start: Value,
    pub(crate) start_closed: bool,
    pub(crate) end: Value,
    pub(crate) end_closed: bool,
}

/// A function with the names it saw where it was defined.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) definition: Arc<FunctionNode>,
    pub(crate) scope: Scope,
    pub(crate) depth: usize,
}

impl Value {
    pub(crate) fn text(text: impl Into<Arc<str>>) -> Self {
        Self::Text(text.into())
    }

    pub(crate) fn number(number: Option<Number>) -> Self {
        number.map_or(Self::Null, Self::Number)
    }

    pub(crate) fn integer(integer: usize) -> Self {
        Self::Number(Number::from(i64::try_from(integer).unwrap_or(i64::MAX)))
    }

    pub(crate) fn boolean(boolean: Option<bool>) -> Self {
        boolean.map_or(Self::Null, Self::Boolean)
    }

    /// The beginning of a day, without a zone.
    pub(crate) fn midnight(date: jiff::civil::Date) -> Self {
        Self::DateTime(DateTime {
            civil: date.to_datetime(jiff::civil::Time::midnight()),
            zone: temporal::Zone::Local,
        })
    }

    pub(crate) fn depth(&self) -> usize {
        match self {
            Self::List(list) => list.depth,
            Self::Context(context) => context.depth,
            Self::Function(function) => function.depth,
            Self::Range(range) => 1 + range.start.depth().max(range.end.depth()),
            _ => 0,
        }
    }

    /// What it costs to visit all of the value, in steps. A value that shares its parts weighs as
    /// if it did not.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::List(list) => list.weight,
            Self::Context(context) => context.weight,
            Self::Text(text) => 1 + text.len() / 64,
            Self::Range(range) => range.start.weight().saturating_add(range.end.weight()),
            _ => 1,
        }
    }

    /// The weight of all items and one more.
    pub(crate) fn weight_of<'v>(items: impl IntoIterator<Item = &'v Self>) -> usize {
        items
            .into_iter()
            .fold(1, |sum, item| sum.saturating_add(item.weight()))
    }

    /// The weight of all entries, their keys included, and one more.
    pub(crate) fn weight_of_entries(entries: &Entries) -> usize {
        entries.iter().fold(1, |sum, (key, value)| {
            sum.saturating_add(value.weight())
                .saturating_add(key.len() / 64)
        })
    }

    /// The name of the type as `instance of` spells it.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "boolean",
            Self::Number(_) => "number",
            Self::Text(_) => "string",
            Self::List(_) => "list",
            Self::Context(_) => "context",
            Self::Date(_) => "date",
            Self::Time(_) => "time",
            Self::DateTime(_) => "date and time",
            Self::DayTime(_) => "days and time duration",
            Self::YearMonth(_) => "years and months duration",
            Self::Range(_) => "range",
            Self::Function(_) => "function",
        }
    }

    /// Equality of FEEL: `null` equals only `null`, values of different types are not comparable.
    pub(crate) fn equals(&self, other: &Self) -> Option<bool> {
        match (self, other) {
            (Self::Null, Self::Null) => Some(true),
            (Self::Null, _) | (_, Self::Null) => Some(false),
            (Self::Boolean(a), Self::Boolean(b)) => Some(a == b),
            (Self::Text(a), Self::Text(b)) => Some(a == b),
            (Self::List(a), Self::List(b)) => Some(
                a.items.len() == b.items.len()
                    && a.items
                        .iter()
                        .zip(&b.items)
                        .all(|(a, b)| a.equals(b) == Some(true)),
            ),
            (Self::Context(a), Self::Context(b)) => Some(
                a.entries.len() == b.entries.len()
                    && a.entries.iter().all(|(key, a)| {
                        b.entries
                            .get(key)
                            .is_some_and(|b| a.equals(b) == Some(true))
                    }),
            ),
            (Self::Range(a), Self::Range(b)) => Some(
                a.start_closed == b.start_closed
                    && a.end_closed == b.end_closed
                    && a.start.equals(&b.start) == Some(true)
                    && a.end.equals(&b.end) == Some(true),
            ),
            _ => self.compare(other).map(Ordering::is_eq),
        }
    }

    /// Order of two values of one ordered type.
    pub(crate) fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => Some(a.cmp(b)),
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            (Self::Date(a), Self::Date(b)) => Some(a.cmp(b)),
            (Self::Time(a), Self::Time(b)) => temporal::compare_times(a, b),
            (Self::DateTime(a), Self::DateTime(b)) => temporal::compare_date_times(a, b),
            (Self::DayTime(a), Self::DayTime(b)) => Some(a.cmp(b)),
            (Self::YearMonth(a), Self::YearMonth(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }
}

impl Range {
    /// Whether a value lies inside; `None` when it cannot be compared with an end.
    pub(crate) fn contains(&self, value: &Value) -> Option<bool> {
        let above = match &self.start {
            Value::Null => true,
            start => {
                let order = value.compare(start)?;
                order.is_gt() || (self.start_closed && order.is_eq())
            }
        };
        let below = match &self.end {
            Value::Null => true,
            end => {
                let order = value.compare(end)?;
                order.is_lt() || (self.end_closed && order.is_eq())
            }
        };
        Some(above && below)
    }
}
