//! `zeebe:jobPriorityDefinition`: which jobs workers get first.

use crate::draft::{Draft, Place};
use crate::graph::Value;

/// The priority of an element's jobs.
pub(crate) fn read<'a>(draft: &mut Draft<'a, '_>, place: Place<'a>) -> Option<Value> {
    if !place.kind.extensions.contains(&"jobPriorityDefinition") {
        return None;
    }
    let definition = place.element.extension("jobPriorityDefinition")?;
    let text = definition.attribute("priority").unwrap_or_default().trim();
    let value = draft.value(definition, text)?;
    if let Value::Literal(text) = &value
        && text.parse::<i32>().is_err()
    {
        let message = format!("priority=\"{text}\" is no whole number; correct it");
        draft.error("priority-invalid", definition, message);
        return None;
    }
    Some(value)
}
