//! Data objects, properties and associations.

use super::{Rule, error, warning};

pub(super) static RULES: &[Rule] = &[
    error(
        "assignment-incomplete",
        "10.4.2",
        "An assignment has a from and a to.",
    ),
    error(
        "data-object-missing",
        "10.4.1",
        "A data object reference leads to a data object of its process.",
    ),
    error(
        "data-store-missing",
        "10.4.1",
        "A dataStoreRef leads to a data store of the file.",
    ),
    error(
        "data-association-end",
        "10.4.2",
        "The ends of a data association are data of its process.",
    ),
    warning(
        "data-set-missing",
        "10.4.2",
        "An ioSpecification has an input set and an output set.",
    ),
    error(
        "item-definition-missing",
        "8.3.12",
        "An itemSubjectRef leads to an item definition of the file.",
    ),
    error(
        "data-set-item",
        "10.4.2",
        "What an input set or output set lists is there.",
    ),
];
