//! Contexts, presence and logic.

use super::{Builtin, MANY, row};
use crate::evaluate::{Eval, Run};
use crate::value::{Entries, Value};

/// Contexts one by one, or a list of them.
const MERGED: &[&[&str]] = &[MANY, &["contexts"]];

pub(super) const TABLE: &[Builtin] = &[
    row("not", &[&["negand"]], true, |_, a| {
        let Value::Boolean(value) = a[0] else {
            return Ok(Value::Null);
        };
        Ok(Value::Boolean(!value))
    }),
    row("is defined", &[&["value"]], true, |_, a| {
        Ok(Value::Boolean(!matches!(a[0], Value::Null)))
    }),
    row("get or else", &[&["value", "default"]], true, |_, a| {
        Ok(if matches!(a[0], Value::Null) {
            a[1].clone()
        } else {
            a[0].clone()
        })
    }),
    row("is", &[&["value1", "value2"]], true, |run, a| {
        run.charge(a[0].weight().min(a[1].weight()))?;
        let same = match (&a[0], &a[1]) {
            // The same moment in another zone is another value.
            (Value::Time(a), Value::Time(b)) => a.clock == b.clock && a.zone == b.zone,
            (Value::DateTime(a), Value::DateTime(b)) => a.civil == b.civil && a.zone == b.zone,
            (a, b) => a.type_name() == b.type_name() && a.equals(b) == Some(true),
        };
        Ok(Value::Boolean(same))
    }),
    row(
        "get value",
        &[&["m", "key"], &["context", "key"], &["context", "keys"]],
        true,
        |run, a| get(run, &a[0], &a[1]),
    ),
    row("get entries", &[&["m"], &["context"]], true, entries),
    row(
        "context put",
        &[&["context", "key", "value"], &["context", "keys", "value"]],
        true,
        |run, a| put(run, &a[0], &a[1], &a[2]),
    ),
    row("put", &[&["context", "key", "value"]], true, |run, a| {
        put(run, &a[0], &a[1], &a[2])
    }),
    row("context merge", MERGED, true, merge),
    // The name before DMN had the function.
    row("put all", MERGED, true, merge),
    row("context", &[&["entries"]], true, from_entries),
];

fn get(run: &mut Run<'_>, context: &Value, key: &Value) -> Eval<Value> {
    let keys = match key {
        Value::List(keys) => keys.items.as_slice(),
        key => std::slice::from_ref(key),
    };
    if keys.is_empty() {
        return Ok(Value::Null);
    }
    let mut found = context.clone();
    for key in keys {
        let (Value::Context(context), Value::Text(key)) = (&found, key) else {
            return Ok(Value::Null);
        };
        run.charge(1 + key.len() / 64)?;
        found = context.entries.get(&**key).cloned().unwrap_or(Value::Null);
    }
    Ok(found)
}

fn entries(run: &mut Run<'_>, a: &[Value]) -> Eval<Value> {
    let Value::Context(context) = &a[0] else {
        return Ok(Value::Null);
    };
    let mut list = Vec::with_capacity(context.entries.len());
    for (key, value) in &context.entries {
        let entry = [
            ("key".into(), Value::Text(key.clone())),
            ("value".into(), value.clone()),
        ];
        list.push(run.context(Entries::from_iter(entry))?);
    }
    run.list(list)
}

fn put(run: &mut Run<'_>, context: &Value, key: &Value, value: &Value) -> Eval<Value> {
    let (first, rest) = match key {
        Value::Text(key) => (key.clone(), None),
        Value::List(keys) => match keys.items.split_first() {
            Some((Value::Text(key), [])) => (key.clone(), None),
            Some((Value::Text(key), rest)) => (key.clone(), Some(rest.to_vec())),
            _ => return Ok(Value::Null),
        },
        _ => return Ok(Value::Null),
    };
    let Value::Context(context) = context else {
        return Ok(Value::Null);
    };
    run.charge(first.len() / 64)?;
    let value = match rest {
        None => value.clone(),
        Some(rest) if rest.len() > run.limits.max_value_nesting => {
            return Err(crate::EvaluationError::ResultTooDeep {
                limit: run.limits.max_value_nesting,
            });
        }
        Some(rest) => {
            let inner = context.entries.get(&*first).cloned();
            let inner = match inner {
                Some(inner @ Value::Context(_)) => inner,
                _ => run.context(Entries::new())?,
            };
            let keys = run.list(rest)?;
            put(run, &inner, &keys, value)?
        }
    };
    let mut entries = context.entries.clone();
    entries.insert(first, value);
    run.context(entries)
}

fn merge(run: &mut Run<'_>, a: &[Value]) -> Eval<Value> {
    let mut merged = Entries::new();
    for item in super::items(a) {
        let Value::Context(context) = item else {
            return Ok(Value::Null);
        };
        run.charge(item.weight())?;
        merged.extend(
            context
                .entries
                .iter()
                .map(|(key, value)| (key.clone(), value.clone())),
        );
    }
    run.context(merged)
}

fn from_entries(run: &mut Run<'_>, a: &[Value]) -> Eval<Value> {
    let mut made = Entries::new();
    for entry in super::items(a) {
        let Value::Context(entry) = entry else {
            return Ok(Value::Null);
        };
        let (Some(Value::Text(key)), Some(value)) =
            (entry.entries.get("key"), entry.entries.get("value"))
        else {
            return Ok(Value::Null);
        };
        run.charge(1 + key.len() / 64)?;
        made.insert(key.clone(), value.clone());
    }
    run.context(made)
}
