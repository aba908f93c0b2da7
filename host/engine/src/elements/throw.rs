//! What throw and end events throw (10.5.4, 10.5.3): escalations and signals; of a multiple event
//! everything, in the order of the model.

use anyam_bpmn::graph::{ErrorIx, EscalationIx, EventTrigger, SignalIx};

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
    match send(x, at, prepared, &payload)? {
        Next::Leave => Ok(Next::Complete),
        other => Ok(other),
    }
}

fn send(
    x: &mut Execution<'_>,
    at: ElementInstanceKey,
    prepared: Vec<Prepared>,
    payload: &Variables,
) -> Result<Next, Stop> {
    for thrown in prepared {
        match thrown {
            Prepared::Escalation(code) => x.throw_escalation(at, &code),
            Prepared::Signal(name) => {
                let variables = payload.clone();
                x.out
                    .effects
                    .push(Effect::BroadcastSignal { name, variables });
            }
            Prepared::Error(code) => return error(x, at, &code),
        }
        if !x.instance.contains(at) {
            return Ok(Next::Gone);
        }
    }
    Ok(Next::Leave)
}

enum Prepared {
    Escalation(Box<str>),
    Signal(Box<str>),
    Error(Box<str>),
}

fn prepare(
    x: &mut Execution<'_>,
    at: ElementInstanceKey,
    trigger: &EventTrigger,
) -> Result<Option<Prepared>, Stop> {
    Ok(match trigger {
        EventTrigger::Escalation(Some(escalation)) => {
            Some(Prepared::Escalation(escalation_code(x, at, *escalation)?))
        }
        EventTrigger::Signal(signal) => Some(Prepared::Signal(signal_name(x, at, *signal)?)),
        EventTrigger::Error(Some(error)) => Some(Prepared::Error(error_code(x, at, *error)?)),
        _ => None,
    })
}

fn escalation_code(
    x: &mut Execution<'_>,
    at: ElementInstanceKey,
    escalation: EscalationIx,
) -> Result<Box<str>, Stop> {
    let definition = &x.process.graph().escalations[escalation.at()];
    x.text(&definition.code, at, "escalation code")
}

fn signal_name(
    x: &mut Execution<'_>,
    at: ElementInstanceKey,
    signal: SignalIx,
) -> Result<Box<str>, Stop> {
    let definition = &x.process.graph().signals[signal.at()];
    x.text(&definition.name, at, "signal name")
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
        let variables = Variables::new();
        x.out.effects.push(Effect::ThrowToParent {
            thrown: Thrown::Error,
            code: code.into(),
            variables,
        });
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
                self.out.effects.push(Effect::ThrowToParent {
                    thrown: Thrown::Escalation,
                    code: code.into(),
                    variables: Variables::new(),
                });
            }
            None => {}
        }
    }
}
