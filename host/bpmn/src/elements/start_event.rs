//! Start event (10.5.2).

use super::event_trigger::{Trigger, trigger};
use super::{Class, Kind};
use crate::draft::{Draft, Place};
use crate::graph::{EventTrigger, NodeKind};

pub(super) static KIND: Kind = Kind {
    name: "startEvent",
    element_type: "START_EVENT",
    class: Class::StartEvent,
    parts: &[],
    extensions: &["ioMapping"],
    read,
};

const LATER: &[&str] = &[
    "compensateEventDefinition",
    "conditionalEventDefinition",
    "errorEventDefinition",
    "escalationEventDefinition",
    "messageEventDefinition",
    "signalEventDefinition",
    "timerEventDefinition",
];

fn read<'a>(draft: &mut Draft<'a, '_>, place: Place<'a>) -> Option<NodeKind> {
    match trigger(draft, place, &[], LATER) {
        Trigger::None => Some(NodeKind::StartEvent {
            trigger: EventTrigger::None,
            interrupting: true,
        }),
        Trigger::Of(_) | Trigger::Wrong => None,
    }
}
