//! Task without a type (10.3.3): completed at once.

use super::{Class, Kind};
use crate::draft::{Draft, Place};
use crate::graph::NodeKind;

pub(super) static KIND: Kind = Kind {
    name: "task",
    element_type: "TASK",
    class: Class::Task,
    parts: &[],
    extensions: &["ioMapping"],
    read,
};

fn read<'a>(_: &mut Draft<'a, '_>, _: Place<'a>) -> Option<NodeKind> {
    Some(NodeKind::UndefinedTask)
}
