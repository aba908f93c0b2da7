//! What the checks of a model found.

use std::fmt;

use crate::graph::Location;
use crate::rules;
use crate::xml::Element;

/// One thing that is wrong with a model, or doubtful.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Whether the model is refused for it.
    pub severity: Severity,
    /// The rule that the model breaks, in kebab-case; stable across versions.
    pub rule: &'static str,
    /// The `id` of the element, where the finding is about one that has an id.
    pub element_id: Option<Box<str>>,
    /// Where it stands in the file.
    pub location: Location,
    /// What is wrong and how to mend it.
    pub message: String,
}

/// How bad a [`Finding`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The model is refused.
    Error,
    /// The model is accepted, but may not do what its author thinks.
    Warning,
}

/// A model was refused. `Display` gives one finding a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", lines(.findings))]
pub struct Rejected {
    /// Everything that was found, warnings included, in the order of the file. At least one is an
    /// error.
    pub findings: Vec<Finding>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Location { line, column } = self.location;
        write!(f, "{line}:{column} ")?;
        if let Some(id) = &self.element_id {
            write!(f, "element '{id}': ")?;
        }
        write!(f, "{} ({})", self.message, self.rule)
    }
}

fn lines(findings: &[Finding]) -> String {
    let lines: Vec<_> = findings.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// Messages quote the model; these bound how much of it comes back.
const MESSAGE_CHARS: usize = 500;
const ID_CHARS: usize = 256;

/// The first `max` characters, on one line.
fn cut(text: &str, max: usize) -> String {
    let mut characters = text.chars();
    let kept = characters.by_ref().take(max);
    let mut cut: String = kept.map(|c| if c.is_control() { ' ' } else { c }).collect();
    if characters.next().is_some() {
        cut.push('…');
    }
    cut
}

/// Collects findings up to a bound, of errors and of warnings.
pub(crate) struct Findings {
    max: usize,
    errors: Vec<Finding>,
    warnings: Vec<Finding>,
    left_out: usize,
    /// Whether a finding names the nearest element with an id instead of the flow element.
    nearest: bool,
}

impl Findings {
    pub(crate) fn new(max: usize) -> Self {
        Self {
            max,
            errors: Vec::new(),
            warnings: Vec::new(),
            left_out: 0,
            nearest: false,
        }
    }

    /// As [`Findings::new`], for a file without flow elements.
    pub(crate) fn by_nearest_id(max: usize) -> Self {
        Self {
            nearest: true,
            ..Self::new(max)
        }
    }

    pub(crate) fn error(&mut self, rule: &'static str, at: Element<'_>, message: String) {
        self.add(Severity::Error, rule, at, message);
    }

    pub(crate) fn warning(&mut self, rule: &'static str, at: Element<'_>, message: String) {
        self.add(Severity::Warning, rule, at, message);
    }

    fn add(&mut self, severity: Severity, rule: &'static str, at: Element<'_>, message: String) {
        debug_assert!(
            rules::find(rule).is_some_and(|known| known.severity == severity),
            "'{rule}' is not in src/rules with this severity: add it there"
        );
        let list = match severity {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
        };
        // One error is always kept: without it a model would be refused for no reason given.
        if list.len() >= self.max.max(1) {
            self.left_out += 1;
            return;
        }
        let id = if self.nearest {
            at.nearest_id()
        } else {
            at.owner().attribute("id")
        };
        let element_id = id.map(|id| cut(id, ID_CHARS).into());
        let message = cut(&message, MESSAGE_CHARS);
        list.push(Finding {
            severity,
            rule,
            element_id,
            location: at.location(),
            message,
        });
    }

    pub(crate) fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Everything found, in the order of the file.
    pub(crate) fn into_list(self) -> Vec<Finding> {
        let severity = if self.errors.is_empty() {
            Severity::Warning
        } else {
            Severity::Error
        };
        let mut list = self.errors;
        list.extend(self.warnings);
        list.sort_by_key(|finding| finding.location);
        if self.left_out > 0 {
            list.push(Finding {
                severity,
                rule: "limit-findings",
                element_id: None,
                location: Location { line: 1, column: 1 },
                message: format!(
                    "{} more findings are not shown (limit {}); mend the ones above and deploy again",
                    self.left_out, self.max
                ),
            });
        }
        list
    }
}

/// A finding about the file as a whole, before it could be read as a model.
pub(crate) fn refuse(rule: &'static str, location: Location, message: String) -> Rejected {
    debug_assert!(
        rules::find(rule).is_some(),
        "'{rule}' is not in src/rules: add it there"
    );
    let severity = Severity::Error;
    let message = cut(&message, MESSAGE_CHARS);
    Rejected {
        findings: vec![Finding {
            severity,
            rule,
            element_id: None,
            location,
            message,
        }],
    }
}
