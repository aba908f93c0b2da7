//! Collaborations, lanes and choreographies.

use super::Rule;

pub(super) static RULES: &[Rule] = &[];
