//! What the compiler reads and this engine does not run yet. A model that needs it is refused
//! whole, so that nothing is left out in silence.
//!
//! What an element needs is named by [`uses`]; what is not there yet is listed below. Whoever adds
//! it to the engine takes its line out.

use anyam_bpmn::graph::{EventTrigger, Node, NodeKind, ProcessGraph, ROOT, SubProcessFlavour};
use anyam_bpmn::{Finding, Severity};

/// Elements and markers.
const FEATURES: &[&str] = &["linked resource"];

/// Where an event stands, and its trigger.
const EVENTS: &[(&str, &str)] = &[];

/// Everything in a graph that cannot run yet.
pub(crate) fn findings(graph: &ProcessGraph) -> Vec<Finding> {
    let mut findings = Vec::new();
    for node in &graph.nodes {
        let mut refuse = |what: &str| {
            findings.push(Finding {
                severity: Severity::Error,
                rule: "not-supported",
                element_id: Some(node.id.clone()),
                location: node.location,
                message: format!("{what} is not supported yet; model it in another way"),
            });
        };
        uses(node, &mut |feature| {
            if FEATURES.contains(&feature) {
                refuse(feature);
            }
        });
        let (Some(position), Some(trigger)) = (position(graph, node), node.kind.trigger()) else {
            continue;
        };
        let parts = trigger.parts().iter().map(trigger_name);
        for trigger in std::iter::once(trigger_name(trigger)).chain(parts) {
            if EVENTS.contains(&(position, trigger)) {
                refuse(&format!("{position} with the trigger '{trigger}'"));
                break;
            }
        }
    }
    findings
}

/// Names what a node needs of the engine, beside its trigger.
fn uses(node: &Node, with: &mut impl FnMut(&'static str)) {
    let extras = node.extras();
    if !extras.linked_resources.is_empty() {
        with("linked resource");
    }
}

/// Where an event stands.
fn position(graph: &ProcessGraph, node: &Node) -> Option<&'static str> {
    Some(match &node.kind {
        NodeKind::StartEvent { .. } => match &graph.node(node.scope).kind {
            NodeKind::SubProcess(inner) if inner.flavour == SubProcessFlavour::Event => {
                "start event of an event sub-process"
            }
            _ if node.scope == ROOT => "start event of a process",
            _ => "start event of a sub-process",
        },
        NodeKind::ThrowEvent { job: None, .. } => "intermediate throw event",
        NodeKind::EndEvent { job: None, .. } => "end event",
        NodeKind::CatchEvent(_) => "intermediate catch event",
        NodeKind::BoundaryEvent { .. } => "boundary event",
        _ => return None,
    })
}

fn trigger_name(trigger: &EventTrigger) -> &'static str {
    match trigger {
        EventTrigger::None => "none",
        EventTrigger::Message(_) => "message",
        EventTrigger::Timer(_) => "timer",
        EventTrigger::Signal(_) => "signal",
        EventTrigger::Error(_) => "error",
        EventTrigger::Escalation(_) => "escalation",
        EventTrigger::Conditional(_) => "conditional",
        EventTrigger::Compensation { .. } => "compensation",
        EventTrigger::Cancel => "cancel",
        EventTrigger::Link(_) => "link",
        EventTrigger::Terminate => "terminate",
        EventTrigger::Multiple {
            parallel: false, ..
        } => "multiple",
        EventTrigger::Multiple { parallel: true, .. } => "parallel multiple",
    }
}
