//! `zeebe:calledElement`: the process that a call activity calls.

use super::binding;
use crate::draft::Draft;
use crate::graph::{Binding, CalledElement, Value};
use crate::xml::Element;

/// Reads it; without it the standard attribute `calledElement` names the process.
pub(crate) fn read<'a>(draft: &mut Draft<'a, '_>, call: Element<'a>) -> Option<CalledElement> {
    if let Some(called) = call.extension("calledElement")
        && let Some(id) = called.attribute("processId")
        && !id.trim().is_empty()
    {
        let process_id = draft.value(called, id);
        let binding = binding::read(draft, called);
        return Some(CalledElement {
            process_id: process_id?,
            binding: binding?,
            all_parent_variables: draft.flag(called, "propagateAllParentVariables", true),
            all_child_variables: draft.flag(called, "propagateAllChildVariables", true),
        });
    }
    let Some(id) = call.reference("calledElement").filter(|id| !id.is_empty()) else {
        let message = "the call activity calls nothing; add zeebe:calledElement with a processId";
        draft.error("called-element-missing", call, message.to_owned());
        return None;
    };
    Some(CalledElement {
        process_id: Value::Literal(id.into()),
        binding: Binding::Latest,
        all_parent_variables: true,
        all_child_variables: true,
    })
}
