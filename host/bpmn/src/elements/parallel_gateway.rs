//! Parallel gateway (10.6.4).

use super::{Class, Kind};
use crate::draft::{Draft, Place};
use crate::graph::NodeKind;

pub(super) static KIND: Kind = Kind {
    name: "parallelGateway",
    element_type: "PARALLEL_GATEWAY",
    class: Class::ParallelGateway,
    parts: &[],
    extensions: &[],
    read,
};

fn read<'a>(_: &mut Draft<'a, '_>, _: Place<'a>) -> Option<NodeKind> {
    Some(NodeKind::ParallelGateway)
}
