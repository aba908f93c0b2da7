//! What throw and end events throw (10.5.4, 10.5.3): escalations, signals, messages, errors and
//! compensation; of a multiple event everything, in the order of the model.

use anyam_bpmn::graph::{ErrorIx, EventTrigger, MessageIx, NodeIx};

use super::Next;
use crate::execution::{Execution, Stop};
use crate::key::ElementInstanceKey;
use crate::throwing::unhandled;
use crate::transition::{Effect, ElementState, IncidentKind, Thrown};
use crate::value::Variables;

/// Throws an event's triggers. Where one of them ends the event itself the others are thrown no
/// more. Nothing is thrown where an expression of one fails.
pub(super) fn all(
    x: &mut Execution<'_>,
    at: ElementInstanceKey,
    trigger: &EventTrigger,
) -> Result<Next, Stop> {
    let mut prepared = Vec::new();
    for part in trigger.parts() {
        prepared.extend(prepare(x, at, part)?);
    }
    if prepared.is_empty() {
        return Ok(Next::Complete);
    }
    // The mappings give the catching scope its data.
    let payload = x.instance.local_variables(at);
    if prepared.iter().any(Prepared::carries) {
        x.count_sent(&payload)?;
    }
    x.apply_outputs(at)?;
    send(x, at, prepared, &payload)
}

/// Throws the triggers of an event that an activity throws itself.
pub(super) fn implicitly(
    x: &mut Execution<'_>,
    at: ElementInstanceKey,
    trigger: &EventTrigger,
) -> Result<Next, Stop> {
    let mut prepared = Vec::new();
    for part in trigger.parts() {
        prepared.extend(prepare(x, at, part)?);
    }
    let payload = x.instance.local_variables(at);
    if prepared.iter().any(Prepared::carries) {
        x.count_sent(&payload)?;
    }
    match send(x, at, prepared, &payload)? {
        Next::Leave | Next::Compensate => Ok(Next::Complete),
        other => Ok(other),
    }
}

fn send(
    x: &mut Execution<'_>,
    at: ElementInstanceKey,
    prepared: Vec<Prepared>,
    payload: &Variables,
) -> Result<Next, Stop> {
    let mut waits = false;
    for thrown in prepared {
        match thrown {
            Prepared::Escalation(code) => x.throw_escalation(at, &code),
            Prepared::Signal(name) => {
                let variables = payload.clone();
                x.out
                    .effects
                    .push(Effect::BroadcastSignal { name, variables });
            }
            Prepared::Message(message) => publish(x, at, message, payload.clone()),
            Prepared::Error(code) => return error(x, at, &code),
            Prepared::Compensation { activity, wait } => {
                let waiter = wait.then_some(at);
                waits |= x.throw_compensation(at, activity, waiter) && wait;
            }
        }
        if !x.instance.contains(at) {
            return Ok(Next::Gone);
        }
    }
    Ok(if waits { Next::Compensate } else { Next::Leave })
}

/// A message about to be published.
struct Message {
    name: Box<str>,
    correlation_key: Option<Box<str>>,
}

/// Publishes the message of a send task (10.3.3).
pub(super) fn message(
    x: &mut Execution<'_>,
    at: ElementInstanceKey,
    message: MessageIx,
) -> Result<Next, Stop> {
    let message = message_of(x, at, message)?;
    let payload = x.instance.local_variables(at);
    x.count_sent(&payload)?;
    publish(x, at, message, payload);
    Ok(Next::Complete)
}

/// Publishes a message, which waits for somebody to take it as long as its element says.
fn publish(x: &mut Execution<'_>, at: ElementInstanceKey, message: Message, variables: Variables) {
    let own = x.process.time_to_live_ms(x.element(at).node);
    let time_to_live_ms = own.unwrap_or(x.limits.default_time_to_live_ms);
    x.out.effects.push(Effect::PublishMessage {
        name: message.name,
        correlation_key: message.correlation_key,
        time_to_live_ms,
        variables,
    });
}

fn message_of(
    x: &mut Execution<'_>,
    at: ElementInstanceKey,
    message: MessageIx,
) -> Result<Message, Stop> {
    let definition = &x.process.graph().messages[message.at()];
    let name = x.text(&definition.name, at, "message name")?;
    let correlation_key = match definition.correlation_key {
        Some(key) => Some(x.correlation_key(&name, key, at)?),
        None => None,
    };
    Ok(Message {
        name,
        correlation_key,
    })
}

impl Prepared {
    /// Whether the event's own variables go along.
    fn carries(&self) -> bool {
        matches!(self, Self::Signal(_) | Self::Message(_))
    }
}

enum Prepared {
    Escalation(Box<str>),
    Signal(Box<str>),
    Message(Message),
    Error(Box<str>),
    Compensation {
        activity: Option<NodeIx>,
        wait: bool,
    },
}

fn prepare(
    x: &mut Execution<'_>,
    at: ElementInstanceKey,
    trigger: &EventTrigger,
) -> Result<Option<Prepared>, Stop> {
    Ok(match trigger {
        EventTrigger::Escalation(Some(escalation)) => {
            let definition = &x.process.graph().escalations[escalation.at()];
            let code = x.text(&definition.code, at, "escalation code")?;
            Some(Prepared::Escalation(code))
        }
        EventTrigger::Signal(signal) => {
            let definition = &x.process.graph().signals[signal.at()];
            let name = x.text(&definition.name, at, "signal name")?;
            Some(Prepared::Signal(name))
        }
        EventTrigger::Compensation { activity, wait } => {
            // The first handler begins beside the event.
            x.check_elements(1)?;
            let (activity, wait) = (*activity, *wait);
            Some(Prepared::Compensation { activity, wait })
        }
        EventTrigger::Message(message) => Some(Prepared::Message(message_of(x, at, *message)?)),
        EventTrigger::Error(Some(error)) => Some(Prepared::Error(error_code(x, at, *error)?)),
        _ => None,
    })
}

/// The code of an error that somebody catches: one that nobody does is an incident.
fn error_code(
    x: &mut Execution<'_>,
    at: ElementInstanceKey,
    error: ErrorIx,
) -> Result<Box<str>, Stop> {
    let definition = &x.process.graph().errors[error.at()];
    let code = x.text(&definition.code, at, "error code")?;
    if x.catcher(at, Thrown::Error, &code).is_none() && x.instance.parent.is_none() {
        let message = unhandled(&code, "");
        return Err(Stop::Incident(IncidentKind::UnhandledErrorEvent, message));
    }
    Ok(code)
}

/// Throws an error to the nearest event that catches it; the scopes on the way end. What a called
/// instance does not catch itself ends it and goes on in the instance that called it.
fn error(x: &mut Execution<'_>, at: ElementInstanceKey, code: &str) -> Result<Next, Stop> {
    let catcher = x.catcher(at, Thrown::Error, code);
    let scope = x.element(at).scope;
    let Some(catcher) = catcher else {
        x.throw_to_parent(Thrown::Error, code, Variables::new());
        return Ok(Next::Wait);
    };
    x.end(at, ElementState::Completed);
    x.element_mut(scope).tokens -= 1;
    x.occurred(catcher, Variables::new());
    Ok(Next::Gone)
}

impl Execution<'_> {
    /// Throws an escalation to the nearest event that catches it (10.5.1). Without one it has no
    /// consequence; a called instance hands it to the one that called it.
    pub(crate) fn throw_escalation(&mut self, at: ElementInstanceKey, code: &str) {
        match self.catcher(at, Thrown::Escalation, code) {
            Some(catcher) => self.occurred(catcher, Variables::new()),
            None if self.instance.parent.is_some() => {
                self.throw_to_parent(Thrown::Escalation, code, Variables::new());
            }
            None => {}
        }
    }
}
