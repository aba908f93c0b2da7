//! Complex gateway (10.6.5).

use super::{Class, Kind};
use crate::draft::{Draft, Place};
use crate::graph::NodeKind;

pub(super) static KIND: Kind = Kind {
    name: "complexGateway",
    element_type: "COMPLEX_GATEWAY",
    class: Class::ComplexGateway,
    parts: &["activationCondition"],
    extensions: &[],
    read,
};

fn read<'a>(draft: &mut Draft<'a, '_>, place: Place<'a>) -> Option<NodeKind> {
    let activation = match place.element.child("activationCondition") {
        Some(condition) => Some(draft.truth(condition)?),
        None => None,
    };
    Some(NodeKind::ComplexGateway { activation })
}
