//! Start event (10.5.2).

use super::{Class, Kind};
use crate::draft::{Draft, Place};
use crate::event_definitions::{self, Position};
use crate::graph::{NodeKind, ROOT, SubProcessFlavour};

pub(super) static KIND: Kind = Kind {
    name: "startEvent",
    element_type: "START_EVENT",
    class: Class::StartEvent,
    parts: &[],
    extensions: &["ioMapping"],
    read,
};

const OF_PROCESS: &[&str] = &[
    "conditionalEventDefinition",
    "messageEventDefinition",
    "signalEventDefinition",
    "timerEventDefinition",
];

const OF_EVENT_SUB_PROCESS: &[&str] = &[
    "compensateEventDefinition",
    "conditionalEventDefinition",
    "errorEventDefinition",
    "escalationEventDefinition",
    "messageEventDefinition",
    "signalEventDefinition",
    "timerEventDefinition",
];

fn read<'a>(draft: &mut Draft<'a, '_>, place: Place<'a>) -> Option<NodeKind> {
    let interrupting = draft.flag(place.element, "isInterrupting", true);
    let in_event_sub_process = matches!(
        &draft.parts[place.scope.at()].kind,
        Some(NodeKind::SubProcess(inner)) if inner.flavour == SubProcessFlavour::Event
    );
    let (allowed, position) = if in_event_sub_process {
        let position = Position::EventSubProcessStart { interrupting };
        (OF_EVENT_SUB_PROCESS, position)
    } else if place.scope == ROOT {
        (OF_PROCESS, Position::ProcessStart)
    } else {
        (&[][..], Position::ProcessStart)
    };
    let trigger = event_definitions::read(draft, place, allowed, position)?;
    Some(NodeKind::StartEvent {
        trigger,
        interrupting,
    })
}
