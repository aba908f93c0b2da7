//! End events (10.5.3): none, terminate, cancel, and those that throw.

use anyam_bpmn::graph::EventTrigger;

use super::{Next, throw};
use crate::execution::{Execution, Stop};
use crate::instance::rare::Ending;
use crate::key::ElementInstanceKey;
use crate::transition::ElementState;

pub(super) fn activate(
    x: &mut Execution<'_>,
    at: ElementInstanceKey,
    trigger: &EventTrigger,
) -> Result<Next, Stop> {
    let next = throw::all(x, at, trigger)?;
    let cancels = trigger.parts().contains(&EventTrigger::Cancel);
    let ends_all = cancels || trigger.parts().contains(&EventTrigger::Terminate);
    if matches!(next, Next::Gone | Next::Compensate) || !ends_all {
        return Ok(next);
    }
    if next == Next::Complete {
        x.apply_outputs(at)?;
    }
    if cancels {
        x.cancel_transaction(at);
    } else {
        terminate(x, at);
    }
    Ok(Next::Gone)
}

/// Ends everything else in the scope, which then completes normally (10.5.3).
pub(crate) fn terminate(x: &mut Execution<'_>, at: ElementInstanceKey) {
    let scope = x.element(at).scope;
    x.end(at, ElementState::Completed);
    x.element_mut(scope).tokens -= 1;
    if x.holds_up(scope, Ending::Ended) {
        return;
    }
    x.terminate_children(scope);
    x.complete_empty_scope(scope);
}
