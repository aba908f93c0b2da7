//! Link (10.5.5): connects throw events with a catch event of the same scope by name.

use super::{Definition, Position};
use crate::draft::Draft;
use crate::graph::EventTrigger;
use crate::xml::Element;

pub(super) static DEFINITION: Definition = Definition {
    name: "linkEventDefinition",
    read,
};

fn read<'a>(
    draft: &mut Draft<'a, '_>,
    definition: Element<'a>,
    _: Position,
) -> Option<EventTrigger> {
    let name = definition.attribute("name").unwrap_or_default().trim();
    if name.is_empty() {
        let message = "the link has no name; give the throwing and the catching one the same";
        draft.error("link-name-missing", definition, message.to_owned());
        return None;
    }
    Some(EventTrigger::Link(name.into()))
}
