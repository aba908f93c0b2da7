//! Start and end events come together (10.5.2, 10.5.3): a process or sub-process that shows where it
//! begins shows where it ends, and the reverse. One that shows neither may be executed (13.2).

use crate::draft::Draft;
use crate::elements::Class;
use crate::graph::{NodeIx, Scope};

/// Checks one scope.
pub(crate) fn check(draft: &mut Draft<'_, '_>, ix: NodeIx, scope: &Scope) {
    let children = scope.children.iter();
    let has = |class: Class| {
        let mut children = children.clone();
        children.any(|child| draft.places[child.at()].kind.class == class)
    };
    let (starts, ends) = (has(Class::StartEvent), has(Class::EndEvent));
    let begins = starts || !scope.event_starts.is_empty();
    let element = draft.places[ix.at()].element;
    if starts && !ends {
        let message = format!(
            "the '{}' has a start event and no end event; add an end event",
            element.name()
        );
        draft.warning("end-event-missing", element, message);
    }
    if ends && !begins && !scope.implicit_starts.is_empty() {
        let message = format!(
            "the '{}' has an end event and no start event, and begins at what no sequence flow \
             leads to; add a start event",
            element.name()
        );
        draft.warning("start-event-absent", element, message);
    }
}
