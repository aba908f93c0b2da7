//! Event-based gateway (10.6.6).

use super::{Class, Kind};
use crate::draft::{Draft, Place};
use crate::graph::{Instantiation, NodeKind};

pub(super) static KIND: Kind = Kind {
    name: "eventBasedGateway",
    element_type: "EVENT_BASED_GATEWAY",
    class: Class::EventBasedGateway,
    parts: &[],
    extensions: &[],
    read,
};

fn read<'a>(draft: &mut Draft<'a, '_>, place: Place<'a>) -> Option<NodeKind> {
    let gateway = place.element;
    let instantiates = draft.flag(gateway, "instantiate", false);
    let parallel = match gateway.attribute("eventGatewayType").map(str::trim) {
        None | Some("Exclusive") => false,
        Some("Parallel") => true,
        Some(other) => {
            let message =
                format!("eventGatewayType=\"{other}\" is unknown; write Exclusive or Parallel");
            draft.error("attribute-unknown-value", gateway, message);
            return None;
        }
    };
    if parallel && !instantiates {
        let message = "a parallel event-based gateway must start instances; set \
                       instantiate=\"true\" or make it exclusive";
        draft.error("event-gateway-parallel", gateway, message.to_owned());
        return None;
    }
    Some(NodeKind::EventBasedGateway(
        match (instantiates, parallel) {
            (false, _) => Instantiation::No,
            (true, false) => Instantiation::Exclusive,
            (true, true) => Instantiation::Parallel,
        },
    ))
}
