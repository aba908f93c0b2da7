//! Escalation (10.5.5).

use super::{Definition, Position};
use crate::draft::Draft;
use crate::graph::EventTrigger;
use crate::xml::Element;

pub(super) static DEFINITION: Definition = Definition {
    name: "escalationEventDefinition",
    read,
};

fn read<'a>(
    draft: &mut Draft<'a, '_>,
    definition: Element<'a>,
    position: Position,
) -> Option<EventTrigger> {
    let escalation = if position.throws() {
        Some(draft.thrown_escalation(definition)?)
    } else {
        draft.caught_escalation(definition)?
    };
    Some(EventTrigger::Escalation(escalation))
}
