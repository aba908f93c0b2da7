//! From bytes to graphs.

use crate::definitions::Definitions;
use crate::draft::{Budget, Draft};
use crate::finding::{Findings, refuse};
use crate::graph::ProcessGraph;
use crate::xml::{Tree, read_text};
use crate::{
    Finding, Limits, Rejected, collaboration, connections, containment, data_references, discover,
    elements, event_gateways, expression_language, flows, identity, lanes, links, reach, structure,
};

/// What a file holds that can run.
#[derive(Clone, Debug, PartialEq)]
pub struct Compiled {
    /// The global tasks, each as a process that holds nothing else, and then the executable
    /// processes, both in document order; none where the file only describes.
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
    collaboration::check(root, &mut findings);
    let definitions = Definitions::collect(root, &mut findings);
    let mut processes = Vec::new();
    let mut budget = Budget::new(limits);
    let tasks = definitions.global_tasks.iter();
    let tasks = tasks.map(|element| (*element, elements::global_task(*element)));
    let executable = definitions
        .executable
        .iter()
        .map(|process| (*process, None));
    for (process, global_task) in tasks.chain(executable) {
        let mut draft = Draft::new(&definitions, &mut findings, &mut budget);
        match global_task {
            Some(kind) => discover::enter_global_task(&mut draft, process, kind),
            None => discover::walk(&mut draft, process),
        }
        discover::read(&mut draft);
        lanes::check(&mut draft);
        data_references::check(&mut draft, root, process);
        if flows::connect(&mut draft) {
            structure::check(&mut draft);
            links::check(&mut draft);
            event_gateways::check(&mut draft);
            containment::check(&mut draft);
            connections::check(&mut draft);
            reach::check(&mut draft);
        }
        processes.extend(draft.finish(process));
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
