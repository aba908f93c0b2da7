//! Activities and their markers.

use super::{Rule, error, warning};

pub(super) static RULES: &[Rule] = &[
    error(
        "quantity-invalid",
        "10.3",
        "startQuantity and completionQuantity are whole numbers of 1 or more.",
    ),
    error(
        "loop-duplicate",
        "10.3.8",
        "An activity has one loop marker at most.",
    ),
    error(
        "event-sub-process-repeated",
        "10.3.5",
        "An event sub-process has no loop marker; its start event decides how often it begins.",
    ),
    error(
        "loop-endless",
        "10.3.8",
        "A standard loop has a condition or a maximum.",
    ),
    error(
        "loop-maximum-invalid",
        "10.3.8",
        "loopMaximum is a whole number of 1 or more.",
    ),
    error(
        "loop-input-missing",
        "10.3.8",
        "A multi-instance activity has an input collection or a loop cardinality.",
    ),
    error(
        "loop-cardinality-invalid",
        "10.3.8",
        "A loop cardinality is a whole number or a FEEL expression.",
    ),
    error(
        "loop-data-missing",
        "10.3.8",
        "The collections of a multi-instance activity are data of its process.",
    ),
    error(
        "loop-data-output",
        "10.3.8",
        "loopDataOutputRef and outputDataItem are given together.",
    ),
    error(
        "behavior-event-missing",
        "10.3.8",
        "A multi-instance behavior that throws an event says which.",
    ),
    error(
        "input-element-invalid",
        "Camunda 8",
        "The input element of a multi-instance activity is the name of a variable.",
    ),
    error(
        "output-collection-invalid",
        "Camunda 8",
        "The output collection is the name of a variable.",
    ),
    error(
        "output-collection-incomplete",
        "Camunda 8",
        "Output collection and output element are given together.",
    ),
    error(
        "script-missing",
        "10.3.3",
        "A script task has a zeebe:script or a zeebe:taskDefinition.",
    ),
    error(
        "script-expression-missing",
        "Camunda 8",
        "A zeebe:script has a FEEL expression.",
    ),
    error(
        "result-variable-missing",
        "Camunda 8",
        "What has a result says which variable takes it.",
    ),
    error(
        "result-variable-invalid",
        "Camunda 8",
        "A result variable is the name of a variable.",
    ),
    error(
        "business-rule-implementation",
        "10.3.3",
        "A business rule task has either a called decision or a task definition.",
    ),
    error(
        "called-decision-missing",
        "Camunda 8",
        "A zeebe:calledDecision has a decision id.",
    ),
    error(
        "called-element-missing",
        "10.3.6",
        "A call activity says which process it calls.",
    ),
    error(
        "binding-version-tag-missing",
        "Camunda 8",
        "A binding to a version tag names it.",
    ),
    warning(
        "user-task-implementation",
        "Camunda 8",
        "A user task has a zeebe:userTask.",
    ),
    error(
        "compensation-handler-flow",
        "10.7.1",
        "No sequence flow leads to a compensation handler or leaves it.",
    ),
    error(
        "ad-hoc-event",
        "10.3.5",
        "An ad-hoc sub-process has no start and end events.",
    ),
    error(
        "ad-hoc-empty",
        "10.3.5",
        "An ad-hoc sub-process has an activity.",
    ),
];
