//! Compensation (10.5.5, 10.7).

use super::{Definition, Position};
use crate::draft::Draft;
use crate::graph::{EventTrigger, ROOT};
use crate::xml::Element;

pub(super) static DEFINITION: Definition = Definition {
    name: "compensateEventDefinition",
    read,
};

fn read<'a>(
    draft: &mut Draft<'a, '_>,
    definition: Element<'a>,
    position: Position,
) -> Option<EventTrigger> {
    let wait = draft.flag(definition, "waitForCompletion", true);
    let mut activity = None;
    if position.throws()
        && let Some(id) = definition.reference("activityRef")
    {
        let found = draft.by_id.get(id).copied().filter(|ix| *ix != ROOT);
        let is_activity =
            |ix: &crate::graph::NodeIx| draft.places[ix.at()].kind.class.is_activity();
        let Some(found) = found.filter(is_activity) else {
            let message =
                format!("there is no activity '{id}' in this process; correct activityRef");
            draft.error("activity-ref-unknown", definition, message);
            return None;
        };
        activity = Some(found);
    }
    Some(EventTrigger::Compensation { activity, wait })
}
