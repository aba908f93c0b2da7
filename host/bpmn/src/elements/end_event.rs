//! End event (10.5.3).

use super::event_trigger::{Trigger, trigger};
use super::{Class, Kind};
use crate::draft::{Draft, Place};
use crate::graph::{EventTrigger, NodeKind};

pub(super) static KIND: Kind = Kind {
    name: "endEvent",
    element_type: "END_EVENT",
    class: Class::EndEvent,
    parts: &[],
    extensions: &["ioMapping"],
    read,
};

const ALLOWED: &[&str] = &["errorEventDefinition", "terminateEventDefinition"];

const LATER: &[&str] = &[
    "cancelEventDefinition",
    "compensateEventDefinition",
    "escalationEventDefinition",
    "messageEventDefinition",
    "signalEventDefinition",
];

fn read<'a>(draft: &mut Draft<'a, '_>, place: Place<'a>) -> Option<NodeKind> {
    let trigger = match trigger(draft, place, ALLOWED, LATER) {
        Trigger::None => EventTrigger::None,
        Trigger::Of(definition) if definition.name() == "errorEventDefinition" => {
            EventTrigger::Error(Some(draft.thrown_error(definition)?))
        }
        Trigger::Of(_) => EventTrigger::Terminate,
        Trigger::Wrong => return None,
    };
    Some(NodeKind::EndEvent { trigger, job: None })
}
