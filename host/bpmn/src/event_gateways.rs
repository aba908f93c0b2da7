//! Event-based gateways (10.6.6): what may stand behind one.

use crate::draft::Draft;
use crate::graph::{EventTrigger, NodeIx, NodeKind};

/// Checks every event-based gateway of a process.
pub(crate) fn check(draft: &mut Draft<'_, '_>) {
    for ix in draft.all() {
        let part = &draft.parts[ix.at()];
        if matches!(part.kind, Some(NodeKind::EventBasedGateway(_))) {
            check_one(draft, ix);
        }
    }
}

fn check_one(draft: &mut Draft<'_, '_>, ix: NodeIx) {
    let gateway = draft.places[ix.at()].element;
    let flows = draft.parts[ix.at()].outgoing.clone();
    if flows.len() < 2 {
        let message = "an event-based gateway chooses between two events at least; let a second \
                       sequence flow leave it";
        draft.error("event-gateway-outgoing", gateway, message.to_owned());
    }
    let (mut messages, mut receives) = (false, false);
    for flow in flows {
        let place = draft.flow_places[flow.at()];
        let target = draft.flows[flow.at()].target;
        let part = &draft.parts[target.at()];
        match &part.kind {
            Some(NodeKind::CatchEvent(EventTrigger::Link(_))) | None => {}
            Some(NodeKind::CatchEvent(trigger)) => {
                let mut parts = trigger.parts().iter();
                messages |= parts.any(|part| matches!(part, EventTrigger::Message(_)));
            }
            Some(NodeKind::ReceiveTask { .. }) => receives = true,
            Some(_) => {
                let message = "an event-based gateway leads to intermediate catch events and \
                               receive tasks only; put an event between";
                draft.error("event-gateway-target", place, message.to_owned());
                continue;
            }
        }
        let (incoming, boundaries) = (part.incoming.len(), !part.boundaries.is_empty());
        let element = draft.places[target.at()].element;
        if incoming > 1 {
            let message = "only the event-based gateway leads to its events; let the other \
                           sequence flows end elsewhere";
            draft.error("event-gateway-target-incoming", element, message.to_owned());
        }
        if boundaries {
            let message = "a receive task behind an event-based gateway has no boundary events; \
                           let another path of the gateway wait for them";
            draft.error("event-gateway-target-boundary", element, message.to_owned());
        }
    }
    if messages && receives {
        let message = "message events and receive tasks do not stand behind one event-based \
                       gateway; use one of them";
        draft.error("event-gateway-mixed", gateway, message.to_owned());
    }
}
