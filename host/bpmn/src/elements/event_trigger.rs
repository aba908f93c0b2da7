//! What triggers an event: its event definition (10.5.5).

use crate::discover::is_event_definition;
use crate::draft::{Draft, Place};
use crate::vocabulary::{Standing, standing};
use crate::xml::Element;

/// The event definition of an event.
pub(super) enum Trigger<'a> {
    /// It has none.
    None,
    /// It has this one, which is among the allowed.
    Of(Element<'a>),
    /// What it has was reported.
    Wrong,
}

/// Reads the one event definition of an event. `allowed` are the ones this event executes, `later`
/// those that BPMN allows here and this version does not execute.
pub(super) fn trigger<'a>(
    draft: &mut Draft<'a, '_>,
    place: Place<'a>,
    allowed: &[&str],
    later: &[&str],
) -> Trigger<'a> {
    let event = place.element;
    let found: Vec<_> = event
        .children()
        .filter(|child| is_event_definition(child.name()))
        .collect();
    let [definition] = found[..] else {
        if found.is_empty() {
            return Trigger::None;
        }
        let message = format!(
            "the '{}' has {} event definitions, and several in one event are not supported yet; \
             keep one",
            event.name(),
            found.len()
        );
        draft.error("event-definition-count", event, message);
        return Trigger::Wrong;
    };
    let name = definition.name();
    if allowed.contains(&name) {
        return Trigger::Of(definition);
    }
    if name == "eventDefinitionRef" {
        let message = "'eventDefinitionRef' is not supported yet; put the event definition into \
                       the event";
        draft.error("not-supported", definition, message.to_owned());
    } else if later.contains(&name) {
        let message = format!(
            "'{name}' in a '{}' is not supported yet; use another event",
            event.name()
        );
        draft.error("not-supported", definition, message);
    } else if standing(name).is_some_and(|standing| standing != Standing::Described) {
        let message = format!(
            "a '{}' cannot have a '{name}'; use another event",
            event.name()
        );
        draft.error("event-definition-misplaced", definition, message);
    }
    Trigger::Wrong
}
