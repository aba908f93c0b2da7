//! Boundary event (10.5.4): begins only when its trigger has occurred, so nothing is left to do but
//! to see that the instance has room for the token of a non-interrupting one.

use super::Next;
use crate::execution::{Execution, Stop};

pub(super) fn activate(x: &Execution<'_>, interrupting: bool) -> Result<Next, Stop> {
    if !interrupting {
        x.check_elements(0)?;
    }
    Ok(Next::Complete)
}
