//! Boundary event (10.5.4).

use super::event_trigger::{Trigger, trigger};
use super::timer::{self, Position};
use super::{Class, Kind};
use crate::draft::{Draft, Place};
use crate::graph::{EventTrigger, NodeIx, NodeKind};

pub(super) static KIND: Kind = Kind {
    name: "boundaryEvent",
    element_type: "BOUNDARY_EVENT",
    class: Class::BoundaryEvent,
    parts: &[],
    extensions: &["ioMapping"],
    read,
};

const ALLOWED: &[&str] = &[
    "errorEventDefinition",
    "messageEventDefinition",
    "timerEventDefinition",
];

const LATER: &[&str] = &[
    "cancelEventDefinition",
    "compensateEventDefinition",
    "conditionalEventDefinition",
    "escalationEventDefinition",
    "signalEventDefinition",
];

fn read<'a>(draft: &mut Draft<'a, '_>, place: Place<'a>) -> Option<NodeKind> {
    let interrupting = draft.flag(place.element, "cancelActivity", true);
    let attached_to = attached_to(draft, place);
    let trigger = boundary_trigger(draft, place, interrupting);
    Some(NodeKind::BoundaryEvent {
        attached_to: attached_to?,
        interrupting,
        trigger: trigger?,
    })
}

fn boundary_trigger<'a>(
    draft: &mut Draft<'a, '_>,
    place: Place<'a>,
    interrupting: bool,
) -> Option<EventTrigger> {
    let definition = match trigger(draft, place, ALLOWED, LATER) {
        Trigger::Of(definition) => definition,
        Trigger::None => {
            let message = "the boundary event waits for nothing; give it an error, a message or a \
                           timer";
            draft.error(
                "event-definition-missing",
                place.element,
                message.to_owned(),
            );
            return None;
        }
        Trigger::Wrong => return None,
    };
    match definition.name() {
        "errorEventDefinition" => {
            if !interrupting {
                let message = "an error always ends the activity; remove cancelActivity=\"false\"";
                draft.error(
                    "error-boundary-not-interrupting",
                    place.element,
                    message.to_owned(),
                );
            }
            draft.caught_error(definition).map(EventTrigger::Error)
        }
        "messageEventDefinition" => draft.awaited_message(definition).map(EventTrigger::Message),
        _ => {
            let position = Position::Boundary { interrupting };
            timer::read(draft, definition, position).map(EventTrigger::Timer)
        }
    }
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
