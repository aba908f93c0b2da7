//! The body of a standard loop (10.3.7): one iteration after the other while the condition holds, the
//! first one in any case unless it is tested before. The condition reads `loopCounter`, the number of
//! the iteration that has just ended.

use anyam_bpmn::graph::StandardLoop;

use super::Next;
use crate::execution::{Execution, Stop};
use crate::instance::rare::Rounds;
use crate::iterations::{LOOP_COUNTER, whole};
use crate::key::ElementInstanceKey;
use crate::value::Variables;

pub(super) fn activate(
    x: &mut Execution<'_>,
    body: ElementInstanceKey,
    standard: &StandardLoop,
) -> Result<Next, Stop> {
    let none_yet = Variables::from([(LOOP_COUNTER.into(), whole(0))]);
    let begins = standard.maximum != Some(0)
        && (!standard.test_before
            || x.truth(standard.condition.as_ref(), body, &none_yet, true)?);
    if !begins {
        return Ok(Next::Complete);
    }
    x.check_room_for(2, body)?;
    x.begin_iterations(body, Rounds::default(), 1);
    Ok(Next::Wait)
}
