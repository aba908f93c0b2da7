//! The rules that a file is checked against, one line each.
//!
//! Every [`crate::Finding`] of this crate names one of them, and says in a sentence of its own what
//! is wrong with the element and how to mend it. What only the engine or the server finds has rules
//! of its own, listed in the README of this crate.
//!
//! Each rule has a folder in `tests/rules` with a model that breaks it and one that does not.

mod activities;
mod collaboration;
mod data;
mod decisions;
mod events;
mod extensions;
mod files;
mod flows;
mod gateways;
mod limits;

use crate::Severity;

/// A rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name, in kebab-case; stable across versions.
    pub id: &'static str,
    /// Whether a file that breaks it is refused.
    pub severity: Severity,
    /// The section of the BPMN 2.0.2 or DMN 1.5 specification that states it, or what else does.
    pub section: &'static str,
    /// What must hold.
    pub sentence: &'static str,
}

/// The tables, by subject.
static TABLES: &[&[Rule]] = &[
    files::RULES,
    flows::RULES,
    gateways::RULES,
    events::RULES,
    activities::RULES,
    data::RULES,
    collaboration::RULES,
    extensions::RULES,
    decisions::RULES,
    limits::RULES,
];

/// Every rule, by subject.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    TABLES.iter().copied().flatten()
}

/// The rule with this name.
pub fn find(id: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.id == id)
}

const fn error(id: &'static str, section: &'static str, sentence: &'static str) -> Rule {
    Rule {
        id,
        severity: Severity::Error,
        section,
        sentence,
    }
}

const fn warning(id: &'static str, section: &'static str, sentence: &'static str) -> Rule {
    Rule {
        id,
        severity: Severity::Warning,
        section,
        sentence,
    }
}
