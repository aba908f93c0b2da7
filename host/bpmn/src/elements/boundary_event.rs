//! Boundary event (10.5.4).

use super::{Class, Kind};
use crate::draft::{Draft, Place};
use crate::event_definitions::{self, Position};
use crate::graph::{NodeIx, NodeKind};

pub(super) static KIND: Kind = Kind {
    name: "boundaryEvent",
    element_type: "BOUNDARY_EVENT",
    class: Class::BoundaryEvent,
    parts: &[],
    extensions: &["ioMapping"],
    read,
};

const ALLOWED: &[&str] = &[
    "cancelEventDefinition",
    "compensateEventDefinition",
    "conditionalEventDefinition",
    "errorEventDefinition",
    "escalationEventDefinition",
    "messageEventDefinition",
    "signalEventDefinition",
    "timerEventDefinition",
];

fn read<'a>(draft: &mut Draft<'a, '_>, place: Place<'a>) -> Option<NodeKind> {
    let interrupting = draft.flag(place.element, "cancelActivity", true);
    let attached_to = attached_to(draft, place);
    let position = Position::Boundary { interrupting };
    let trigger = event_definitions::read_required(draft, place, ALLOWED, position);
    Some(NodeKind::BoundaryEvent {
        attached_to: attached_to?,
        interrupting,
        trigger: trigger?,
    })
}

/// The activity it sits on, in the same scope.
fn attached_to<'a>(draft: &mut Draft<'a, '_>, place: Place<'a>) -> Option<NodeIx> {
    let event = place.element;
    let Some(id) = event.reference("attachedToRef") else {
        let message = "the boundary event has no attachedToRef; attach it to an activity";
        draft.error("attached-to-missing", event, message.to_owned());
        return None;
    };
    if draft.refused.contains(id) {
        return None;
    }
    let Some(ix) = draft.by_id.get(id).copied() else {
        let message = format!("there is no activity '{id}' in this process; correct attachedToRef");
        draft.error("attached-to-unknown", event, message);
        return None;
    };
    let host = draft.places[ix.at()];
    if !host.kind.class.is_activity() {
        let message = format!(
            "a boundary event cannot sit on the '{}' '{id}'; attach it to an activity",
            host.element.name()
        );
        draft.error("attached-to-not-activity", event, message);
        return None;
    }
    if host.scope != place.scope {
        let message = format!(
            "the activity '{id}' is in another sub-process; move the boundary event beside it"
        );
        draft.error("attached-to-scope", event, message);
        return None;
    }
    Some(ix)
}
