//! Embedded sub-process (10.3.5): a scope with one token at its none start event or, without start
//! events, one at every element that no flow leads to (13.3.4).

use anyam_bpmn::graph::Scope;

use super::Next;
use crate::execution::{Execution, Stop, Work};
use crate::key::ElementInstanceKey;

pub(super) fn activate(
    x: &mut Execution<'_>,
    at: ElementInstanceKey,
    scope: &Scope,
) -> Result<Next, Stop> {
    let nodes = match scope.none_start() {
        Some(only) => vec![only],
        None => scope.implicit_starts.clone(),
    };
    if nodes.is_empty() {
        return Ok(Next::Complete);
    }
    // The scope and the tokens in it are so many element instances in place of one.
    x.check_room_for(nodes.len() + 1, at)?;
    x.open_event_starts(at)?;
    x.element_mut(at).tokens = nodes.len() as u32;
    for node in nodes {
        x.agenda.push_back(Work::Activate { node, scope: at });
    }
    Ok(Next::Wait)
}
