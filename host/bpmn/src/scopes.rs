//! What each scope holds, and where it begins.

use std::collections::HashMap;

use crate::draft::Draft;
use crate::elements::Class;
use crate::graph::{EventTrigger, Instantiation, NodeIx, NodeKind, ROOT, Scope, SubProcessFlavour};

/// The scopes of a process, by their nodes.
pub(crate) fn collect(draft: &Draft<'_, '_>) -> HashMap<NodeIx, Scope> {
    let mut scopes: HashMap<NodeIx, Scope> = HashMap::new();
    for ix in draft.all() {
        let place = &draft.places[ix.at()];
        if place.kind.class.is_scope() {
            let scope = scopes.entry(ix).or_default();
            scope.data.clone_from(&draft.parts[ix.at()].data);
        }
        if ix == ROOT {
            continue;
        }
        let scope = scopes.entry(place.scope).or_default();
        scope.children.push(ix);
        match &draft.parts[ix.at()].kind {
            Some(NodeKind::StartEvent {
                trigger: EventTrigger::None,
                ..
            }) => scope.none_starts.push(ix),
            Some(
                NodeKind::StartEvent { .. }
                | NodeKind::ReceiveTask {
                    instantiate: true, ..
                }
                | NodeKind::EventBasedGateway(Instantiation::Exclusive | Instantiation::Parallel),
            ) => scope.event_starts.push(ix),
            Some(NodeKind::SubProcess(inner)) if inner.flavour == SubProcessFlavour::Event => {
                scope.event_sub_processes.push(ix);
            }
            _ => {}
        }
    }
    for scope in scopes.values_mut() {
        if scope.none_starts.is_empty() && scope.event_starts.is_empty() {
            let nodes = scope.children.iter().copied();
            scope.implicit_starts = nodes.filter(|ix| begins_by_itself(draft, *ix)).collect();
        }
    }
    scopes
}

/// Whether a node without incoming flow is set off by nothing else, so that it begins with its
/// scope where that has no start event (13.2).
pub(crate) fn begins_by_itself(draft: &Draft<'_, '_>, ix: NodeIx) -> bool {
    let part = &draft.parts[ix.at()];
    let is_event = matches!(
        draft.places[ix.at()].kind.class,
        Class::StartEvent | Class::BoundaryEvent
    );
    let is_handler = part
        .extras
        .as_ref()
        .is_some_and(|extras| extras.for_compensation);
    let is_set_off = match &part.kind {
        Some(NodeKind::CatchEvent(trigger)) => matches!(trigger, EventTrigger::Link(_)),
        Some(NodeKind::SubProcess(inner)) => inner.flavour == SubProcessFlavour::Event,
        _ => false,
    };
    !(part.has_way_in || is_event || is_handler || is_set_off)
}
