//! Intermediate throw events (10.5.4): link, and those that throw.

use anyam_bpmn::graph::EventTrigger;

use super::{Next, link_event, throw};
use crate::execution::{Execution, Stop};
use crate::key::ElementInstanceKey;

pub(super) fn activate(
    x: &mut Execution<'_>,
    at: ElementInstanceKey,
    trigger: &EventTrigger,
) -> Result<Next, Stop> {
    match trigger {
        EventTrigger::Link(name) => link_event::throw(x, at, name),
        _ => throw::all(x, at, trigger),
    }
}
