//! Embedded sub-process (10.3.5).

use super::{Class, Kind};
use crate::draft::{Draft, Place};
use crate::graph::{NodeKind, Scope, SubProcess, SubProcessFlavour};

pub(super) static KIND: Kind = Kind {
    name: "subProcess",
    element_type: "SUB_PROCESS",
    class: Class::SubProcess,
    parts: &[],
    extensions: &["ioMapping"],
    read,
};

fn read<'a>(draft: &mut Draft<'a, '_>, place: Place<'a>) -> Option<NodeKind> {
    if draft.flag(place.element, "triggeredByEvent", false) {
        let message = "an event sub-process (triggeredByEvent) is not supported yet; use a boundary \
                       event";
        draft.error("not-supported", place.element, message.to_owned());
        return None;
    }
    Some(NodeKind::SubProcess(Box::new(SubProcess {
        scope: Scope::default(),
        flavour: SubProcessFlavour::Embedded,
    })))
}
