//! Receive task (10.3.3): waits for a message.

use anyam_bpmn::graph::MessageIx;

use super::Next;
use crate::execution::{Execution, Stop};
use crate::key::ElementInstanceKey;

pub(super) fn activate(
    x: &mut Execution<'_>,
    at: ElementInstanceKey,
    message: MessageIx,
) -> Result<Next, Stop> {
    let subscription = x.prepare_subscription(x.element(at).node, message, at)?;
    x.open(subscription);
    Ok(Next::Wait)
}
