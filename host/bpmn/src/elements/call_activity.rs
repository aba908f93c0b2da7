//! Call activity (10.3.6).

use super::{Class, Kind};
use crate::draft::{Draft, Place};
use crate::extensions::called_element;
use crate::graph::NodeKind;

pub(super) static KIND: Kind = Kind {
    name: "callActivity",
    element_type: "CALL_ACTIVITY",
    class: Class::Task,
    parts: &[],
    extensions: &["calledElement", "ioMapping"],
    read,
};

fn read<'a>(draft: &mut Draft<'a, '_>, place: Place<'a>) -> Option<NodeKind> {
    let called = called_element::read(draft, place.element)?;
    Some(NodeKind::CallActivity(Box::new(called)))
}
