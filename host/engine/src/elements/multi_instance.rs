//! The body of a multi-instance activity (10.3.8): one iteration for each item of a list, or as many
//! as its cardinality says; all at once or one after the other.

use anyam_bpmn::graph::{ExprIx, LoopInput, LoopOutput, MultiInstance, Value};
use serde_json::Value as JsonValue;
use serde_json::value::RawValue;

use super::Next;
use crate::execution::{Execution, Stop};
use crate::expressions::{extract, shown};
use crate::instance::rare::Rounds;
use crate::iterations::{LOOP_COUNTER, as_list};
use crate::key::ElementInstanceKey;
use crate::transition::IncidentKind;
use crate::value::{Json, Variables};
use crate::variables::Place;

pub(super) fn activate(
    x: &mut Execution<'_>,
    body: ElementInstanceKey,
    multi: &MultiInstance,
) -> Result<Next, Stop> {
    let (total, items) = match &multi.input {
        LoopInput::Collection(ix) => {
            let items = list(x, body, *ix)?;
            (x.check_iterations(items.len() as u64)?, items)
        }
        LoopInput::Cardinality(value) => {
            let number = cardinality(x, body, value)?;
            (x.check_iterations(number)?, Vec::new())
        }
        LoopInput::Data(id) => {
            let items = data_list(x, body, id)?;
            (x.check_iterations(items.len() as u64)?, items)
        }
    };
    let collects = multi.output.as_ref().map(LoopOutput::collection);
    let mut rounds = Rounds {
        total,
        items: items.into_iter().rev().collect(),
        ..Rounds::default()
    };
    if collects.is_some() {
        rounds.outputs = vec![Json::null(); total as usize];
    }
    let at_once = if multi.sequential {
        total.min(1)
    } else {
        total
    };
    x.check_room_for(at_once as usize + 1, body)?;
    let collection = collects.map(|name| (name.into(), as_list(&rounds.outputs)));
    let own = Variables::from_iter(collection);
    check_memory(x, body, multi, &rounds, at_once, &own)?;
    x.set_local(body, own);
    if total == 0 {
        return Ok(Next::Complete);
    }
    x.begin_iterations(body, rounds, at_once);
    Ok(Next::Wait)
}

/// The items of the input collection. Their texts stay as they are.
fn list(
    x: &mut Execution<'_>,
    body: ElementInstanceKey,
    collection: ExprIx,
) -> Result<Vec<Json>, Stop> {
    let kind = IncidentKind::ExtractValueError;
    let value = x.evaluate(collection, body, &Variables::new(), kind)?;
    items(&value).ok_or_else(|| x.unfit(collection, kind, "a list", value.as_str()))
}

/// The items of the data that is the collection.
fn data_list(x: &mut Execution<'_>, body: ElementInstanceKey, id: &str) -> Result<Vec<Json>, Stop> {
    let value = x.loop_data(body, id)?;
    x.charge(value.as_str().len())?;
    items(&value).ok_or_else(|| {
        let found = serde_json::from_str(value.as_str()).unwrap_or_default();
        let found = shown(&found);
        extract(format!("the data `{id}` must be a list, but is {found}"))
    })
}

fn items(list: &Json) -> Option<Vec<Json>> {
    let items: Vec<Box<RawValue>> = serde_json::from_str(list.as_str()).ok()?;
    let items = items.into_iter();
    Some(items.map(|item| Json::from_valid(item.get())).collect())
}

fn cardinality(
    x: &mut Execution<'_>,
    body: ElementInstanceKey,
    value: &Value,
) -> Result<u64, Stop> {
    let found = x.setting(value, body)?;
    let number = match &found {
        JsonValue::String(text) => text.trim().parse().ok(),
        other => other.as_u64(),
    };
    number.ok_or_else(|| {
        let found = shown(&found);
        extract(format!(
            "the loopCardinality must be a whole number, but is {found}"
        ))
    })
}

/// Refuses what the variables of the iterations that begin at once would take, before one begins.
fn check_memory(
    x: &Execution<'_>,
    body: ElementInstanceKey,
    multi: &MultiInstance,
    rounds: &Rounds,
    at_once: u32,
    own: &Variables,
) -> Result<(), Stop> {
    let output = x.output_variable(multi);
    let names = [
        Some(LOOP_COUNTER),
        multi.input_element.as_deref(),
        output.as_deref(),
    ];
    let names = names.into_iter().flatten();
    // A number and a null are no longer than this.
    let each: usize = names.clone().map(|name| name.len() + 10).sum();
    let bytes = rounds.bytes() + each * at_once as usize;
    x.check_room_besides(
        own,
        Place::In(body),
        bytes,
        names.count() * at_once as usize,
    )
}
