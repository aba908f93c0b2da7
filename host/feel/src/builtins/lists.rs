//! Lists.

use std::cmp::Ordering;

use super::{ANY, Builtin, ITEMS, items, row};
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
        run.charge(items.len().saturating_mul(a[1].weight()).min(a[0].weight()))?;
        Ok(Value::Boolean(
            items.iter().any(|item| item.equals(&a[1]) == Some(true)),
        ))
    }),
    row("is empty", &[&["list"]], true, |_, a| {
        Ok(Value::boolean(list(&a[0]).map(<[Value]>::is_empty)))
    }),
    row("min", ITEMS, true, |run, a| {
        extreme(run, items(a), Ordering::Less)
    }),
    row("max", ITEMS, true, |run, a| {
        extreme(run, items(a), Ordering::Greater)
    }),
    row("sum", ITEMS, true, |run, a| {
        fold(run, items(a), Number::add)
    }),
    row("product", ITEMS, false, |run, a| {
        fold(run, items(a), Number::multiply)
    }),
    row("mean", ITEMS, true, |run, a| {
        let sum = fold(run, items(a), Number::add)?;
        let (Value::Number(sum), Value::Number(count)) = (sum, Value::integer(items(a).len()))
        else {
            return Ok(Value::Null);
        };
        Ok(Value::number(sum.divide(count)))
    }),
    row("median", ITEMS, true, median),
    row("all", ITEMS, true, |run, a| connect(run, items(a), false)),
    row("and", ITEMS, true, |run, a| connect(run, items(a), false)),
    row("any", ITEMS, true, |run, a| connect(run, items(a), true)),
    row("or", ITEMS, true, |run, a| connect(run, items(a), true)),
    row("append", ANY, true, |run, a| {
        let Some((first, added)) = a.split_first() else {
            return Ok(Value::Null);
        };
        let Some(first) = list(first) else {
            return Ok(Value::Null);
        };
        run.list([first, added].concat())
    }),
    row("concatenate", ANY, false, joined),
    row("union", ANY, false, |run, a| {
        let Value::List(all) = joined(run, a)? else {
            return Ok(Value::Null);
        };
        distinct(run, &all.items)
    }),
    row("duplicate values", &[&["list"]], false, |run, a| {
        let Some(items) = list(&a[0]) else {
            return Ok(Value::Null);
        };
        let counted = counts(run, items)?;
        let twice = counted.into_iter().filter(|(_, count)| *count > 1);
        run.list(twice.map(|(item, _)| item.clone()).collect())
    }),
    row("partition", &[&["list", "size"]], false, |run, a| {
        let (Some(items), Value::Number(size)) = (list(&a[0]), &a[1]) else {
            return Ok(Value::Null);
        };
        let Some(size) = size.to_i64().filter(|size| *size > 0) else {
            return Ok(Value::Null);
        };
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let mut parts = Vec::new();
        for part in items.chunks(size) {
            parts.push(run.list(part.to_vec())?);
        }
        run.list(parts)
    }),
    row("stddev", ITEMS, true, |run, a| {
        let items = items(a);
        run.charge(items.len())?;
        Ok(Value::number(numbers(items).as_deref().and_then(deviation)))
    }),
    row("mode", ITEMS, false, |run, a| {
        let Some(mut numbers) = numbers(items(a)) else {
            return Ok(Value::Null);
        };
        run.charge(numbers.len() * 4)?;
        numbers.sort_unstable();
        let runs: Vec<&[Number]> = numbers.chunk_by(|a, b| a == b).collect();
        let most = runs.iter().map(|run| run.len()).max();
        let modes = runs.iter().filter(|run| Some(run.len()) == most);
        run.list(modes.map(|run| Value::Number(run[0])).collect())
    }),
    row(
        "list replace",
        &[
            &["list", "position", "newItem"],
            &["list", "match", "newItem"],
        ],
        false,
        replace,
    ),
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
    let Some(mut numbers) = numbers(items) else {
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
        // A value is a list of itself here, as in DMN and Camunda 8.
        let items = list(argument).unwrap_or(std::slice::from_ref(argument));
        run.charge(items.len())?;
        all.extend_from_slice(items);
    }
    run.list(all)
}

fn distinct(run: &mut Run<'_>, items: &[Value]) -> Eval<Value> {
    let counted = counts(run, items)?;
    run.list(counted.into_iter().map(|(item, _)| item.clone()).collect())
}

/// Every different item, in order of its first place, and how often it occurs.
fn counts<'v>(run: &mut Run<'_>, items: &'v [Value]) -> Eval<Vec<(&'v Value, usize)>> {
    let mut counted: Vec<(&Value, usize)> = Vec::new();
    for item in items {
        run.charge(
            counted
                .len()
                .saturating_add(1)
                .saturating_mul(item.weight()),
        )?;
        match counted
            .iter_mut()
            .find(|(known, _)| known.equals(item) == Some(true))
        {
            Some((_, count)) => *count += 1,
            None => counted.push((item, 1)),
        }
    }
    Ok(counted)
}

fn numbers(items: &[Value]) -> Option<Vec<Number>> {
    let number = |item: &Value| match item {
        Value::Number(number) => Some(*number),
        _ => None,
    };
    items.iter().map(number).collect()
}

/// Standard deviation of a sample.
fn deviation(numbers: &[Number]) -> Option<Number> {
    let total = |sum: Option<Number>, n: Number| sum?.add(n);
    let count = |n: usize| i64::try_from(n).ok().map(Number::from);
    let sum = numbers.iter().copied().fold(Some(Number::ZERO), total)?;
    let mean = sum.divide(count(numbers.len())?)?;
    let mut squares = numbers.iter().map(|n| {
        let distance = n.subtract(mean)?;
        distance.multiply(distance)
    });
    let squares = squares.try_fold(Number::ZERO, |sum, square| sum.add(square?))?;
    squares.divide(count(numbers.len() - 1)?)?.square_root()
}

/// Replaces the item at a position, or every item a function of item and new item picks.
fn replace(run: &mut Run<'_>, a: &[Value]) -> Eval<Value> {
    if let Some((mut items, at)) = editable(&a[0], &a[1]) {
        items[at] = a[2].clone();
        return run.list(items);
    }
    let (Some(items), Value::Function(_)) = (list(&a[0]), &a[1]) else {
        return Ok(Value::Null);
    };
    let mut replaced = Vec::with_capacity(items.len());
    for item in items {
        let pair = vec![(None, item.clone()), (None, a[2].clone())];
        match run.call(&a[1], pair)? {
            Value::Boolean(true) => replaced.push(a[2].clone()),
            Value::Boolean(false) => replaced.push(item.clone()),
            _ => return Ok(Value::Null),
        }
    }
    run.list(replaced)
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
