//! Collaborations, lanes and choreographies.

use super::{Rule, error, warning};

pub(super) static RULES: &[Rule] = &[
    error(
        "participant-process",
        "9.2",
        "The processRef of a participant leads to a process of the file.",
    ),
    error(
        "message-flow-end",
        "9.3",
        "The ends of a message flow are in the file.",
    ),
    error(
        "message-flow-source",
        "7.6.2",
        "A message flow begins at a pool, an activity or an event that throws messages.",
    ),
    error(
        "message-flow-target",
        "7.6.2",
        "A message flow ends at a pool, an activity or an event that catches messages.",
    ),
    error(
        "message-flow-in-pool",
        "9.3",
        "A message flow connects two pools.",
    ),
    error("choreography", "11", "A file has no choreography."),
    error(
        "lane-node-missing",
        "10.8",
        "What a lane holds is a flow node of its process.",
    ),
    warning(
        "lane-node-twice",
        "10.8",
        "A flow node is in one lane of a lane set.",
    ),
];
