//! Message (10.5.5).

use super::{Definition, Position};
use crate::definitions::MessageUse;
use crate::draft::Draft;
use crate::graph::EventTrigger;
use crate::xml::Element;

pub(super) static DEFINITION: Definition = Definition {
    name: "messageEventDefinition",
    read,
};

fn read<'a>(
    draft: &mut Draft<'a, '_>,
    definition: Element<'a>,
    position: Position,
) -> Option<EventTrigger> {
    let usage = match position {
        Position::Throw { by_job: true } if definition.attribute("messageRef").is_none() => {
            return Some(EventTrigger::None);
        }
        Position::Throw { .. } => MessageUse::Throws,
        Position::ProcessStart => MessageUse::Starts,
        _ => MessageUse::Awaits,
    };
    draft
        .message_of(definition, usage)
        .map(EventTrigger::Message)
}
