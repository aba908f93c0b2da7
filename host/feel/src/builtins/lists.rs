//! Lists.

use std::cmp::Ordering;

use super::{ANY, Builtin, items, row};
use crate::evaluate::{Eval, Run};
use crate::number::Number;
use crate::value::Value;

pub(super) const TABLE: &[Builtin] = &[
    row("count", &[&["list"]], true, |_, a| {
        Ok(if list(&a[0]).is_some() {
            Value::integer(items(a).len())
        } else {
            Value::Null
        })
    }),
    row("list contains", &[&["list", "element"]], true, |run, a| {
        let Some(items) = list(&a[0]) else {
            return Ok(Value::Null);
        };
        run.charge(items.len())?;
        Ok(Value::Boolean(
            items.iter().any(|item| item.equals(&a[1]) == Some(true)),
        ))
    }),
    row("is empty", &[&["list"]], true, |_, a| {
        Ok(Value::boolean(list(&a[0]).map(<[Value]>::is_empty)))
    }),
    row("min", ANY, true, |run, a| {
        extreme(run, items(a), Ordering::Less)
    }),
    row("max", ANY, true, |run, a| {
        extreme(run, items(a), Ordering::Greater)
    }),
    row("sum", ANY, true, |run, a| fold(run, items(a), Number::add)),
    row("product", ANY, false, |run, a| {
        fold(run, items(a), Number::multiply)
    }),
    row("mean", ANY, true, |run, a| {
        let sum = fold(run, items(a), Number::add)?;
        let (Value::Number(sum), Value::Number(count)) = (sum, Value::integer(items(a).len()))
        else {
            return Ok(Value::Null);
        };
        Ok(Value::number(sum.divide(count)))
    }),
    row("median", ANY, true, median),
    row("all", ANY, true, |run, a| connect(run, items(a), false)),
    row("and", ANY, true, |run, a| connect(run, items(a), false)),
    row("any", ANY, true, |run, a| connect(run, items(a), true)),
    row("or", ANY, true, |run, a| connect(run, items(a), true)),
    row("append", ANY, true, |run, a| {
        let Some((first, added)) = a.split_first() else {
            return Ok(Value::Null);
        };
        let Some(first) = list(first) else {
            return Ok(Value::Null);
        };
        run.list([first, added].concat())
    }),
    row("concatenate", ANY, false, |run, a| joined(run, a)),
    row("union", ANY, false, |run, a| {
        let Value::List(all) = joined(run, a)? else {
            return Ok(Value::Null);
        };
        distinct(run, &all.items)
    }),
    row("distinct values", &[&["list"]], false, |run, a| {
        let Some(items) = list(&a[0]) else {
            return Ok(Value::Null);
        };
        distinct(run, items)
    }),
    row("reverse", &[&["list"]], true, |run, a| {
        let Some(items) = list(&a[0]) else {
            return Ok(Value::Null);
        };
        run.list(items.iter().rev().cloned().collect())
    }),
    row("index of", &[&["list", "match"]], true, |run, a| {
        let Some(items) = list(&a[0]) else {
            return Ok(Value::Null);
        };
        run.charge(a[0].weight())?;
        let found = items
            .iter()
            .enumerate()
            .filter(|(_, item)| item.equals(&a[1]) == Some(true));
        let found = found
            .map(|(position, _)| Value::integer(position + 1))
            .collect();
        run.list(found)
    }),
    row(
        "sublist",
        &[
            &["list", "start position"],
            &["list", "start position", "length"],
        ],
        true,
        sublist,
    ),
    row(
        "insert before",
        &[&["list", "position", "newItem"]],
        true,
        |run, a| {
            let Some((mut items, at)) = editable(&a[0], &a[1]) else {
                return Ok(Value::Null);
            };
            items.insert(at, a[2].clone());
            run.list(items)
        },
    ),
    row("remove", &[&["list", "position"]], true, |run, a| {
        let Some((mut items, at)) = editable(&a[0], &a[1]) else {
            return Ok(Value::Null);
        };
        items.remove(at);
        run.list(items)
    }),
    row("flatten", &[&["list"]], false, |run, a| {
        let mut flat = Vec::new();
        flatten(run, &a[0], &mut flat)?;
        run.list(flat)
    }),
    row("sort", &[&["list"], &["list", "precedes"]], false, sort),
];

fn list(value: &Value) -> Option<&[Value]> {
    match value {
        Value::List(list) => Some(&list.items),
        _ => None,
    }
}

/// The items and the index a position from 1, or from the end when negative, stands for.
fn editable(value: &Value, position: &Value) -> Option<(Vec<Value>, usize)> {
    let (items, Value::Number(position)) = (list(value)?, position) else {
        return None;
    };
    let at = offset(items.len(), position.to_i64()?)?;
    Some((items.to_vec(), at))
}

fn offset(length: usize, position: i64) -> Option<usize> {
    let distance = usize::try_from(position.unsigned_abs()).ok()?;
    let at = if position > 0 {
        distance - 1
    } else {
        length.checked_sub(distance)?
    };
    (at < length).then_some(at)
}

fn extreme(run: &mut Run<'_>, items: &[Value], wanted: Ordering) -> Eval<Value> {
    run.charge(Value::weight_of(items))?;
    let Some((first, rest)) = items.split_first() else {
        return Ok(Value::Null);
    };
    let mut best = first;
    for item in rest {
        match item.compare(best) {
            Some(order) if order == wanted => best = item,
            Some(_) => {}
            None => return Ok(Value::Null),
        }
    }
    Ok(best.clone())
}

fn fold(
    run: &mut Run<'_>,
    items: &[Value],
    combine: fn(Number, Number) -> Option<Number>,
) -> Eval<Value> {
    run.charge(items.len())?;
    let mut result = None;
    for item in items {
        let Value::Number(number) = item else {
            return Ok(Value::Null);
        };
        result = match result {
            None => Some(*number),
            Some(result) => match combine(result, *number) {
                None => return Ok(Value::Null),
                combined => combined,
            },
        };
    }
    Ok(Value::number(result))
}

fn median(run: &mut Run<'_>, a: &[Value]) -> Eval<Value> {
    let items = items(a);
    run.charge(items.len() * 4)?;
    let numbers = items.iter().map(|item| {
        if let Value::Number(number) = item {
            Some(*number)
        } else {
            None
        }
    });
    let Some(mut numbers) = numbers.collect::<Option<Vec<_>>>() else {
        return Ok(Value::Null);
    };
    numbers.sort_unstable();
    let middle = numbers.len() / 2;
    Ok(match numbers.len() {
        0 => Value::Null,
        odd if odd % 2 == 1 => Value::Number(numbers[middle]),
        _ => Value::number(
            numbers[middle - 1]
                .add(numbers[middle])
                .and_then(|sum| sum.divide(Number::from(2))),
        ),
    })
}

fn connect(run: &mut Run<'_>, items: &[Value], decisive: bool) -> Eval<Value> {
    run.charge(items.len())?;
    let mut result = Value::Boolean(!decisive);
    for item in items {
        match item {
            Value::Boolean(value) if *value == decisive => return Ok(Value::Boolean(decisive)),
            Value::Boolean(_) => {}
            _ => result = Value::Null,
        }
    }
    Ok(result)
}

fn joined(run: &mut Run<'_>, a: &[Value]) -> Eval<Value> {
    let mut all = Vec::new();
    for argument in a {
        let Some(items) = list(argument) else {
            return Ok(Value::Null);
        };
        run.charge(items.len())?;
        all.extend_from_slice(items);
    }
    run.list(all)
}

fn distinct(run: &mut Run<'_>, items: &[Value]) -> Eval<Value> {
    let mut kept: Vec<Value> = Vec::new();
    for item in items {
        run.charge(kept.len().saturating_add(1).saturating_mul(item.weight()))?;
        if !kept.iter().any(|known| known.equals(item) == Some(true)) {
            kept.push(item.clone());
        }
    }
    run.list(kept)
}

fn sublist(run: &mut Run<'_>, a: &[Value]) -> Eval<Value> {
    let (Some(items), Value::Number(start)) = (list(&a[0]), &a[1]) else {
        return Ok(Value::Null);
    };
    let Some(from) = start.to_i64().and_then(|start| offset(items.len(), start)) else {
        return Ok(Value::Null);
    };
    let length = match a.get(2) {
        None => items.len(),
        Some(Value::Number(length)) => length
            .to_i64()
            .and_then(|n| usize::try_from(n).ok())
            .unwrap_or(0),
        Some(_) => return Ok(Value::Null),
    };
    run.list(items[from..].iter().take(length).cloned().collect())
}

/// Recursion is bounded by the nesting of values.
fn flatten(run: &mut Run<'_>, value: &Value, out: &mut Vec<Value>) -> Eval<()> {
    run.charge(1)?;
    match value {
        Value::List(list) => list
            .items
            .iter()
            .try_for_each(|item| flatten(run, item, out)),
        other => {
            run.charge_bytes(48)?;
            out.push(other.clone());
            Ok(())
        }
    }
}

/// Insertion into a sorted run by binary search: `precedes` may be any function, even one that
/// contradicts itself, and may fail.
fn sort(run: &mut Run<'_>, a: &[Value]) -> Eval<Value> {
    let Some(items) = list(&a[0]) else {
        return Ok(Value::Null);
    };
    let mut sorted: Vec<Value> = Vec::with_capacity(items.len());
    for item in items {
        let (mut low, mut high) = (0, sorted.len());
        while low < high {
            let middle = (low + high) / 2;
            run.charge(item.weight())?;
            let before = match a.get(1) {
                None => match item.compare(&sorted[middle]) {
                    Some(order) => order.is_lt(),
                    None => return Ok(Value::Null),
                },
                Some(precedes) => {
                    let pair = vec![(None, item.clone()), (None, sorted[middle].clone())];
                    match run.call(precedes, pair)? {
                        Value::Boolean(before) => before,
                        _ => return Ok(Value::Null),
                    }
                }
            };
            if before {
                high = middle
            } else {
                low = middle + 1
            }
        }
        // Moving the tail costs about a step for every 64 elements.
        run.charge(1 + (sorted.len() - low) / 64)?;
        sorted.insert(low, item.clone());
    }
    run.list(sorted)
}
