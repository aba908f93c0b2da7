//! Receive task (10.3.3).

use super::{Class, Kind};
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
    if draft.flag(place.element, "instantiate", false) {
        let message = "an instantiating receive task is not supported yet; put a none start event \
                       before it";
        draft.error("not-supported", place.element, message.to_owned());
        return None;
    }
    Some(NodeKind::ReceiveTask {
        message: draft.awaited_message(place.element)?,
        instantiate: false,
    })
}
