//! What no sequence flow may lead to or leave, and how many lead through a gateway.

use crate::draft::{Draft, Place};
use crate::elements::Class;
use crate::graph::{EventTrigger, Instantiation, NodeIx, NodeKind};

/// Checks every node of a process.
pub(crate) fn check(draft: &mut Draft<'_, '_>) {
    for ix in draft.all() {
        compensation(draft, ix);
        instantiating(draft, ix);
        gateway_direction(draft, ix);
        idle_gateway(draft, ix);
    }
}

/// Compensation happens outside of the normal flow (10.7.1).
fn compensation(draft: &mut Draft<'_, '_>, ix: NodeIx) {
    let part = &draft.parts[ix.at()];
    let element = draft.places[ix.at()].element;
    let handles = part.extras.as_ref().is_some_and(|e| e.for_compensation);
    if handles && (part.has_way_in || part.has_way_out) {
        let message = "no sequence flow leads to a compensation handler or leaves it; remove it";
        draft.error("compensation-handler-flow", element, message.to_owned());
        return;
    }
    let Some(NodeKind::BoundaryEvent {
        trigger: EventTrigger::Compensation { .. },
        ..
    }) = part.kind
    else {
        return;
    };
    if part.has_way_out {
        let message = "an association leads from a compensation event to its handler, and no \
                       sequence flow; remove it";
        draft.error("compensation-boundary-flow", element, message.to_owned());
    }
}

/// What begins a process has nothing before it (10.3.3, 10.6.6).
fn instantiating(draft: &mut Draft<'_, '_>, ix: NodeIx) {
    let part = &draft.parts[ix.at()];
    let element = draft.places[ix.at()].element;
    match &part.kind {
        Some(NodeKind::ReceiveTask {
            instantiate: true, ..
        }) if part.has_way_in => {
            let message = "no sequence flow leads to a receive task that begins the process; \
                           remove it, or set instantiate=\"false\"";
            draft.error("instantiate-incoming", element, message.to_owned());
        }
        Some(NodeKind::EventBasedGateway(Instantiation::Exclusive | Instantiation::Parallel)) => {
            let sources = part.incoming.iter();
            let sources: Vec<_> = sources.map(|flow| draft.flows[flow.at()].source).collect();
            let from_start = |source: &NodeIx| {
                matches!(
                    draft.parts[source.at()].kind,
                    Some(NodeKind::StartEvent {
                        trigger: EventTrigger::None,
                        ..
                    })
                )
            };
            if sources.len() > 1 || !sources.iter().all(from_start) {
                let message = "only a sequence flow from a none start event leads to an \
                               event-based gateway that begins the process; remove the others, \
                               or set instantiate=\"false\"";
                draft.error("instantiate-incoming", element, message.to_owned());
            }
        }
        _ => {}
    }
}

/// A gateway that states its direction keeps to it (10.6.1).
fn gateway_direction(draft: &mut Draft<'_, '_>, ix: NodeIx) {
    let Place { element, kind, .. } = draft.places[ix.at()];
    let is_gateway = matches!(
        kind.class,
        Class::ExclusiveGateway
            | Class::ParallelGateway
            | Class::InclusiveGateway
            | Class::ComplexGateway
            | Class::EventBasedGateway
    );
    if !is_gateway {
        return;
    }
    let Some(direction) = element.attribute("gatewayDirection").map(str::trim) else {
        return;
    };
    let part = &draft.parts[ix.at()];
    let (joins, splits) = (part.incoming.len() > 1, part.outgoing.len() > 1);
    let (holds, says) = match direction {
        "Unspecified" => return,
        "Converging" => (
            joins && !splits,
            "several sequence flows lead to it and one leaves it",
        ),
        "Diverging" => (
            !joins && splits,
            "one sequence flow leads to it and several leave it",
        ),
        "Mixed" => (
            joins && splits,
            "several sequence flows lead to it and several leave it",
        ),
        other => {
            let message = format!(
                "gatewayDirection=\"{other}\" is unknown; write Unspecified, Converging, \
                 Diverging or Mixed"
            );
            draft.error("attribute-unknown-value", element, message);
            return;
        }
    };
    if !holds {
        let message = format!(
            "gatewayDirection=\"{direction}\" says that {says}, which is not so; correct the \
             flows or remove the attribute"
        );
        draft.error("gateway-direction", element, message);
    }
}

/// A gateway with one flow in and one out does nothing (10.6).
fn idle_gateway(draft: &mut Draft<'_, '_>, ix: NodeIx) {
    let part = &draft.parts[ix.at()];
    let routes = matches!(
        part.kind,
        Some(
            NodeKind::ExclusiveGateway
                | NodeKind::InclusiveGateway
                | NodeKind::ParallelGateway
                | NodeKind::ComplexGateway { .. }
        )
    );
    if routes && part.incoming.len() == 1 && part.outgoing.len() == 1 {
        let message = "one sequence flow leads to the gateway and one leaves it, so it neither joins \
                       nor splits; remove it, or draw the flow that is missing";
        let element = draft.places[ix.at()].element;
        draft.warning("gateway-idle", element, message.to_owned());
    }
}
