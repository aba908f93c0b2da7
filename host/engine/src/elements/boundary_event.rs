//! Boundary event (10.5.4): begins only when its trigger has occurred, so nothing is left to do.

use super::Next;
use crate::execution::Stop;

pub(super) fn activate() -> Result<Next, Stop> {
    Ok(Next::Complete)
}
