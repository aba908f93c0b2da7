//! Arithmetic, comparison, logic and properties of values.

use super::{Eval, Run};
use crate::ast::{Arithmetic, Comparison, Node, Test};
use crate::number::Number;
use crate::scope::{self, Scope};
use crate::temporal::{self, Zone};
use crate::value::{Range, Value};

pub(super) fn negate(value: &Value) -> Value {
    match value {
        Value::Number(number) => Value::Number(number.negate()),
        Value::DayTime(nanos) => nanos.checked_neg().map_or(Value::Null, Value::DayTime),
        Value::YearMonth(months) => months.checked_neg().map_or(Value::Null, Value::YearMonth),
        _ => Value::Null,
    }
}

/// `<` and its kin need two values of one ordered type; `=` and `!=` also take `null`.
pub(super) fn compare(operator: Comparison, left: &Value, right: &Value) -> Option<bool> {
    let order = || left.compare(right);
    match operator {
        Comparison::Equal => left.equals(right),
        Comparison::NotEqual => left.equals(right).map(|equal| !equal),
        Comparison::Less => order().map(std::cmp::Ordering::is_lt),
        Comparison::LessOrEqual => order().map(std::cmp::Ordering::is_le),
        Comparison::Greater => order().map(std::cmp::Ordering::is_gt),
        Comparison::GreaterOrEqual => order().map(std::cmp::Ordering::is_ge),
    }
}

/// Members of dates, times, durations and ranges.
pub(crate) fn property(value: &Value, name: &str) -> Value {
    match value {
        Value::Date(date) => date_property(*date, name),
        Value::DateTime(moment) if name == "time offset" => {
            moment.offset().map_or(Value::Null, |offset| {
                Value::DayTime(i128::from(offset.seconds()) * 1_000_000_000)
            })
        }
        Value::DateTime(moment) => match date_property(moment.civil.date(), name) {
            Value::Null => time_property(moment.civil.time(), &moment.zone, name),
            found => found,
        },
        Value::Time(time) => time_property(time.clock, &time.zone, name),
        Value::DayTime(nanos) => {
            let seconds = nanos / 1_000_000_000;
            let part = match name {
                "days" => seconds / 86_400,
                "hours" => seconds / 3600 % 24,
                "minutes" => seconds / 60 % 60,
                "seconds" => seconds % 60,
                _ => return Value::Null,
            };
            i64::try_from(part).map_or(Value::Null, |part| Value::Number(Number::from(part)))
        }
        Value::YearMonth(months) => match name {
            "years" => Value::Number(Number::from(months / 12)),
            "months" => Value::Number(Number::from(months % 12)),
            _ => Value::Null,
        },
        Value::Range(range) => match name {
            "start" => range.start.clone(),
            "end" => range.end.clone(),
            "start included" => Value::Boolean(range.start_closed),
            "end included" => Value::Boolean(range.end_closed),
            _ => Value::Null,
        },
        _ => Value::Null,
    }
}

fn date_property(date: jiff::civil::Date, name: &str) -> Value {
    let part = match name {
        "year" => i64::from(date.year()),
        "month" => i64::from(date.month()),
        "day" => i64::from(date.day()),
        "weekday" => i64::from(date.weekday().to_monday_one_offset()),
        _ => return Value::Null,
    };
    Value::Number(Number::from(part))
}

fn time_property(clock: jiff::civil::Time, zone: &Zone, name: &str) -> Value {
    let part = match name {
        "hour" => clock.hour(),
        "minute" => clock.minute(),
        "second" => clock.second(),
        "time offset" => {
            return match zone {
                Zone::Offset(offset) => {
                    Value::DayTime(i128::from(offset.seconds()) * 1_000_000_000)
                }
                Zone::Local | Zone::Named(..) => Value::Null,
            };
        }
        "timezone" => {
            return match zone {
                Zone::Named(name, _) => Value::text(&**name),
                Zone::Local | Zone::Offset(_) => Value::Null,
            };
        }
        _ => return Value::Null,
    };
    Value::Number(Number::from(i64::from(part)))
}

impl Run<'_> {
    pub(super) fn arithmetic(
        &mut self,
        operator: Arithmetic,
        left: Value,
        right: Value,
    ) -> Eval<Value> {
        if let (Value::Number(a), Value::Number(b)) = (&left, &right) {
            return Ok(Value::number(match operator {
                Arithmetic::Add => a.add(*b),
                Arithmetic::Subtract => a.subtract(*b),
                Arithmetic::Multiply => a.multiply(*b),
                Arithmetic::Divide => a.divide(*b),
                Arithmetic::Power => {
                    self.charge(10)?;
                    a.power(*b)
                }
            }));
        }
        if let (Value::Text(a), Value::Text(b), Arithmetic::Add) = (&left, &right, operator) {
            self.charge_text(a.len() + b.len())?;
            return Ok(Value::text([&**a, &**b].concat()));
        }
        let result = match operator {
            Arithmetic::Add => add(&left, &right).or_else(|| add(&right, &left)),
            Arithmetic::Subtract => subtract(&left, &right),
            Arithmetic::Multiply => scale(&left, &right).or_else(|| scale(&right, &left)),
            Arithmetic::Divide => divide(&left, &right),
            Arithmetic::Power => None,
        };
        Ok(result.unwrap_or(Value::Null))
    }

    pub(super) fn chain(
        &mut self,
        first: &Node,
        rest: &[(Arithmetic, Node)],
        scope: &Scope,
    ) -> Eval<Value> {
        let mut result = self.evaluate(first, scope)?;
        for (operator, node) in rest {
            let right = self.evaluate(node, scope)?;
            result = self.arithmetic(*operator, result, right)?;
        }
        Ok(result)
    }

    pub(super) fn comparison(
        &mut self,
        operator: Comparison,
        left: &Node,
        right: &Node,
        scope: &Scope,
    ) -> Eval<Value> {
        let (left, right) = (self.evaluate(left, scope)?, self.evaluate(right, scope)?);
        self.charge_pair(&left, &right)?;
        Ok(Value::boolean(compare(operator, &left, &right)))
    }

    pub(super) fn between(
        &mut self,
        value: &Node,
        low: &Node,
        high: &Node,
        scope: &Scope,
    ) -> Eval<Value> {
        let value = self.evaluate(value, scope)?;
        let range = Range {
            start: self.evaluate(low, scope)?,
            start_closed: true,
            end: self.evaluate(high, scope)?,
            end_closed: true,
        };
        let bounds = range.start.weight().saturating_add(range.end.weight());
        self.charge(value.weight().min(bounds))?;
        let known = !matches!(range.start, Value::Null) && !matches!(range.end, Value::Null);
        Ok(Value::boolean(range.contains(&value).filter(|_| known)))
    }

    /// Three-valued `and` (`decisive` is false) and `or` (`decisive` is true).
    pub(super) fn connect(&mut self, nodes: &[Node], decisive: bool, scope: &Scope) -> Eval<Value> {
        let mut result = Value::Boolean(!decisive);
        for node in nodes {
            match self.evaluate(node, scope)? {
                Value::Boolean(value) if value == decisive => return Ok(Value::Boolean(decisive)),
                Value::Boolean(_) => {}
                _ => result = Value::Null,
            }
        }
        Ok(result)
    }

    pub(super) fn is_in(&mut self, value: &Node, tests: &[Test], scope: &Scope) -> Eval<Value> {
        let value = self.evaluate(value, scope)?;
        let mut result = Some(false);
        for test in tests {
            let holds = match test {
                Test::Compare(operator, node) => {
                    let right = self.evaluate(node, scope)?;
                    self.charge_pair(&value, &right)?;
                    compare(*operator, &value, &right)
                }
                Test::Condition(node) => {
                    let inner = scope::bind(scope, "?".into(), value.clone());
                    match self.evaluate(node, &inner)? {
                        Value::Boolean(holds) => Some(holds),
                        _ => None,
                    }
                }
                Test::Value(node) => {
                    let test = self.evaluate(node, scope)?;
                    self.matches(&value, &test)?
                }
            };
            match holds {
                Some(true) => return Ok(Value::Boolean(true)),
                Some(false) => {}
                None => result = None,
            }
        }
        Ok(Value::boolean(result))
    }

    fn matches(&mut self, value: &Value, test: &Value) -> Eval<Option<bool>> {
        self.charge(test.weight())?;
        Ok(match test {
            Value::Range(range) => range.contains(value),
            Value::List(list) => {
                let member = list.items.iter().any(|item| match item {
                    Value::Range(range) => range.contains(value) == Some(true),
                    item => value.equals(item) == Some(true),
                });
                Some(member || value.equals(test) == Some(true))
            }
            Value::Function(_) => {
                let result = self.call(test, vec![(None, value.clone())])?;
                if let Value::Boolean(holds) = result {
                    Some(holds)
                } else {
                    None
                }
            }
            test => value.equals(test),
        })
    }
}

fn add(left: &Value, right: &Value) -> Option<Value> {
    Some(match (left, right) {
        (Value::DayTime(a), Value::DayTime(b)) => Value::DayTime(a.checked_add(*b)?),
        (Value::YearMonth(a), Value::YearMonth(b)) => Value::YearMonth(a.checked_add(*b)?),
        (Value::DateTime(a), Value::DayTime(b)) => Value::DateTime(a.plus(*b)?),
        (Value::DateTime(a), Value::YearMonth(b)) => Value::DateTime(a.plus_months(*b)?),
        (Value::Date(a), Value::YearMonth(b)) => Value::Date(temporal::add_months(*a, *b)?),
        (Value::Date(a), Value::DayTime(b)) => {
            let midnight = temporal::DateTime {
                civil: a.to_datetime(jiff::civil::Time::midnight()),
                zone: Zone::Local,
            };
            Value::Date(midnight.plus(*b)?.civil.date())
        }
        (Value::Time(a), Value::DayTime(b)) => Value::Time(temporal::time_plus(a, *b)?),
        _ => return None,
    })
}

fn subtract(left: &Value, right: &Value) -> Option<Value> {
    let midnight = |date: &jiff::civil::Date| temporal::DateTime {
        civil: date.to_datetime(jiff::civil::Time::midnight()),
        zone: Zone::Local,
    };
    Some(match (left, right) {
        // A moment without a zone is no instant, so it has no distance to one with a zone.
        (Value::DateTime(a), Value::DateTime(b))
            if (a.zone == Zone::Local) != (b.zone == Zone::Local) =>
        {
            return None;
        }
        (Value::DateTime(a), Value::DateTime(b)) => Value::DayTime(a.instant()? - b.instant()?),
        (Value::Date(a), Value::Date(b)) => {
            Value::DayTime(midnight(a).instant()? - midnight(b).instant()?)
        }
        (Value::DateTime(a), Value::Date(b)) => {
            Value::DayTime(a.instant()? - midnight(b).instant()?)
        }
        (Value::Date(a), Value::DateTime(b)) => {
            Value::DayTime(midnight(a).instant()? - b.instant()?)
        }
        (Value::Time(a), Value::Time(b)) if (a.zone == Zone::Local) != (b.zone == Zone::Local) => {
            return None;
        }
        (Value::Time(a), Value::Time(b)) => {
            Value::DayTime(temporal::time_nanos(a) - temporal::time_nanos(b))
        }
        (_, Value::DayTime(b)) => return add(left, &Value::DayTime(b.checked_neg()?)),
        (_, Value::YearMonth(b)) => return add(left, &Value::YearMonth(b.checked_neg()?)),
        _ => return None,
    })
}

fn scale(left: &Value, right: &Value) -> Option<Value> {
    let Value::Number(factor) = right else {
        return None;
    };
    match left {
        Value::DayTime(nanos) => nanos_of(number_of(*nanos)?.multiply(*factor)?),
        Value::YearMonth(months) => months_of(Number::from(*months).multiply(*factor)?),
        _ => None,
    }
}

fn divide(left: &Value, right: &Value) -> Option<Value> {
    match (left, right) {
        (Value::DayTime(a), Value::DayTime(b)) => {
            Some(Value::Number(number_of(*a)?.divide(number_of(*b)?)?))
        }
        (Value::YearMonth(a), Value::YearMonth(b)) => {
            Some(Value::Number(Number::from(*a).divide(Number::from(*b))?))
        }
        (Value::DayTime(a), Value::Number(b)) => nanos_of(number_of(*a)?.divide(*b)?),
        (Value::YearMonth(a), Value::Number(b)) => months_of(Number::from(*a).divide(*b)?),
        _ => None,
    }
}

fn number_of(nanos: i128) -> Option<Number> {
    Number::parse(&nanos.to_string())
}

fn nanos_of(number: Number) -> Option<Value> {
    let whole = number.round(crate::number::Rounding::Down, 0)?;
    whole.to_string().parse().ok().map(Value::DayTime)
}

fn months_of(number: Number) -> Option<Value> {
    number
        .round(crate::number::Rounding::Down, 0)?
        .to_i64()
        .map(Value::YearMonth)
}
