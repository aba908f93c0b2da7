//! Names, ids and what a file is made of.

use super::{Rule, error, warning};

pub(super) static RULES: &[Rule] = &[
    error("not-utf8", "XML 1.0", "A file is UTF-8."),
    error("xml-malformed", "XML 1.0", "A file is well-formed XML."),
    error(
        "xml-doctype",
        "XML 1.0",
        "A file has no document type and no entities.",
    ),
    error(
        "not-bpmn",
        "15.3",
        "The root element of a BPMN file is `definitions` of BPMN 2.0.",
    ),
    error(
        "element-unknown",
        "15.3",
        "An element of the BPMN namespace is one that BPMN 2.0 has.",
    ),
    error(
        "element-misplaced",
        "15.3",
        "An element stands where BPMN 2.0 lets it stand.",
    ),
    error(
        "not-supported",
        "2.1",
        "An element that is to be executed is one that this version executes.",
    ),
    error(
        "id-missing",
        "8.2.1",
        "A flow node and a sequence flow have an id.",
    ),
    error("id-duplicate", "8.2.1", "An id is there once in a file."),
    error("id-invalid", "XML 1.0", "An id is an XML name."),
    error(
        "attribute-not-boolean",
        "15.3",
        "A boolean attribute is true or false.",
    ),
    error(
        "attribute-unknown-value",
        "15.3",
        "An attribute with a fixed set of values has one of them.",
    ),
    warning(
        "executable-process-missing",
        "10.2",
        "A file has a process that can be executed, or a global task.",
    ),
    error("expression-language", "8.3.6", "Expressions are FEEL."),
    warning(
        "expression-language-default",
        "8.3.6",
        "The default language of expressions is FEEL; XPath, the default of the specification, is not used.",
    ),
    error(
        "expression-empty",
        "10.3",
        "A FEEL expression is not empty.",
    ),
];
