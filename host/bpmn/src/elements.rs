//! The dispatch table: one line for each BPMN element that is executed.

mod ad_hoc_sub_process;
mod boundary_event;
mod business_rule_task;
mod call_activity;
mod complex_gateway;
mod end_event;
mod event_based_gateway;
mod exclusive_gateway;
mod global_task;
mod inclusive_gateway;
mod intermediate_catch_event;
mod intermediate_throw_event;
mod manual_task;
mod parallel_gateway;
mod process;
mod receive_task;
mod script_task;
mod send_task;
mod service_task;
mod start_event;
mod sub_process;
mod task;
mod transaction;
mod user_task;

use crate::draft::{Draft, Place};
use crate::graph::NodeKind;

pub(crate) use global_task::{AROUND as AROUND_GLOBAL_TASK, kind as global_task};
pub(crate) use process::KIND as PROCESS;

/// Every executed flow node.
static TABLE: &[&Kind] = &[
    &ad_hoc_sub_process::KIND,
    &boundary_event::KIND,
    &business_rule_task::KIND,
    &call_activity::KIND,
    &complex_gateway::KIND,
    &end_event::KIND,
    &event_based_gateway::KIND,
    &exclusive_gateway::KIND,
    &inclusive_gateway::KIND,
    &intermediate_catch_event::KIND,
    &intermediate_throw_event::KIND,
    &manual_task::KIND,
    &parallel_gateway::KIND,
    &receive_task::KIND,
    &script_task::KIND,
    &send_task::KIND,
    &service_task::KIND,
    &start_event::KIND,
    &sub_process::KIND,
    &task::KIND,
    &transaction::KIND,
    &user_task::KIND,
];

/// What the compiler knows of one kind of element.
pub(crate) struct Kind {
    /// Its XML name.
    pub(crate) name: &'static str,
    /// Its type in the Camunda 8 API.
    pub(crate) element_type: &'static str,
    /// Which structural rules hold for it.
    pub(crate) class: Class,
    /// BPMN children that it reads, beside event definitions.
    pub(crate) parts: &'static [&'static str],
    /// `zeebe:` extension elements that it reads, beside `properties`.
    pub(crate) extensions: &'static [&'static str],
    /// Reads what only this kind has; `None` after an error was reported. A scope's children and
    /// its start event are filled in later.
    pub(crate) read: for<'a> fn(&mut Draft<'a, '_>, Place<'a>) -> Option<NodeKind>,
}

/// Elements under the same structural rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Process,
    SubProcess,
    Task,
    ExclusiveGateway,
    ParallelGateway,
    InclusiveGateway,
    ComplexGateway,
    EventBasedGateway,
    StartEvent,
    IntermediateEvent,
    BoundaryEvent,
    EndEvent,
}

impl Class {
    /// Whether boundary events may sit on it (10.3).
    pub(crate) fn is_activity(self) -> bool {
        matches!(self, Self::Task | Self::SubProcess)
    }

    pub(crate) fn is_event(self) -> bool {
        matches!(
            self,
            Self::StartEvent | Self::IntermediateEvent | Self::BoundaryEvent | Self::EndEvent
        )
    }

    /// Whether its outgoing flows may have conditions and a default (8.4.13).
    pub(crate) fn may_choose(self) -> bool {
        self.is_activity()
            || matches!(
                self,
                Self::ExclusiveGateway | Self::InclusiveGateway | Self::ComplexGateway
            )
    }
}

/// The kind of the flow node with this XML name.
pub(crate) fn find(name: &str) -> Option<&'static Kind> {
    TABLE.iter().copied().find(|kind| kind.name == name)
}
