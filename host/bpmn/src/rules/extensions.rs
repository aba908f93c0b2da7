//! Extension elements of the zeebe namespace.

use super::{Rule, error, warning};

pub(super) static RULES: &[Rule] = &[
    error(
        "task-definition-missing",
        "Camunda 8",
        "A task that is done by a job says its type.",
    ),
    error(
        "task-type-missing",
        "Camunda 8",
        "A task definition and a listener have a type.",
    ),
    error(
        "retries-invalid",
        "Camunda 8",
        "Retries are a whole number or a FEEL expression.",
    ),
    error(
        "header-duplicate",
        "Camunda 8",
        "A task header is there once.",
    ),
    warning(
        "header-incomplete",
        "Camunda 8",
        "A task header has a key and a value.",
    ),
    error(
        "mapping-source-missing",
        "Camunda 8",
        "A mapping has a source.",
    ),
    error(
        "mapping-target-invalid",
        "Camunda 8",
        "The target of a mapping is a variable, or a path in one.",
    ),
    error(
        "assignment-invalid",
        "Camunda 8",
        "Candidates are a list without gaps, or a FEEL expression.",
    ),
    error(
        "task-schedule-invalid",
        "Camunda 8",
        "The dates of a user task are ISO 8601 texts or FEEL expressions.",
    ),
    error(
        "priority-invalid",
        "Camunda 8",
        "A priority is a whole number in its range, or a FEEL expression.",
    ),
    error(
        "listener-event-unknown",
        "Camunda 8",
        "A listener listens to an event that its element has.",
    ),
    error(
        "linked-resource-incomplete",
        "Camunda 8",
        "A linked resource has an id, a type and a name.",
    ),
    error(
        "version-tag-missing",
        "Camunda 8",
        "A zeebe:versionTag has a value.",
    ),
    error(
        "attribute-not-expression",
        "Camunda 8",
        "A setting that must be computed is a FEEL expression that begins with `=`.",
    ),
    error(
        "extension-duplicate",
        "Camunda 8",
        "An extension element is there once.",
    ),
    warning(
        "extension-ignored",
        "Camunda 8",
        "An extension element stands on an element that reads it.",
    ),
];
