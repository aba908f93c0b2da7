//! User task (10.3.4).

use anyam_bpmn::graph::UserTaskDefinition;

use super::Next;
use crate::execution::{Execution, Stop};
use crate::key::ElementInstanceKey;

pub(super) fn activate(
    x: &mut Execution<'_>,
    at: ElementInstanceKey,
    task: &UserTaskDefinition,
) -> Result<Next, Stop> {
    x.create_user_task(at, task)?;
    Ok(Next::Wait)
}
