//! Signal (10.5.5).

use super::{Definition, Position};
use crate::draft::Draft;
use crate::graph::EventTrigger;
use crate::xml::Element;

pub(super) static DEFINITION: Definition = Definition {
    name: "signalEventDefinition",
    read,
};

fn read<'a>(
    draft: &mut Draft<'a, '_>,
    definition: Element<'a>,
    _: Position,
) -> Option<EventTrigger> {
    draft.signal(definition).map(EventTrigger::Signal)
}
