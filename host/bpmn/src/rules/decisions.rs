//! DMN files.

use super::{Rule, error, warning};

pub(super) static RULES: &[Rule] = &[
    error(
        "not-dmn",
        "DMN 6.3.2",
        "The root element of a DMN file is `definitions` of DMN 1.1 to 1.5.",
    ),
    error(
        "dmn-element-unknown",
        "DMN 6.3",
        "An element of the DMN namespace is one that DMN has.",
    ),
    error(
        "dmn-id-missing",
        "DMN 6.3.1",
        "What can be called has an id.",
    ),
    error("dmn-name-missing", "DMN 7.3.3", "A type has a name."),
    error("dmn-type-duplicate", "DMN 7.3.3", "A type is defined once."),
    error(
        "dmn-flag",
        "DMN 7.3.3",
        "A boolean attribute is true or false.",
    ),
    error("dmn-import-type", "DMN 6.3.3", "An import is one of DMN."),
    error(
        "dmn-import-namespace",
        "DMN 6.3.3",
        "An import has a namespace.",
    ),
    error(
        "dmn-imported-values",
        "DMN 7.3.5",
        "Values are in the file itself.",
    ),
    warning(
        "dmn-logic-missing",
        "DMN 6.3.7",
        "What is evaluated has an expression.",
    ),
    error(
        "dmn-logic-twice",
        "DMN 6.3.7",
        "What is evaluated has one expression.",
    ),
    error(
        "dmn-expression-language",
        "DMN 7.3.1",
        "Expressions are FEEL.",
    ),
    error(
        "dmn-part-missing",
        "DMN 7.3",
        "A boxed expression has all of its parts.",
    ),
    error(
        "dmn-entry-name",
        "DMN 7.3.6",
        "The entries of a context have different names.",
    ),
    error(
        "dmn-function-kind",
        "DMN 7.3.8",
        "A function is defined in FEEL.",
    ),
    error(
        "dmn-parameter-name",
        "DMN 7.3.8",
        "The parameters of a function have different names.",
    ),
    error(
        "dmn-row-length",
        "DMN 8.3.3",
        "A row has as many entries as its table has columns.",
    ),
    error(
        "dmn-hit-policy",
        "DMN 8.3.1",
        "A hit policy is one that DMN has.",
    ),
    error(
        "dmn-aggregation",
        "DMN 8.3.1",
        "An aggregation is one that DMN has, and stands with the hit policy COLLECT.",
    ),
    error(
        "dmn-output-values",
        "DMN 8.3.2",
        "The hit policies PRIORITY and OUTPUT ORDER have output values.",
    ),
    error(
        "dmn-outputs",
        "DMN 8.3.2",
        "A decision table has outputs, and several have names.",
    ),
    error(
        "dmn-reference-missing",
        "DMN 6.3.12",
        "A requirement says what it requires.",
    ),
    error(
        "dmn-reference-unresolved",
        "DMN 6.3.12",
        "A requirement leads to an element of the right kind.",
    ),
    error(
        "dmn-requirement-cycle",
        "DMN 6.3.12",
        "Requirements do not go round in a circle.",
    ),
    error(
        "dmn-service-output",
        "DMN 6.3.11",
        "A decision service has an output decision.",
    ),
];
