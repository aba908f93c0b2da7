//! The jobs of a process that steps can do, and the names under which their bindings are stored.

use anyam_bpmn::graph::{Node, NodeIx, ProcessGraph, Value};
use anyam_engine::JobSlot;

use super::step_names::StepRequest;

/// Stands between an element's id and the position of a listener; no id holds it, as ids are XML
/// names.
const LISTENER: char = '#';

/// How a binding names a job: by the element's id for its own work, by `id#0` for its first
/// listener.
pub fn name(node: &Node, slot: JobSlot) -> String {
    match slot {
        JobSlot::Work => node.id.to_string(),
        JobSlot::Listener(at) => format!("{}{LISTENER}{at}", node.id),
    }
}

/// The job that a binding names.
pub fn find(graph: &ProcessGraph, name: &str) -> Option<(NodeIx, JobSlot)> {
    let (id, slot) = match name.rsplit_once(LISTENER) {
        Some((id, at)) => (id, JobSlot::Listener(at.parse().ok()?)),
        None => (name, JobSlot::Work),
    };
    Some((graph.find(id)?, slot))
}

/// The step that a job asks for, where its type is a literal that can name one.
pub fn request(node: &Node, slot: JobSlot) -> Option<StepRequest<'_>> {
    match &slot.job(node)?.job_type {
        Value::Literal(text) => StepRequest::parse(text),
        Value::Expression(_) => None,
    }
}

/// The step that the job of a binding asks for.
pub fn request_of<'g>(graph: &'g ProcessGraph, name: &str) -> Option<StepRequest<'g>> {
    let (node, slot) = find(graph, name)?;
    request(graph.node(node), slot)
}

/// Every job of an element that asks for a step.
pub fn requests(node: &Node) -> impl Iterator<Item = (JobSlot, StepRequest<'_>)> {
    JobSlot::all(node).filter_map(|(slot, _)| Some((slot, request(node, slot)?)))
}
