//! What can be said of files before anything is stored, and without a server: the same for a
//! deployment and for `anyam lint`.

use std::collections::HashSet;

use anyam_bpmn::Finding;
use anyam_bpmn::graph::{ProcessGraph, ROOT};
use anyam_engine::Process;

use super::{grants, reuse};
use crate::findings::FileFinding;
use crate::limits::Limits;

/// The processes of a BPMN file and everything found in it; no process where the file itself is
/// refused.
pub(crate) fn check_model(
    name: &str,
    bytes: &[u8],
    limits: &Limits,
) -> (Vec<ProcessGraph>, Vec<FileFinding>) {
    let (graphs, mut findings) = match anyam_bpmn::compile(bytes, &limits.model) {
        Ok(compiled) => (compiled.processes, compiled.warnings),
        Err(rejected) => (Vec::new(), rejected.findings),
    };
    for graph in &graphs {
        findings.extend(process_findings(graph, limits));
    }
    findings.sort_by_key(|finding| finding.location);
    let told = findings.into_iter();
    let told = told.map(|finding| FileFinding::new(name, finding));
    (graphs, told.collect())
}

/// What is wrong with a process that is a valid model. Which steps it is bound to does not matter.
fn process_findings(graph: &ProcessGraph, limits: &Limits) -> Vec<Finding> {
    let trial = Process::new(graph.clone(), &limits.expression, |_, _, _| false);
    let mut findings = trial.err().unwrap_or_default();
    findings.extend(grants::findings(graph, &limits.data));
    findings.extend(reuse::findings(graph, limits.runtime.calls_per_instance));
    findings
}

/// Which processes have the id of one before them, of all files that are deployed together.
pub(crate) fn same_ids<'a>(
    processes: impl Iterator<Item = (&'a str, &'a ProcessGraph)>,
) -> Vec<FileFinding> {
    let mut ids = HashSet::new();
    let twice = processes.filter(|(_, graph)| !ids.insert(graph.id.clone()));
    let told = twice.map(|(name, graph)| {
        let message = format!(
            "the process id '{}' is in the deployment twice; give one another id",
            graph.id
        );
        let finding = crate::findings::about(graph.node(ROOT), "process-id-duplicate", message);
        FileFinding::new(name, finding)
    });
    told.collect()
}
