//! Cancel: ends a transaction and has it compensated (10.5.5, 10.7.2).

use super::Definition;
use crate::graph::EventTrigger;

pub(super) static DEFINITION: Definition = Definition {
    name: "cancelEventDefinition",
    read: |_, _, _| Some(EventTrigger::Cancel),
};
