//! Exclusive gateway (10.6.2).

use super::{Class, Kind};
use crate::draft::{Draft, Place};
use crate::graph::NodeKind;

pub(super) static KIND: Kind = Kind {
    name: "exclusiveGateway",
    element_type: "EXCLUSIVE_GATEWAY",
    class: Class::ExclusiveGateway,
    parts: &[],
    extensions: &[],
    read,
};

fn read<'a>(_: &mut Draft<'a, '_>, _: Place<'a>) -> Option<NodeKind> {
    Some(NodeKind::ExclusiveGateway)
}
