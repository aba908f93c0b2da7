//! Send task (10.3.3) that publishes its message.

use anyam_bpmn::graph::MessageIx;

use super::{Next, throw};
use crate::execution::{Execution, Stop};
use crate::key::ElementInstanceKey;

pub(super) fn activate(
    x: &mut Execution<'_>,
    at: ElementInstanceKey,
    message: MessageIx,
) -> Result<Next, Stop> {
    throw::message(x, at, message)
}
