//! What the engine runs and the server does not deliver yet. A model that needs it is refused, so
//! that no instance waits for what never comes.

use anyam_bpmn::graph::{EventTrigger, ProcessGraph};
use anyam_bpmn::{Finding, Severity};

/// Events of a process that wait for or throw signals.
pub(super) fn findings(graph: &ProcessGraph) -> Vec<Finding> {
    let signals = graph.nodes.iter().filter(|node| {
        let parts = node.kind.trigger().map_or(&[][..], EventTrigger::parts);
        parts
            .iter()
            .any(|part| matches!(part, EventTrigger::Signal(_)))
    });
    signals
        .map(|node| Finding {
            severity: Severity::Error,
            rule: "not-supported",
            element_id: Some(node.id.clone()),
            location: node.location,
            message: "signals are not supported yet; model it in another way".to_owned(),
        })
        .collect()
}
