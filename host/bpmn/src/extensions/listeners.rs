//! `zeebe:executionListeners` and `zeebe:taskListeners`.

use super::{task_definition, task_headers};
use crate::draft::{Draft, Place};
use crate::graph::{Listener, ListenerEvent};
use crate::xml::Element;

/// The listeners of an element, in document order.
pub(crate) fn read<'a>(draft: &mut Draft<'a, '_>, place: Place<'a>) -> Vec<Listener> {
    let mut listeners = Vec::new();
    for list in place.element.extensions() {
        let event: fn(&str) -> Option<ListenerEvent> = match list.name() {
            "executionListeners" => execution,
            "taskListeners" if place.kind.extensions.contains(&"taskListeners") => task,
            _ => continue,
        };
        for part in list.parts() {
            listeners.extend(listener(draft, part, event));
        }
    }
    listeners
}

fn listener<'a>(
    draft: &mut Draft<'a, '_>,
    part: Element<'a>,
    event: fn(&str) -> Option<ListenerEvent>,
) -> Option<Listener> {
    let text = part.attribute("eventType").unwrap_or_default().trim();
    let job = task_definition::type_and_retries(draft, part);
    let Some(event) = event(text) else {
        let message = format!(
            "the eventType '{text}' of the zeebe:{} is unknown; write one such as start or end, or \
             creating for a user task",
            part.name()
        );
        draft.error("listener-event-unknown", part, message);
        return None;
    };
    let list = part.parts().find(|part| part.name() == "taskHeaders");
    Some(Listener {
        event,
        job: job?,
        headers: list.map_or_else(Vec::new, |list| task_headers::read_list(draft, list)),
    })
}

fn execution(text: &str) -> Option<ListenerEvent> {
    match text {
        "start" => Some(ListenerEvent::Start),
        "end" => Some(ListenerEvent::End),
        _ => None,
    }
}

fn task(text: &str) -> Option<ListenerEvent> {
    match text {
        "creating" => Some(ListenerEvent::Creating),
        "assigning" => Some(ListenerEvent::Assigning),
        "updating" => Some(ListenerEvent::Updating),
        "completing" => Some(ListenerEvent::Completing),
        "canceling" => Some(ListenerEvent::Canceling),
        _ => None,
    }
}
