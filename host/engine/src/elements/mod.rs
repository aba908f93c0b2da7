//! What each BPMN element does when it is reached: one file an element, one line each here.

mod boundary_event;
mod business_rule_task;
mod call_activity;
mod complex_gateway;
pub(crate) mod end_event;
mod event_based_gateway;
mod event_sub_process;
mod intermediate_catch_event;
mod intermediate_throw_event;
mod link_event;
mod multi_instance;
mod pass_through;
mod process;
mod receive_task;
mod script_task;
mod send_task;
mod service_task;
mod standard_loop;
mod sub_process;
mod throw;
mod user_task;

use anyam_bpmn::graph::{EventTrigger, NodeKind, Repetition, SubProcessFlavour};

use crate::execution::{Execution, Stop};
use crate::key::ElementInstanceKey;
use crate::transition::Role;

/// How an element goes on after its activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// It waits for a command or for its children.
    Wait,
    /// It is done; output mappings and outgoing flows follow.
    Complete,
    /// It is done and its output mappings are applied; outgoing flows follow.
    Leave,
    /// It is done once the compensation it has thrown is; outgoing flows follow.
    Compensate,
    /// It ended itself or was ended.
    Gone,
}

/// Throws what an activity throws itself, without an event in the model. [`Next::Complete`]: the
/// activity goes on.
pub(crate) fn throw_implicitly(
    x: &mut Execution<'_>,
    at: ElementInstanceKey,
    trigger: &EventTrigger,
) -> Result<Next, Stop> {
    throw::implicitly(x, at, trigger)
}

/// Activates an element instance whose input mappings are applied and whose boundary events are
/// open.
pub(crate) fn activate(x: &mut Execution<'_>, at: ElementInstanceKey) -> Result<Next, Stop> {
    if x.begin_as_planned(at)? {
        return Ok(Next::Wait);
    }
    let node = x.node_of(at);
    if x.element(at).role() == Role::Body {
        return match &node.extras().repetition {
            Some(Repetition::Multi(multi)) => multi_instance::activate(x, at, multi),
            Some(Repetition::Standard(standard)) => standard_loop::activate(x, at, standard),
            None => Ok(Next::Complete),
        };
    }
    match &node.kind {
        NodeKind::Process(_) => process::activate(x, at),
        NodeKind::SubProcess(inner) => match inner.flavour {
            SubProcessFlavour::Event => event_sub_process::activate(x, at),
            _ => sub_process::activate(x, at, &inner.scope),
        },
        NodeKind::EndEvent { job: Some(job), .. } | NodeKind::ThrowEvent { job: Some(job), .. } => {
            service_task::activate(x, at, job)
        }
        NodeKind::EndEvent { trigger, .. } => end_event::activate(x, at, trigger),
        NodeKind::CatchEvent(EventTrigger::Link(_)) => pass_through::activate(),
        NodeKind::CatchEvent(_) => intermediate_catch_event::activate(x, at),
        NodeKind::BoundaryEvent { interrupting, .. } => boundary_event::activate(x, *interrupting),
        NodeKind::Job(job) => service_task::activate(x, at, job),
        NodeKind::ScriptTask {
            expression,
            result_variable,
        } => script_task::activate(x, at, *expression, result_variable),
        NodeKind::BusinessRuleTask(called) => business_rule_task::activate(x, at, called),
        NodeKind::UserTask(task) => user_task::activate(x, at, task),
        NodeKind::CallActivity(called) => call_activity::activate(x, at, called),
        NodeKind::SendTask(message) => send_task::activate(x, at, *message),
        NodeKind::ReceiveTask { .. } => receive_task::activate(x, at),
        NodeKind::ThrowEvent { trigger, .. } => intermediate_throw_event::activate(x, at, trigger),
        NodeKind::ComplexGateway { .. } => complex_gateway::activate(x, at),
        NodeKind::EventBasedGateway(_) => event_based_gateway::activate(x, at),
        NodeKind::StartEvent { .. }
        | NodeKind::UndefinedTask
        | NodeKind::ExclusiveGateway
        | NodeKind::InclusiveGateway
        | NodeKind::ParallelGateway => pass_through::activate(),
    }
}
