//! Conditional (10.5.5) with its `zeebe:conditionalFilter`.

use super::{Definition, Position};
use crate::draft::Draft;
use crate::extensions::variable_path;
use crate::graph::{ConditionDefinition, EventTrigger, Value, VariableChange};
use crate::xml::Element;

pub(super) static DEFINITION: Definition = Definition {
    name: "conditionalEventDefinition",
    read,
};

fn read<'a>(
    draft: &mut Draft<'a, '_>,
    definition: Element<'a>,
    _: Position,
) -> Option<EventTrigger> {
    let Some(condition) = definition.child("condition") else {
        let message = "the conditional event has no condition; add one such as =amount > 10";
        draft.error("condition-missing", definition, message.to_owned());
        return None;
    };
    let expression = match draft.truth(condition)? {
        Value::Expression(expression) => expression,
        Value::Literal(constant) => draft.expression(condition, &constant)?,
    };
    let filter = definition.extension("conditionalFilter");
    let variable_names = filter.and_then(|filter| names(draft, filter));
    let variable_change = filter.and_then(|filter| change(draft, filter));
    Some(EventTrigger::Conditional(Box::new(ConditionDefinition {
        expression,
        variable_names: variable_names.unwrap_or_default(),
        variable_change,
    })))
}

fn names<'a>(draft: &mut Draft<'a, '_>, filter: Element<'a>) -> Option<Vec<Box<str>>> {
    let text = filter.attribute("variableNames")?;
    let names = text.split(',').map(str::trim);
    let names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
    for name in &names {
        if let Err(reason) = variable_path::check_name(name) {
            let message = format!("'{name}' in variableNames is no variable name: {reason}");
            draft.error("conditional-filter-invalid", filter, message);
            return None;
        }
    }
    Some(names.into_iter().map(Into::into).collect())
}

/// Which changes are looked at; `None` is all.
fn change<'a>(draft: &mut Draft<'a, '_>, filter: Element<'a>) -> Option<VariableChange> {
    let text = filter.attribute("variableEvents")?;
    let (mut create, mut update) = (false, false);
    for event in text.split(',').map(str::trim) {
        match event {
            "create" => create = true,
            "update" => update = true,
            "" => {}
            other => {
                let message = format!("variableEvents has '{other}'; write create, update or both");
                draft.error("conditional-filter-invalid", filter, message);
            }
        }
    }
    match (create, update) {
        (true, false) => Some(VariableChange::Create),
        (false, true) => Some(VariableChange::Update),
        _ => None,
    }
}
