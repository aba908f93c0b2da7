//! End event (10.5.3).

use super::{Class, Kind};
use crate::draft::{Draft, Place};
use crate::event_definitions::{self, Position};
use crate::extensions::task_definition;
use crate::graph::NodeKind;

pub(super) static KIND: Kind = Kind {
    name: "endEvent",
    element_type: "END_EVENT",
    class: Class::EndEvent,
    parts: &[],
    extensions: &["ioMapping", "taskDefinition", "taskHeaders"],
    read,
};

const ALLOWED: &[&str] = &[
    "cancelEventDefinition",
    "compensateEventDefinition",
    "errorEventDefinition",
    "escalationEventDefinition",
    "messageEventDefinition",
    "signalEventDefinition",
    "terminateEventDefinition",
];

fn read<'a>(draft: &mut Draft<'a, '_>, place: Place<'a>) -> Option<NodeKind> {
    let job = task_definition::of_event(draft, place.element)?;
    let position = Position::Throw {
        by_job: job.is_some(),
    };
    let trigger = event_definitions::read(draft, place, ALLOWED, position)?;
    Some(NodeKind::EndEvent { trigger, job })
}
