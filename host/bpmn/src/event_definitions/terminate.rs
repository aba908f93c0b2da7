//! Terminate: ends the whole scope (10.5.5).

use super::Definition;
use crate::graph::EventTrigger;

pub(super) static DEFINITION: Definition = Definition {
    name: "terminateEventDefinition",
    read: |_, _, _| Some(EventTrigger::Terminate),
};
