//! Inclusive gateway (10.6.3).

use super::{Class, Kind};
use crate::draft::{Draft, Place};
use crate::graph::NodeKind;

pub(super) static KIND: Kind = Kind {
    name: "inclusiveGateway",
    element_type: "INCLUSIVE_GATEWAY",
    class: Class::InclusiveGateway,
    parts: &[],
    extensions: &[],
    read,
};

fn read<'a>(_: &mut Draft<'a, '_>, _: Place<'a>) -> Option<NodeKind> {
    Some(NodeKind::InclusiveGateway)
}
