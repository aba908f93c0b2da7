//! Data objects, properties and associations.

use super::{Rule, error};

pub(super) static RULES: &[Rule] = &[error(
    "assignment-incomplete",
    "10.4.2",
    "An assignment has a from and a to.",
)];
