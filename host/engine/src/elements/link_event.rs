//! Link (10.5.5): a throw event whose token goes on at the catch event of the same name.

use super::Next;
use crate::execution::{Execution, Stop, Work};
use crate::key::ElementInstanceKey;
use crate::transition::ElementState;

pub(super) fn throw(
    x: &mut Execution<'_>,
    at: ElementInstanceKey,
    name: &str,
) -> Result<Next, Stop> {
    let scope = x.element(at).scope;
    let target = x.process.graph().link_target(x.node_of(at).scope, name);
    let Some(node) = target else {
        return Ok(Next::Complete);
    };
    x.check_room_for(1, scope)?;
    x.apply_outputs(at)?;
    x.end(at, ElementState::Completed);
    x.agenda.push_back(Work::Activate { node, scope });
    Ok(Next::Gone)
}
