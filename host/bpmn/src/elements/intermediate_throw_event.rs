//! Intermediate throw event (10.5.4).

use super::event_trigger::{Trigger, trigger};
use super::{Class, Kind};
use crate::draft::{Draft, Place};
use crate::graph::{EventTrigger, NodeKind};

pub(super) static KIND: Kind = Kind {
    name: "intermediateThrowEvent",
    element_type: "INTERMEDIATE_THROW_EVENT",
    class: Class::IntermediateEvent,
    parts: &[],
    extensions: &["ioMapping"],
    read,
};

const LATER: &[&str] = &[
    "compensateEventDefinition",
    "escalationEventDefinition",
    "linkEventDefinition",
    "messageEventDefinition",
    "signalEventDefinition",
];

fn read<'a>(draft: &mut Draft<'a, '_>, place: Place<'a>) -> Option<NodeKind> {
    match trigger(draft, place, &[], LATER) {
        Trigger::None => Some(NodeKind::ThrowEvent {
            trigger: EventTrigger::None,
            job: None,
        }),
        Trigger::Of(_) | Trigger::Wrong => None,
    }
}
