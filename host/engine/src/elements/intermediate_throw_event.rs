//! Intermediate throw events (10.5.4): none and link.

use anyam_bpmn::graph::EventTrigger;

use super::{Next, link_event};
use crate::execution::{Execution, Stop};
use crate::key::ElementInstanceKey;

pub(super) fn activate(
    x: &mut Execution<'_>,
    at: ElementInstanceKey,
    trigger: &EventTrigger,
) -> Result<Next, Stop> {
    match trigger {
        EventTrigger::Link(name) => link_event::throw(x, at, name),
        _ => Ok(Next::Complete),
    }
}
