//! Service task (10.3.3): a job for a step or an external worker.

use anyam_bpmn::graph::JobDefinition;

use super::Next;
use crate::execution::{Execution, Stop};
use crate::key::ElementInstanceKey;

pub(super) fn activate(
    x: &mut Execution<'_>,
    at: ElementInstanceKey,
    job: &JobDefinition,
) -> Result<Next, Stop> {
    x.create_job(at, job)?;
    Ok(Next::Wait)
}
