//! Business rule task (10.3.3) that calls a decision.

use anyam_bpmn::graph::CalledDecision;

use super::Next;
use crate::execution::{Execution, Stop};
use crate::key::ElementInstanceKey;
use crate::value::Variables;

pub(super) fn activate(
    x: &mut Execution<'_>,
    at: ElementInstanceKey,
    called: &CalledDecision,
) -> Result<Next, Stop> {
    let value = x.decide(at, called)?;
    let result = Variables::from([(called.result_variable.clone(), value)]);
    x.check_room(&result, x.result_place(at))?;
    x.take_result(at, result);
    Ok(Next::Complete)
}
