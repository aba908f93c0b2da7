//! What the checks of files found, as deployments and `anyam lint` tell it.

use std::fmt;

use anyam_bpmn::graph::Node;
use anyam_bpmn::{Finding, Severity};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One thing that is wrong with a file, or doubtful. `Display` gives a line as compilers write it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeploymentFinding)]
pub struct FileFinding {
    /// Whether the file is refused for it.
    pub severity: FindingSeverity,
    /// The rule that is broken, in kebab-case; stable across versions.
    pub rule: String,
    /// The name of the file.
    pub file: String,
    /// The `id` of the element, where the finding is about one that has an id.
    #[schema(required)]
    pub element_id: Option<String>,
    /// The line in the file, from 1.
    pub line: u32,
    /// The column in the line, in characters, from 1.
    pub column: u32,
    /// What is wrong and how to mend it.
    pub message: String,
}

/// How bad a finding is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum FindingSeverity {
    /// The file is refused.
    Error,
    /// The file is accepted, but may not do what its author thinks.
    Warning,
}

impl FileFinding {
    /// A finding in a file.
    pub fn new(file: &str, finding: Finding) -> Self {
        Self {
            severity: match finding.severity {
                Severity::Error => FindingSeverity::Error,
                Severity::Warning => FindingSeverity::Warning,
            },
            rule: finding.rule.to_owned(),
            file: file.to_owned(),
            element_id: finding.element_id.map(String::from),
            line: finding.location.line,
            column: finding.location.column,
            message: finding.message,
        }
    }

    /// Whether the file is refused for it.
    pub fn is_error(&self) -> bool {
        self.severity == FindingSeverity::Error
    }
}

impl fmt::Display for FindingSeverity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

impl fmt::Display for FileFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file, line, column, ..
        } = self;
        write!(f, "{file}:{line}:{column}: {}: ", self.severity)?;
        if let Some(id) = &self.element_id {
            write!(f, "element '{id}': ")?;
        }
        write!(f, "{} ({})", self.message, self.rule)
    }
}

/// An error about a flow node of a graph.
pub(crate) fn about(node: &Node, rule: &'static str, message: String) -> Finding {
    Finding {
        severity: Severity::Error,
        rule,
        element_id: Some(node.id.clone()),
        location: node.location,
        message,
    }
}

#[cfg(test)]
mod tests {
    use anyam_bpmn::graph::Location;

    use super::*;

    #[test]
    fn a_finding_reads_like_that_of_a_compiler() {
        let mut finding = FileFinding::new(
            "order.bpmn",
            Finding {
                severity: Severity::Warning,
                rule: "unreachable",
                element_id: Some("pay".into()),
                location: Location { line: 3, column: 5 },
                message: "it never runs".to_owned(),
            },
        );
        assert_eq!(
            finding.to_string(),
            "order.bpmn:3:5: warning: element 'pay': it never runs (unreachable)"
        );
        finding.element_id = None;
        finding.severity = FindingSeverity::Error;
        assert_eq!(
            finding.to_string(),
            "order.bpmn:3:5: error: it never runs (unreachable)"
        );
        let text = serde_json::to_string(&finding).unwrap();
        assert_eq!(
            text,
            r#"{"severity":"error","rule":"unreachable","file":"order.bpmn","elementId":null,"line":3,"column":5,"message":"it never runs"}"#
        );
    }
}
