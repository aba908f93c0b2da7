//! Intermediate catch event (10.5.4).

use super::{Class, Kind};
use crate::draft::{Draft, Place};
use crate::event_definitions::{self, Position};
use crate::graph::NodeKind;

pub(super) static KIND: Kind = Kind {
    name: "intermediateCatchEvent",
    element_type: "INTERMEDIATE_CATCH_EVENT",
    class: Class::IntermediateEvent,
    parts: &[],
    extensions: &["ioMapping"],
    read,
};

const ALLOWED: &[&str] = &[
    "conditionalEventDefinition",
    "linkEventDefinition",
    "messageEventDefinition",
    "signalEventDefinition",
    "timerEventDefinition",
];

fn read<'a>(draft: &mut Draft<'a, '_>, place: Place<'a>) -> Option<NodeKind> {
    event_definitions::read_required(draft, place, ALLOWED, Position::Catch)
        .map(NodeKind::CatchEvent)
}
