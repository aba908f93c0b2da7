//! From bytes to graphs.

use crate::definitions::Definitions;
use crate::draft::{Budget, Draft};
use crate::finding::{Findings, refuse};
use crate::graph::ProcessGraph;
use crate::xml::{Tree, read_text};
use crate::{Finding, Limits, Rejected, discover, expression_language, flows, identity, structure};

/// What a file holds that can run.
#[derive(Clone, Debug, PartialEq)]
pub struct Compiled {
    /// The executable processes, in document order; at least one.
    pub processes: Vec<ProcessGraph>,
    /// What is doubtful in the file.
    pub warnings: Vec<Finding>,
}

/// Checks a BPMN 2.0 file whole and compiles its executable processes.
///
/// # Errors
/// [`Rejected`] with every finding, where at least one is an error. A file that is not UTF-8, not
/// well-formed, not BPMN 2.0 or beyond a limit of the file gives that single finding.
pub fn compile(bytes: &[u8], limits: &Limits) -> Result<Compiled, Rejected> {
    let text = read_text(bytes, limits)?;
    let tree = Tree::parse(text)?;
    let root = tree.root();
    if root.name() != "definitions" || !root.is_bpmn() {
        let message = format!(
            "the root element is '{}', not 'definitions' of the namespace {}; export the model as \
             BPMN 2.0 XML",
            root.name(),
            crate::xml::BPMN
        );
        return Err(refuse("not-bpmn", root.location(), message));
    }
    let mut findings = Findings::new(limits.findings);
    identity::check(root, limits, &mut findings);
    expression_language::check_default(root, &mut findings);
    let definitions = Definitions::collect(root, &mut findings);
    let mut processes = Vec::new();
    let mut budget = Budget::new(limits);
    for process in &definitions.executable {
        let mut draft = Draft::new(&definitions, &mut findings, &mut budget);
        discover::walk(&mut draft, *process);
        discover::read(&mut draft);
        if flows::connect(&mut draft) {
            structure::check(&mut draft);
        }
        processes.extend(draft.finish(*process));
    }
    let failed = findings.has_errors();
    let list = findings.into_list();
    if failed {
        return Err(Rejected { findings: list });
    }
    Ok(Compiled {
        processes,
        warnings: list,
    })
}
