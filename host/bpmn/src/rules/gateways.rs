//! Gateways.

use super::{Rule, error, warning};

pub(super) static RULES: &[Rule] = &[
    error(
        "event-gateway-outgoing",
        "10.6.6",
        "Two sequence flows at least leave an event-based gateway.",
    ),
    error(
        "event-gateway-target",
        "10.6.6",
        "An event-based gateway leads to intermediate catch events and receive tasks.",
    ),
    error(
        "event-gateway-target-incoming",
        "10.6.6",
        "Only the event-based gateway leads to its events.",
    ),
    error(
        "event-gateway-target-boundary",
        "10.6.6",
        "A receive task behind an event-based gateway has no boundary events.",
    ),
    error(
        "event-gateway-mixed",
        "10.6.6",
        "Message events and receive tasks do not stand behind the same event-based gateway.",
    ),
    error(
        "event-gateway-parallel",
        "10.6.6",
        "A parallel event-based gateway begins a process.",
    ),
    error(
        "gateway-direction",
        "10.6.1",
        "A gateway that states its direction has flows of that direction.",
    ),
    warning(
        "gateway-idle",
        "10.6",
        "A gateway joins or splits sequence flows.",
    ),
    error(
        "instantiate-incoming",
        "10.6.6",
        "What begins a process has no incoming flow; an event-based gateway may have one from a none start event.",
    ),
];
