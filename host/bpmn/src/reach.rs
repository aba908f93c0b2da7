//! From where a token can still come to a join: what an inclusive or complex gateway asks before it
//! fires (13.4.3, 13.4.5).

use crate::draft::Draft;
use crate::graph::{EventTrigger, Flow, Join, Node, NodeIx, NodeKind};

/// Refuses a process whose joins would need too much to be kept about them.
pub(crate) fn check(draft: &mut Draft<'_, '_>) {
    let nodes = draft.parts.len();
    let joins = draft.parts.iter().enumerate().filter(|(_, part)| {
        let waits = part.kind.as_ref().is_some_and(waits_for_what_can_come);
        waits && part.incoming.len() > 1
    });
    let joins: Vec<_> = joins.map(|(at, part)| (at, part.incoming.len())).collect();
    for (at, incoming) in joins {
        draft.budget.join_bits += incoming * nodes;
        if draft.budget.join_bits > draft.budget.max_join_bits {
            let message = format!(
                "the inclusive and complex gateways of the file have too many incoming sequence \
                 flows for so large a process: flows times elements are more than {}; split the \
                 model",
                draft.budget.max_join_bits
            );
            draft.error("limit-join-bits", draft.places[at].element, message);
            return;
        }
    }
}

/// The joins among the nodes, in their order.
pub(crate) fn joins(nodes: &[Node], flows: &[Flow]) -> Vec<Join> {
    let mut joins = Vec::new();
    let mut before: Option<Vec<Vec<NodeIx>>> = None;
    for (at, node) in (0..).zip(nodes) {
        if !waits_for_what_can_come(&node.kind) || node.incoming.len() < 2 {
            continue;
        }
        let before = before.get_or_insert_with(|| predecessors(nodes, flows));
        let join = NodeIx(at);
        let sources = node.incoming.iter().map(|flow| flows[flow.at()].source);
        let reach = sources.map(|source| reaching(source, join, before));
        joins.push(Join::new(join, reach.collect()));
    }
    joins
}

fn waits_for_what_can_come(kind: &NodeKind) -> bool {
    matches!(
        kind,
        NodeKind::InclusiveGateway | NodeKind::ComplexGateway { .. }
    )
}

/// From where a token comes to each node in one step.
fn predecessors(nodes: &[Node], flows: &[Flow]) -> Vec<Vec<NodeIx>> {
    let mut before: Vec<Vec<NodeIx>> = vec![Vec::new(); nodes.len()];
    for flow in flows {
        before[flow.target.at()].push(flow.source);
    }
    for (at, node) in (0..).zip(nodes) {
        match &node.kind {
            NodeKind::BoundaryEvent { attached_to, .. } => {
                before[at as usize].push(*attached_to);
            }
            NodeKind::ThrowEvent {
                trigger: EventTrigger::Link(name),
                ..
            } => {
                let scope = nodes[node.scope.at()].kind.scope();
                let inside = scope.map_or(&[][..], |scope| &scope.children);
                for target in inside {
                    let kind = &nodes[target.at()].kind;
                    if matches!(kind, NodeKind::CatchEvent(EventTrigger::Link(n)) if n == name) {
                        before[target.at()].push(NodeIx(at));
                    }
                }
            }
            _ => {}
        }
    }
    before
}

/// The nodes from which `source` can be reached without passing `join`, as bits.
fn reaching(source: NodeIx, join: NodeIx, before: &[Vec<NodeIx>]) -> Box<[u64]> {
    let mut bits = vec![0u64; before.len().div_ceil(64)].into_boxed_slice();
    let mut found = vec![source];
    while let Some(node) = found.pop() {
        let (word, bit) = (node.at() / 64, 1u64 << (node.at() % 64));
        if bits[word] & bit != 0 {
            continue;
        }
        bits[word] |= bit;
        if node != join {
            found.extend(&before[node.at()]);
        }
    }
    bits
}
