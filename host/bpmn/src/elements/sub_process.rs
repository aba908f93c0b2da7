//! Embedded and event sub-process (10.3.5).

use super::{Class, Kind};
use crate::draft::{Draft, Place};
use crate::graph::{NodeKind, Scope, SubProcess, SubProcessFlavour};
use crate::repetition::MARKERS;

pub(super) static KIND: Kind = Kind {
    name: "subProcess",
    element_type: "SUB_PROCESS",
    class: Class::SubProcess,
    parts: &[],
    extensions: &["ioMapping"],
    read,
};

fn read<'a>(draft: &mut Draft<'a, '_>, place: Place<'a>) -> Option<NodeKind> {
    let flavour = if draft.flag(place.element, "triggeredByEvent", false) {
        let marker = place
            .element
            .children()
            .find(|c| MARKERS.contains(&c.name()));
        if let Some(marker) = marker {
            let message = "an event sub-process has no loop marker; remove it, or repeat a \
                           sub-process inside it";
            draft.error("event-sub-process-repeated", marker, message.to_owned());
        }
        SubProcessFlavour::Event
    } else {
        SubProcessFlavour::Embedded
    };
    Some(of(flavour))
}

/// A sub-process whose scope is filled in later.
pub(super) fn of(flavour: SubProcessFlavour) -> NodeKind {
    NodeKind::SubProcess(Box::new(SubProcess {
        scope: Scope::default(),
        flavour,
    }))
}
