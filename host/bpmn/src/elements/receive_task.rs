//! Receive task (10.3.3).

use super::{Class, Kind};
use crate::definitions::MessageUse;
use crate::draft::{Draft, Place};
use crate::graph::NodeKind;

pub(super) static KIND: Kind = Kind {
    name: "receiveTask",
    element_type: "RECEIVE_TASK",
    class: Class::Task,
    parts: &[],
    extensions: &["ioMapping"],
    read,
};

fn read<'a>(draft: &mut Draft<'a, '_>, place: Place<'a>) -> Option<NodeKind> {
    let instantiate = draft.flag(place.element, "instantiate", false);
    let usage = if instantiate {
        MessageUse::Starts
    } else {
        MessageUse::Awaits
    };
    Some(NodeKind::ReceiveTask {
        message: draft.message_of(place.element, usage)?,
        instantiate,
    })
}
