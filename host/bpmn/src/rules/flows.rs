//! Sequence flows and where processes begin and end.

use super::{Rule, error, warning};

pub(super) static RULES: &[Rule] = &[
    error(
        "flow-source-missing",
        "8.3.13",
        "A sequence flow begins at a flow node of its process.",
    ),
    error(
        "flow-target-missing",
        "8.3.13",
        "A sequence flow ends at a flow node of its process.",
    ),
    error(
        "flow-crosses-scope",
        "7.6.1",
        "A sequence flow does not cross the border of a sub-process.",
    ),
    error(
        "flow-condition-missing",
        "10.6.2",
        "Each of several sequence flows out of an exclusive gateway has a condition or is the default.",
    ),
    error(
        "condition-not-allowed",
        "8.3.13",
        "Only the flows out of activities and of exclusive, inclusive and complex gateways have conditions.",
    ),
    error(
        "condition-not-expression",
        "8.3.6",
        "A condition is a FEEL expression that begins with `=`.",
    ),
    error(
        "default-flow-not-allowed",
        "8.3.13",
        "Only activities and exclusive, inclusive and complex gateways have a default flow.",
    ),
    error(
        "default-flow-missing",
        "8.3.13",
        "A default flow is one of the flows that leave its element.",
    ),
    warning(
        "default-flow-condition",
        "8.3.13",
        "A default flow has no condition.",
    ),
    error(
        "start-event-incoming",
        "10.5.2",
        "No sequence flow leads to a start event.",
    ),
    warning(
        "start-event-outgoing",
        "10.5.2",
        "A sequence flow leaves a start event.",
    ),
    error(
        "end-event-outgoing",
        "10.5.3",
        "No sequence flow leaves an end event.",
    ),
    warning(
        "end-event-missing",
        "10.5.3",
        "A process and a sub-process with a start event have an end event.",
    ),
    warning(
        "start-event-absent",
        "10.5.2",
        "A process and a sub-process with an end event have a start event.",
    ),
    error(
        "start-event-missing",
        "10.2",
        "A process and a sub-process have something to begin with.",
    ),
    error(
        "sub-process-start-count",
        "10.3.5",
        "A sub-process has one start event at most.",
    ),
    warning(
        "unreachable",
        "13.2",
        "A sequence flow leads to every element of a scope that has a start event.",
    ),
];
