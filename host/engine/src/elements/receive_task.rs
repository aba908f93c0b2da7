//! Receive task (10.3.3): waits for a message.

use super::Next;
use crate::execution::{Execution, Stop};
use crate::key::ElementInstanceKey;

pub(super) fn activate(x: &mut Execution<'_>, at: ElementInstanceKey) -> Result<Next, Stop> {
    x.open_waits(at, &[x.element(at).node])?;
    Ok(Next::Wait)
}
