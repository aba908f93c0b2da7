//! `zeebe:calledDecision`: the decision of a business rule task.

use super::{binding, variable_path};
use crate::draft::Draft;
use crate::graph::CalledDecision;
use crate::xml::Element;

/// Reads it.
pub(crate) fn read<'a>(draft: &mut Draft<'a, '_>, called: Element<'a>) -> Option<CalledDecision> {
    let decision_id = match called.attribute("decisionId") {
        Some(id) if !id.trim().is_empty() => draft.value(called, id),
        _ => {
            let message = "the zeebe:calledDecision has no decisionId; name a decision";
            draft.error("called-decision-missing", called, message.to_owned());
            None
        }
    };
    let result_variable = variable_path::result_variable(draft, called);
    let binding = binding::read(draft, called);
    Some(CalledDecision {
        decision_id: decision_id?,
        result_variable: result_variable?,
        binding: binding?,
    })
}
