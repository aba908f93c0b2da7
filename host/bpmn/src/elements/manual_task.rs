//! Manual task (10.3.3): done outside the engine, completed at once.

use super::{Class, Kind};
use crate::draft::{Draft, Place};
use crate::graph::NodeKind;

pub(super) static KIND: Kind = Kind {
    name: "manualTask",
    element_type: "MANUAL_TASK",
    class: Class::Task,
    parts: &[],
    extensions: &["ioMapping"],
    read,
};

fn read<'a>(_: &mut Draft<'a, '_>, _: Place<'a>) -> Option<NodeKind> {
    Some(NodeKind::UndefinedTask)
}
