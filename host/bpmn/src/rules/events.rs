//! Events and what they refer to.

use super::{Rule, error, warning};

pub(super) static RULES: &[Rule] = &[
    error(
        "event-definition-missing",
        "10.5.4",
        "A boundary event and an intermediate catch event have an event definition.",
    ),
    error(
        "event-definition-misplaced",
        "10.5",
        "An event has only definitions that its kind may have.",
    ),
    error(
        "event-definition-ref-missing",
        "10.5.5",
        "An eventDefinitionRef leads to an event definition of the file.",
    ),
    error(
        "attached-to-missing",
        "10.5.4",
        "A boundary event has an attachedToRef.",
    ),
    error(
        "attached-to-unknown",
        "10.5.4",
        "The attachedToRef of a boundary event leads to an element of its process.",
    ),
    error(
        "attached-to-not-activity",
        "10.5.4",
        "A boundary event is attached to an activity.",
    ),
    error(
        "attached-to-scope",
        "10.5.4",
        "A boundary event stands in the same scope as its activity.",
    ),
    error(
        "boundary-event-incoming",
        "10.5.4",
        "No sequence flow leads to a boundary event.",
    ),
    error(
        "boundary-event-outgoing",
        "10.5.4",
        "A sequence flow leaves a boundary event, unless it waits for compensation.",
    ),
    error(
        "boundary-error-duplicate",
        "Camunda 8",
        "The boundary events of an activity catch different errors.",
    ),
    error(
        "boundary-escalation-duplicate",
        "Camunda 8",
        "The boundary events of an activity catch different escalations.",
    ),
    error(
        "boundary-message-duplicate",
        "Camunda 8",
        "The boundary events of an activity wait for different messages.",
    ),
    error(
        "boundary-signal-duplicate",
        "Camunda 8",
        "The boundary events of an activity wait for different signals.",
    ),
    error(
        "event-sub-process-start",
        "10.3.5",
        "An event sub-process has exactly one start event, which has an event definition.",
    ),
    error(
        "event-sub-process-flow",
        "10.3.5",
        "No sequence flow leads to an event sub-process or leaves it.",
    ),
    error(
        "message-missing",
        "10.5.5",
        "What waits for or publishes a message says which.",
    ),
    error(
        "message-ref-missing",
        "10.5.5",
        "A messageRef leads to a message of the file.",
    ),
    error("message-name-missing", "8.3.11", "A message has a name."),
    error(
        "correlation-key-missing",
        "Camunda 8",
        "A message that a running process waits for has a correlation key.",
    ),
    error(
        "correlation-key-not-expression",
        "Camunda 8",
        "A correlation key is a FEEL expression that begins with `=`.",
    ),
    error(
        "signal-missing",
        "10.5.5",
        "A signal event says which signal.",
    ),
    error(
        "signal-ref-missing",
        "10.5.5",
        "A signalRef leads to a signal of the file.",
    ),
    error("signal-name-missing", "10.5.5", "A signal has a name."),
    error(
        "error-missing",
        "10.5.5",
        "An error end event says which error.",
    ),
    error(
        "error-ref-missing",
        "10.5.5",
        "An errorRef leads to an error of the file.",
    ),
    error(
        "error-code-missing",
        "8.3.4",
        "An error that is thrown has a code.",
    ),
    error(
        "error-code-not-literal",
        "Camunda 8",
        "The code of an error that is caught is a text.",
    ),
    error(
        "error-boundary-not-interrupting",
        "10.5.6",
        "An event that catches an error interrupts.",
    ),
    error(
        "escalation-missing",
        "10.5.5",
        "An event that throws an escalation says which.",
    ),
    error(
        "escalation-ref-missing",
        "10.5.5",
        "An escalationRef leads to an escalation of the file.",
    ),
    error(
        "escalation-code-missing",
        "8.3.5",
        "An escalation that is thrown has a code.",
    ),
    error(
        "escalation-code-not-literal",
        "Camunda 8",
        "The code of an escalation that is caught is a text.",
    ),
    error(
        "condition-missing",
        "10.5.5",
        "A conditional event has a condition.",
    ),
    error(
        "conditional-filter-invalid",
        "Camunda 8",
        "A zeebe:conditionalFilter lists names of variables, and create or update.",
    ),
    error(
        "timer-definition-count",
        "10.5.5",
        "A timer has exactly one of timeDate, timeDuration and timeCycle.",
    ),
    error(
        "timer-value-missing",
        "10.5.5",
        "The time of a timer is not empty.",
    ),
    error(
        "timer-value-invalid",
        "10.5.5",
        "The time of a timer is an ISO 8601 text, a cron text or a FEEL expression.",
    ),
    error(
        "timer-cycle-not-allowed",
        "10.5.5",
        "A cycle stands where an event can occur again.",
    ),
    error("link-name-missing", "10.5.5", "A link has a name."),
    error(
        "link-target-missing",
        "10.5.5",
        "The link of a throw event has a catch event in its scope.",
    ),
    error(
        "link-target-duplicate",
        "10.5.5",
        "A link has one catch event in a scope.",
    ),
    warning(
        "link-source-missing",
        "10.5.5",
        "The link of a catch event has a throw event in its scope.",
    ),
    error(
        "link-flow",
        "10.5.5",
        "No sequence flow leaves the throw event of a link or leads to its catch event.",
    ),
    error(
        "activity-ref-unknown",
        "10.5.5",
        "The activityRef of a compensation event leads to an activity.",
    ),
    error(
        "compensation-handler",
        "10.7.1",
        "The association of a compensation boundary event leads to a compensation handler beside it.",
    ),
    error(
        "activity-ref-scope",
        "10.5.5",
        "The activity that a compensation event names stands in its scope or in one around it.",
    ),
    error(
        "cancel-end-outside",
        "10.5.3",
        "A cancel end event stands in a transaction.",
    ),
    error(
        "cancel-boundary-host",
        "10.5.4",
        "A cancel boundary event is attached to a transaction.",
    ),
    error(
        "cancel-not-interrupting",
        "10.5.4",
        "A cancel boundary event interrupts.",
    ),
    error(
        "compensation-boundary-flow",
        "10.7.1",
        "No sequence flow leaves a compensation boundary event.",
    ),
];
