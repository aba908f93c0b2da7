//! What the engine runs and the server does not deliver yet. A model that needs it is refused, so
//! that no instance waits for what never comes.

use anyam_bpmn::graph::{EventTrigger, Node, NodeKind, ProcessGraph};
use anyam_bpmn::{Finding, Severity};

/// Elements of a process that need something between instances.
pub(super) fn findings(graph: &ProcessGraph) -> Vec<Finding> {
    let mut findings = Vec::new();
    for node in &graph.nodes {
        if let Some(what) = needs(node) {
            findings.push(Finding {
                severity: Severity::Error,
                rule: "not-supported",
                element_id: Some(node.id.clone()),
                location: node.location,
                message: format!("{what} are not supported yet; model it in another way"),
            });
        }
    }
    for start in graph.start_triggers() {
        let node = graph.node(start.node);
        findings.push(Finding {
            severity: Severity::Error,
            rule: "not-supported",
            element_id: Some(node.id.clone()),
            location: node.location,
            message: "events that start a process are not supported yet".to_owned(),
        });
    }
    findings
}

fn needs(node: &Node) -> Option<&'static str> {
    let has = |wanted: fn(&EventTrigger) -> bool| {
        let parts = node.kind.trigger().map_or(&[][..], EventTrigger::parts);
        parts.iter().any(wanted)
    };
    if has(|part| matches!(part, EventTrigger::Signal(_))) {
        return Some("signals");
    }
    let throws = matches!(
        node.kind,
        NodeKind::ThrowEvent { job: None, .. } | NodeKind::EndEvent { job: None, .. }
    );
    if throws && has(|part| matches!(part, EventTrigger::Message(_))) {
        return Some("thrown messages");
    }
    match node.kind {
        NodeKind::SendTask(_) => Some("thrown messages"),
        NodeKind::CallActivity(_) => Some("call activities"),
        _ => None,
    }
}
