//! Embedded sub-process (10.3.5): a scope with one token at its none start event.

use anyam_bpmn::graph::Scope;

use super::Next;
use crate::execution::{Execution, Stop, Work};
use crate::key::ElementInstanceKey;

pub(super) fn activate(
    x: &mut Execution<'_>,
    at: ElementInstanceKey,
    scope: &Scope,
) -> Result<Next, Stop> {
    let Some(node) = scope.none_start() else {
        return Ok(Next::Complete);
    };
    // The scope and the token in it are two element instances in place of one.
    x.check_room_for(2, at)?;
    x.element_mut(at).tokens = 1;
    x.agenda.push_back(Work::Activate { node, scope: at });
    Ok(Next::Wait)
}
