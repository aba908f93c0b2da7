//! Event definitions (10.5.5): what an event waits for or throws. One file a definition.

mod cancel;
mod compensation;
mod conditional;
mod error;
mod escalation;
mod link;
mod message;
mod signal;
mod terminate;
pub(crate) mod timer;

use crate::discover::is_event_definition;
use crate::draft::{Draft, Place};
use crate::graph::EventTrigger;
use crate::vocabulary::{Standing, standing};
use crate::xml::Element;

/// One kind of event definition.
struct Definition {
    /// Its XML name.
    name: &'static str,
    /// Reads one; `None` after an error was reported.
    read: for<'a> fn(&mut Draft<'a, '_>, Element<'a>, Position) -> Option<EventTrigger>,
}

static TABLE: &[&Definition] = &[
    &cancel::DEFINITION,
    &compensation::DEFINITION,
    &conditional::DEFINITION,
    &error::DEFINITION,
    &escalation::DEFINITION,
    &link::DEFINITION,
    &message::DEFINITION,
    &signal::DEFINITION,
    &terminate::DEFINITION,
    &timer::DEFINITION,
];

/// Where an event stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    /// Start of a process.
    ProcessStart,
    /// Start of an event sub-process.
    EventSubProcessStart { interrupting: bool },
    /// Intermediate catch event.
    Catch,
    /// Boundary event.
    Boundary { interrupting: bool },
    /// Intermediate throw or end event; a job may throw in its place.
    Throw { by_job: bool },
}

impl Position {
    pub(crate) fn throws(self) -> bool {
        matches!(self, Self::Throw { .. })
    }

    /// Whether the event can occur more than once.
    fn repeats(self) -> bool {
        matches!(
            self,
            Self::ProcessStart
                | Self::EventSubProcessStart {
                    interrupting: false
                }
                | Self::Boundary {
                    interrupting: false
                }
        )
    }
}

/// Reads all event definitions of an event, those it refers to included. `allowed` are the names
/// of those that may stand there. `None` after an error was reported.
pub(crate) fn read<'a>(
    draft: &mut Draft<'a, '_>,
    place: Place<'a>,
    allowed: &[&str],
    position: Position,
) -> Option<EventTrigger> {
    read_all(draft, place.element, allowed, position)
}

fn read_all<'a>(
    draft: &mut Draft<'a, '_>,
    event: Element<'a>,
    allowed: &[&str],
    position: Position,
) -> Option<EventTrigger> {
    let mut triggers = Vec::new();
    let mut complete = true;
    let definitions = event.children();
    for definition in definitions.filter(|child| is_event_definition(child.name())) {
        match one(draft, event, definition, allowed, position) {
            // What a job throws in its place needs no definition of its own.
            Some(EventTrigger::None) => {}
            Some(trigger) => triggers.push(trigger),
            None => complete = false,
        }
    }
    let parallel = draft.flag(event, "parallelMultiple", false);
    if triggers.len() > EventTrigger::MAX_PARTS {
        let max = EventTrigger::MAX_PARTS;
        let message = format!("the event has more than {max} event definitions; split it");
        draft.error("limit-event-definitions", event, message);
        return None;
    }
    if !complete {
        return None;
    }
    Some(match triggers.len() {
        0 => EventTrigger::None,
        1 => triggers.remove(0),
        _ => EventTrigger::Multiple {
            triggers,
            parallel: parallel && !position.throws(),
        },
    })
}

/// As [`read`], for an event that cannot be without.
pub(crate) fn read_required<'a>(
    draft: &mut Draft<'a, '_>,
    place: Place<'a>,
    allowed: &[&str],
    position: Position,
) -> Option<EventTrigger> {
    let trigger = read(draft, place, allowed, position)?;
    if trigger == EventTrigger::None {
        let message = format!(
            "the '{}' waits for nothing; give it an event definition such as a message or a timer",
            place.element.name()
        );
        draft.error("event-definition-missing", place.element, message);
        return None;
    }
    Some(trigger)
}

fn one<'a>(
    draft: &mut Draft<'a, '_>,
    event: Element<'a>,
    definition: Element<'a>,
    allowed: &[&str],
    position: Position,
) -> Option<EventTrigger> {
    let definition = if definition.name() == "eventDefinitionRef" {
        draft.referred_definition(definition, &definition.text())?
    } else {
        definition
    };
    let name = definition.name();
    let kind = TABLE.iter().find(|kind| kind.name == name);
    match kind {
        Some(kind) if allowed.contains(&name) => (kind.read)(draft, definition, position),
        _ => {
            if standing(name).is_some_and(|standing| standing != Standing::Described) {
                let message = format!(
                    "a '{}' cannot have a '{name}' here; use another event",
                    event.name()
                );
                draft.error("event-definition-misplaced", definition, message);
            }
            None
        }
    }
}

/// Reads an event definition that something refers to and that throws.
pub(crate) fn read_thrown<'a>(
    draft: &mut Draft<'a, '_>,
    referrer: Element<'a>,
    id: &str,
) -> Option<EventTrigger> {
    let definition = draft.referred_definition(referrer, id)?;
    one(
        draft,
        referrer,
        definition,
        THROWN,
        Position::Throw { by_job: false },
    )
}

/// Reads the event of a complex multi-instance behaviour.
pub(crate) fn read_implicit<'a>(
    draft: &mut Draft<'a, '_>,
    event: Element<'a>,
) -> Option<EventTrigger> {
    read_all(draft, event, THROWN, Position::Throw { by_job: false })
}

/// What an implicit throw event can throw.
pub(crate) const THROWN: &[&str] = &[
    "compensateEventDefinition",
    "errorEventDefinition",
    "escalationEventDefinition",
    "messageEventDefinition",
    "signalEventDefinition",
];

impl<'a> Draft<'a, '_> {
    /// The event definition with this id, anywhere in the file.
    fn referred_definition(&mut self, referrer: Element<'a>, id: &str) -> Option<Element<'a>> {
        let id = referrer.local_id(id);
        if let Some(definition) = self.definitions.event_definitions.get(id).copied() {
            return Some(definition);
        }
        let message = format!(
            "there is no event definition '{id}'; add it to 'definitions' or refer to another"
        );
        self.error("event-definition-ref-missing", referrer, message);
        None
    }
}
