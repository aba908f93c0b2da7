//! Intermediate throw event (10.5.4).

use super::{Class, Kind};
use crate::draft::{Draft, Place};
use crate::event_definitions::{self, Position};
use crate::extensions::task_definition;
use crate::graph::NodeKind;

pub(super) static KIND: Kind = Kind {
    name: "intermediateThrowEvent",
    element_type: "INTERMEDIATE_THROW_EVENT",
    class: Class::IntermediateEvent,
    parts: &[],
    extensions: &["ioMapping", "taskDefinition", "taskHeaders"],
    read,
};

const ALLOWED: &[&str] = &[
    "compensateEventDefinition",
    "escalationEventDefinition",
    "linkEventDefinition",
    "messageEventDefinition",
    "signalEventDefinition",
];

fn read<'a>(draft: &mut Draft<'a, '_>, place: Place<'a>) -> Option<NodeKind> {
    let job = task_definition::of_event(draft, place.element)?;
    let position = Position::Throw {
        by_job: job.is_some(),
    };
    let trigger = event_definitions::read(draft, place, ALLOWED, position)?;
    Some(NodeKind::ThrowEvent { trigger, job })
}
