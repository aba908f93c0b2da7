//! Intermediate catch event (10.5.4).

use super::event_trigger::{Trigger, trigger};
use super::timer::{self, Position};
use super::{Class, Kind};
use crate::draft::{Draft, Place};
use crate::graph::{EventTrigger, NodeKind};

pub(super) static KIND: Kind = Kind {
    name: "intermediateCatchEvent",
    element_type: "INTERMEDIATE_CATCH_EVENT",
    class: Class::IntermediateEvent,
    parts: &[],
    extensions: &["ioMapping"],
    read,
};

const ALLOWED: &[&str] = &["messageEventDefinition", "timerEventDefinition"];

const LATER: &[&str] = &[
    "conditionalEventDefinition",
    "linkEventDefinition",
    "signalEventDefinition",
];

fn read<'a>(draft: &mut Draft<'a, '_>, place: Place<'a>) -> Option<NodeKind> {
    let trigger = match trigger(draft, place, ALLOWED, LATER) {
        Trigger::Of(definition) if definition.name() == "timerEventDefinition" => {
            EventTrigger::Timer(timer::read(draft, definition, Position::Catch)?)
        }
        Trigger::Of(definition) => EventTrigger::Message(draft.awaited_message(definition)?),
        Trigger::None => {
            let message = "the intermediate catch event waits for nothing; give it a message or a \
                           timer";
            draft.error(
                "event-definition-missing",
                place.element,
                message.to_owned(),
            );
            return None;
        }
        Trigger::Wrong => return None,
    };
    Some(NodeKind::CatchEvent(trigger))
}
