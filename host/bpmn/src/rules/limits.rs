//! What a tenant may ask for. The bounds are those of [`crate::Limits`].

use super::{Rule, error};

pub(super) static RULES: &[Rule] = &[
    error(
        "limit-model-bytes",
        "Limits",
        "A file has so many bytes at most.",
    ),
    error(
        "limit-elements",
        "Limits",
        "A file has so many XML elements at most.",
    ),
    error(
        "limit-depth",
        "Limits",
        "XML elements nest so deep at most.",
    ),
    error(
        "limit-attributes",
        "Limits",
        "An XML element has so many attributes at most.",
    ),
    error(
        "limit-namespaces",
        "Limits",
        "A file declares so many namespaces at most.",
    ),
    error(
        "limit-text-bytes",
        "Limits",
        "A text and an attribute have so many bytes at most.",
    ),
    error(
        "limit-id-bytes",
        "Limits",
        "An id has so many bytes at most.",
    ),
    error(
        "limit-flows",
        "Limits",
        "A file has so many sequence flows at most.",
    ),
    error(
        "limit-expressions",
        "Limits",
        "A file has so many FEEL expressions at most.",
    ),
    error(
        "limit-event-definitions",
        "Limits",
        "An event has so many event definitions at most.",
    ),
    error(
        "limit-join-bits",
        "Limits",
        "Inclusive and complex joins times sequence flows stay within a bound.",
    ),
    error(
        "limit-findings",
        "Limits",
        "So many findings are told at once; the rest only as a number.",
    ),
];
