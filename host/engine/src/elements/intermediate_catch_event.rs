//! Intermediate catch event (10.5.4): waits for a message or a time.

use anyam_bpmn::graph::EventTrigger;

use super::{Next, receive_task};
use crate::catching::Prepared;
use crate::execution::{Execution, Stop};
use crate::key::ElementInstanceKey;
use crate::timers::Purpose;

pub(super) fn activate(
    x: &mut Execution<'_>,
    at: ElementInstanceKey,
    trigger: &EventTrigger,
) -> Result<Next, Stop> {
    match trigger {
        EventTrigger::Message(message) => receive_task::activate(x, at, *message),
        EventTrigger::Timer(definition) => {
            // Of a cycle the first time counts: the event is passed once.
            let planned = x.plan(definition, at)?;
            x.open_all(vec![Prepared::Timer(planned, Purpose::Catch(at))]);
            Ok(Next::Wait)
        }
        _ => Ok(Next::Complete),
    }
}
