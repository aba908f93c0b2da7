//! Collaborations (9): pools and the message flows between them. They are not executed, but what
//! they say of processes must be so. Choreographies are refused.

use std::collections::HashMap;

use crate::elements::{self, Class};
use crate::finding::Findings;
use crate::xml::Element;

/// One end of a message flow.
#[derive(Clone, Copy)]
struct End<'a> {
    element: Element<'a>,
    /// What tells its pool from others: a process or a participant without one.
    pool: &'a str,
}

/// Checks the collaborations of a file and refuses its choreographies.
pub(crate) fn check(root: Element<'_>, findings: &mut Findings) {
    let mut ends: HashMap<&str, End<'_>> = HashMap::new();
    for process in root.children().filter(|child| child.name() == "process") {
        let pool = process.attribute("id").unwrap_or_default();
        for element in process.model() {
            if let Some(id) = element.attribute("id") {
                ends.entry(id).or_insert(End { element, pool });
            }
        }
    }
    for element in root.children() {
        match element.name() {
            "collaboration" => {
                participants(element, &mut ends, findings);
                let flows = element.children().filter(|f| f.name() == "messageFlow");
                for flow in flows {
                    message_flow(flow, &ends, findings);
                }
            }
            name @ ("choreography" | "globalChoreographyTask") => {
                let message = format!(
                    "a '{name}' cannot be executed; remove it, and model its parts as processes"
                );
                findings.error("choreography", element, message);
            }
            _ => {}
        }
    }
}

fn participants<'a>(
    collaboration: Element<'a>,
    ends: &mut HashMap<&'a str, End<'a>>,
    findings: &mut Findings,
) {
    for element in collaboration.children() {
        let Some(id) = element.attribute("id") else {
            continue;
        };
        let mut pool = id;
        if element.name() == "participant"
            && let Some(process) = element.reference("processRef")
        {
            let is_process = |end: &End<'_>| end.element.name() == "process";
            if ends.get(process).is_some_and(is_process) {
                pool = process;
            } else if !process.contains(':') {
                let message = format!(
                    "there is no process '{process}' in the file; correct the processRef, or \
                     remove it where the pool is a black box"
                );
                findings.error("participant-process", element, message);
            }
        }
        ends.entry(id).or_insert(End { element, pool });
    }
}

fn message_flow<'a>(flow: Element<'a>, ends: &HashMap<&'a str, End<'a>>, findings: &mut Findings) {
    let source = end(flow, "sourceRef", ends, findings);
    let target = end(flow, "targetRef", ends, findings);
    let (Some(source), Some(target)) = (source, target) else {
        return;
    };
    if !may_send(source.element) {
        let message = format!(
            "no message flow leaves a '{}'; let it begin at a pool, an activity, or an event \
             that throws a message",
            source.element.name()
        );
        findings.error("message-flow-source", flow, message);
    }
    if !may_receive(target.element) {
        let message = format!(
            "no message flow leads to a '{}'; let it end at a pool, an activity, or an event \
             that catches a message",
            target.element.name()
        );
        findings.error("message-flow-target", flow, message);
    }
    if source.pool == target.pool {
        let message = "both ends of the message flow are in the same pool; use a sequence flow";
        findings.error("message-flow-in-pool", flow, message.to_owned());
    }
}

fn end<'a>(
    flow: Element<'a>,
    attribute: &str,
    ends: &HashMap<&'a str, End<'a>>,
    findings: &mut Findings,
) -> Option<End<'a>> {
    let id = flow.reference(attribute).unwrap_or_default();
    if let Some(end) = ends.get(id) {
        return Some(*end);
    }
    if !id.contains(':') {
        let message = format!("the {attribute} '{id}' is not in the file; correct it");
        findings.error("message-flow-end", flow, message);
    }
    None
}

/// Whether it is a pool, a conversation or an activity (table 7.4).
fn is_open(element: Element<'_>, class: Option<Class>) -> bool {
    let name = element.name();
    class.is_some_and(Class::is_activity)
        || name == "participant"
        || name.to_ascii_lowercase().contains("conversation")
}

/// Whether an event may be one of messages. An event without a definition may be refined later.
fn may_be_message(event: Element<'_>) -> bool {
    let mut definitions = event.children().map(Element::name);
    let mut definitions = definitions
        .by_ref()
        .filter(|name| crate::discover::is_event_definition(name))
        .peekable();
    definitions.peek().is_none()
        || definitions.any(|name| ["messageEventDefinition", "eventDefinitionRef"].contains(&name))
}

fn may_send(element: Element<'_>) -> bool {
    let class = elements::find(element.name()).map(|kind| kind.class);
    match class {
        Some(Class::EndEvent) => may_be_message(element),
        Some(Class::IntermediateEvent) => {
            element.name() == "intermediateThrowEvent" && may_be_message(element)
        }
        class => is_open(element, class),
    }
}

fn may_receive(element: Element<'_>) -> bool {
    let class = elements::find(element.name()).map(|kind| kind.class);
    match class {
        Some(Class::StartEvent | Class::BoundaryEvent) => may_be_message(element),
        Some(Class::IntermediateEvent) => {
            element.name() == "intermediateCatchEvent" && may_be_message(element)
        }
        class => is_open(element, class),
    }
}
