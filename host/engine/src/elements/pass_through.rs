//! Elements that do nothing themselves: none start and throw events, undefined and manual tasks,
//! and gateways, whose work is choosing flows (`conditions.rs`) and joining tokens (`flow.rs`).

use super::Next;
use crate::execution::Stop;

pub(super) fn activate() -> Result<Next, Stop> {
    Ok(Next::Complete)
}
