//! Script task (10.3.3) with a FEEL script.

use anyam_bpmn::graph::ExprIx;

use super::Next;
use crate::execution::{Execution, Stop};
use crate::key::ElementInstanceKey;
use crate::transition::IncidentKind;
use crate::value::Variables;

pub(super) fn activate(
    x: &mut Execution<'_>,
    at: ElementInstanceKey,
    expression: ExprIx,
    result_variable: &str,
) -> Result<Next, Stop> {
    let value = x.evaluate(
        expression,
        at,
        &Variables::new(),
        IncidentKind::ExtractValueError,
    )?;
    let result = Variables::from([(result_variable.into(), value)]);
    x.check_room(&result, x.result_place(at))?;
    x.take_result(at, result);
    Ok(Next::Complete)
}
