//! Types as `instance of` and formal parameters name them, and when a value belongs to one
//! (DMN 1.5, 10.3.2.9).

use std::sync::Arc;

use crate::ast::UnaryTests;
use crate::evaluate::{Eval, Run};
use crate::temporal;
use crate::value::Value;

/// Names and types of a context's entries.
pub(crate) type Entries = Arc<[(Arc<str>, Type)]>;

/// A type. Parts are shared, as a type may name one and the same type many times.
#[derive(Debug, Clone)]
pub(crate) enum Type {
    /// Everything but `null`, as Camunda 8 has it.
    Any,
    Null,
    Number,
    Text,
    Boolean,
    Date,
    Time,
    DateTime,
    DayTime,
    YearMonth,
    List(Option<Arc<Type>>),
    Range(Option<Arc<Type>>),
    /// The entries a context must have at least.
    Context(Option<Entries>),
    /// The type with this number of a decision model, which is a part of itself.
    Item(usize),
    /// Entries a context may have; one that it lacks counts as `null`.
    Shape(Entries),
    /// The values of a type that pass tests.
    Restricted(Arc<Type>, Arc<UnaryTests>),
    /// Parameters and result.
    Function(Option<(Arc<[Type]>, Arc<Type>)>),
}

/// Names of the types without parts, token by token; longest first, as one may begin like another.
pub(crate) const NAMES: [(&str, Type); 19] = [
    ("days and time duration", Type::DayTime),
    ("years and months duration", Type::YearMonth),
    ("day - time - duration", Type::DayTime),
    ("year - month - duration", Type::YearMonth),
    ("date and time", Type::DateTime),
    ("date time", Type::DateTime),
    ("Any", Type::Any),
    ("Null", Type::Null),
    ("null", Type::Null),
    ("number", Type::Number),
    ("string", Type::Text),
    ("boolean", Type::Boolean),
    ("dateTime", Type::DateTime),
    ("date", Type::Date),
    ("time", Type::Time),
    ("list", Type::List(None)),
    ("range", Type::Range(None)),
    ("context", Type::Context(None)),
    ("function", Type::Function(None)),
];

/// A type as a decision model declares it.
#[derive(Debug, Clone)]
pub(crate) struct Declared {
    pub(crate) wanted: Type,
    /// Whether a value that does not belong to it is `null`. One of a type that FEEL itself has is
    /// let through, as Camunda 8 does not look at these names and models carry wrong ones.
    pub(crate) strict: bool,
}

impl Type {
    /// Whether every value of this type belongs to another; for the parameters of functions.
    fn is_part_of(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::Any) => true,
            (Self::Item(own), Self::Item(other)) => own == other,
            // Conservative: a function is not looked at so closely.
            (Self::Item(_), _) | (_, Self::Item(_)) => false,
            (Self::Restricted(own, tests), Self::Restricted(other, others)) => {
                Arc::ptr_eq(tests, others) && own.is_part_of(other)
            }
            (Self::Restricted(own, _), other) => own.is_part_of(other),
            (_, Self::Restricted(..)) => false,
            (Self::List(Some(own)), Self::List(Some(other)))
            | (Self::Range(Some(own)), Self::Range(Some(other))) => own.is_part_of(other),
            (
                Self::Context(Some(own)) | Self::Shape(own),
                Self::Context(Some(other)) | Self::Shape(other),
            ) => other.iter().all(|(name, wanted)| {
                own.iter()
                    .any(|(own, given)| own == name && given.is_part_of(wanted))
            }),
            (Self::List(_), Self::List(None))
            | (Self::Range(_), Self::Range(None))
            | (Self::Context(_) | Self::Shape(_), Self::Context(None))
            | (Self::Function(_), Self::Function(None)) => true,
            (
                Self::List(_)
                | Self::Range(_)
                | Self::Context(_)
                | Self::Shape(_)
                | Self::Function(_),
                Self::List(_)
                | Self::Range(_)
                | Self::Context(_)
                | Self::Shape(_)
                | Self::Function(_),
            ) => false,
            (own, other) => std::mem::discriminant(own) == std::mem::discriminant(other),
        }
    }
}

impl Run<'_> {
    /// Whether a value belongs to a type. A `null` inside a list, range or context belongs to
    /// every type; `null` itself only to `Null`.
    pub(crate) fn belongs(&mut self, value: &Value, wanted: &Type) -> Eval<bool> {
        self.charge(1)?;
        Ok(match (wanted, value) {
            (Type::Item(number), value) => {
                let wanted = self.item_type(*number)?;
                return self.belongs(value, &wanted);
            }
            (Type::Any, value) => !matches!(value, Value::Null),
            (Type::Null, Value::Null)
            | (Type::Number, Value::Number(_))
            | (Type::Text, Value::Text(_))
            | (Type::Boolean, Value::Boolean(_))
            | (Type::Date, Value::Date(_))
            | (Type::Time, Value::Time(_))
            | (Type::DateTime, Value::DateTime(_))
            | (Type::DayTime, Value::DayTime(_))
            | (Type::YearMonth, Value::YearMonth(_))
            | (Type::List(None), Value::List(_))
            | (Type::Range(None), Value::Range(_))
            | (Type::Context(None), Value::Context(_))
            | (Type::Function(None), Value::Function(_)) => true,
            (Type::List(Some(part)), Value::List(list)) => {
                for item in &list.items {
                    if !self.part_belongs(item, part)? {
                        return Ok(false);
                    }
                }
                true
            }
            (Type::Range(Some(part)), Value::Range(range)) => {
                self.part_belongs(&range.start, part)? && self.part_belongs(&range.end, part)?
            }
            (Type::Context(Some(parts)), Value::Context(context)) => {
                for (name, part) in parts.iter() {
                    match context.entries.get(name) {
                        Some(entry) if self.part_belongs(entry, part)? => {}
                        _ => return Ok(false),
                    }
                }
                true
            }
            (Type::Shape(parts), Value::Context(context)) => {
                for (name, part) in parts.iter() {
                    self.charge(1)?;
                    if let Some(entry) = context.entries.get(name)
                        && !self.part_belongs(entry, part)?
                    {
                        return Ok(false);
                    }
                }
                true
            }
            (Type::Restricted(base, tests), value) => {
                self.belongs(value, base)? && self.passes(value, tests, &None)? == Some(true)
            }
            (Type::Function(Some((parameters, result))), Value::Function(function)) => {
                let own = &function.definition.types;
                self.charge(own.len())?;
                // What a body gives is not known before it runs.
                own.len() == parameters.len()
                    && matches!(**result, Type::Any)
                    && own
                        .iter()
                        .zip(parameters.iter())
                        .all(|(own, given)| own.as_ref().is_none_or(|own| given.is_part_of(own)))
            }
            _ => false,
        })
    }

    fn part_belongs(&mut self, value: &Value, wanted: &Type) -> Eval<bool> {
        Ok(matches!(value, Value::Null) || self.belongs(value, wanted)?)
    }

    /// A value as a decision model declares it.
    pub(crate) fn declared(&mut self, value: Value, declared: &Declared) -> Eval<Value> {
        let coerced = self.coerce(value.clone(), &declared.wanted)?;
        Ok(match coerced {
            Value::Null if !declared.strict => value,
            coerced => coerced,
        })
    }

    /// A value from outside, where dates, times and durations come as texts.
    pub(crate) fn given(&mut self, value: Value, wanted: &Type) -> Eval<Value> {
        self.charge(1)?;
        Ok(match (wanted, &value) {
            (Type::Restricted(base, _), _) => return self.given(value, base),
            (Type::Item(number), _) => {
                let wanted = self.item_type(*number)?;
                return self.given(value, &wanted);
            }
            (
                Type::Date | Type::Time | Type::DateTime | Type::DayTime | Type::YearMonth,
                Value::Text(text),
            ) => match temporal::parse_any(text) {
                Some(read) if self.belongs(&read, wanted)? => read,
                Some(Value::Date(date)) if matches!(wanted, Type::DateTime) => {
                    Value::midnight(date)
                }
                _ => value,
            },
            (Type::List(Some(part)), Value::List(list)) => {
                let mut items = Vec::with_capacity(list.items.len());
                for item in &list.items {
                    items.push(self.given(item.clone(), part)?);
                }
                self.list(items)?
            }
            (Type::Shape(parts), Value::Context(context)) => {
                let mut entries = context.entries.clone();
                for (name, part) in parts.iter() {
                    if let Some(entry) = entries.get_mut(name) {
                        *entry = self.given(std::mem::replace(entry, Value::Null), part)?;
                    }
                }
                self.context(entries)?
            }
            _ => value,
        })
    }

    /// A value as a parameter of a type receives it: itself, the only item of a list where no list
    /// is wanted, a list of it where one is, midnight of a date; `null` where none of these belongs
    /// to the type.
    pub(crate) fn coerce(&mut self, value: Value, wanted: &Type) -> Eval<Value> {
        if matches!(wanted, Type::Any)
            || matches!(value, Value::Null)
            || self.belongs(&value, wanted)?
        {
            return Ok(value);
        }
        match (&value, wanted) {
            (_, Type::Item(number)) => {
                let wanted = self.item_type(*number)?;
                self.coerce(value, &wanted)
            }
            (Value::Date(date), Type::DateTime) => Ok(Value::midnight(*date)),
            (_, Type::Restricted(base, tests)) => {
                let base = base.clone();
                let tests = tests.clone();
                let value = self.coerce(value, &base)?;
                let passes = self.passes(&value, &tests, &None)? == Some(true);
                Ok(if passes { value } else { Value::Null })
            }
            (_, Type::List(part)) if !matches!(value, Value::List(_)) => {
                let belongs = match part {
                    Some(part) => self.belongs(&value, part)?,
                    None => true,
                };
                if belongs {
                    self.list(vec![value])
                } else {
                    Ok(Value::Null)
                }
            }
            (Value::List(list), _) if list.items.len() == 1 => {
                let only = list.items[0].clone();
                let belongs = self.belongs(&only, wanted)?;
                Ok(if belongs { only } else { Value::Null })
            }
            _ => Ok(Value::Null),
        }
    }
}
