//! End events (10.5.3): none, error, terminate.

use anyam_bpmn::graph::{ErrorIx, EventTrigger};

use super::Next;
use crate::execution::{Execution, Stop};
use crate::key::ElementInstanceKey;
use crate::throwing::unhandled;
use crate::transition::{ElementState, IncidentKind, Thrown};
use crate::value::Variables;

pub(super) fn activate(
    x: &mut Execution<'_>,
    at: ElementInstanceKey,
    trigger: &EventTrigger,
) -> Result<Next, Stop> {
    match trigger {
        EventTrigger::Error(Some(error)) => throw(x, at, *error),
        EventTrigger::Terminate => terminate(x, at),
        _ => Ok(Next::Complete),
    }
}

/// Throws an error to the nearest activity around it that catches it; the scopes on the way end.
fn throw(x: &mut Execution<'_>, at: ElementInstanceKey, error: ErrorIx) -> Result<Next, Stop> {
    let definition = &x.process.graph().errors[error.at()];
    let code = x.text(&definition.code, at, "error code")?;
    let Some(catcher) = x.catcher(at, Thrown::Error, &code) else {
        return Err(Stop::Incident(
            IncidentKind::UnhandledErrorEvent,
            unhandled(&code, ""),
        ));
    };
    // The mappings of the end event give the catching scope its data.
    x.apply_outputs(at)?;
    let scope = x.element(at).scope;
    x.end(at, ElementState::Completed);
    x.element_mut(scope).tokens -= 1;
    x.occurred(catcher, Variables::new());
    Ok(Next::Gone)
}

/// Ends everything else in the scope, which then completes normally (10.5.3).
fn terminate(x: &mut Execution<'_>, at: ElementInstanceKey) -> Result<Next, Stop> {
    x.apply_outputs(at)?;
    let scope = x.element(at).scope;
    x.end(at, ElementState::Completed);
    x.element_mut(scope).tokens -= 1;
    x.terminate_children(scope);
    x.complete_empty_scope(scope);
    Ok(Next::Gone)
}
