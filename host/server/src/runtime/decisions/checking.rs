//! What can be said of DMN files before anything is stored.

use std::collections::HashSet;

use anyam_bpmn::dmn::{self, Definitions};
use anyam_bpmn::{Finding, Severity};
use anyam_feel::dmn::Model;

use crate::findings::FileFinding;
use crate::limits::Limits;

/// A sound DMN file.
pub(crate) struct CheckedDecisions {
    /// Its position among the files.
    pub file: usize,
    /// What it defines.
    pub definitions: Definitions,
    /// The positions of the files that it imports, and of those that these import.
    pub imports: Vec<usize>,
}

/// The sound ones of DMN files that may import each other, and everything found in all of them.
/// Files that are named and hold no DMN model are not to be given.
pub(crate) fn check(
    files: &[(usize, &str, &[u8])],
    limits: &Limits,
) -> (Vec<CheckedDecisions>, Vec<FileFinding>) {
    let mut findings = Vec::new();
    let mut tell = |name: &str, found: Vec<Finding>| {
        let told = found.into_iter();
        findings.extend(told.map(|finding| FileFinding::new(name, finding)));
    };
    let mut read = Vec::new();
    for (at, name, bytes) in files {
        match dmn::read(bytes, &limits.model) {
            Ok(file) => {
                tell(name, file.warnings);
                read.push((*at, *name, file.definitions));
            }
            Err(rejected) => tell(name, rejected.findings),
        }
    }
    for (name, found) in same_ids(read.iter().map(|(_, name, file)| (*name, file))) {
        tell(name, vec![found]);
    }
    let mut compiled = Vec::new();
    for (at, (_, name, main)) in read.iter().enumerate() {
        let others = read.iter().enumerate().filter(|(other, _)| *other != at);
        let others: Vec<_> = others.map(|(_, (_, _, file))| file).collect();
        match Model::compile(main, &others, &limits.expression) {
            Ok(model) => {
                tell(name, model.warnings().to_vec());
                compiled.push(at);
            }
            Err(found) => tell(name, found),
        }
    }
    let checked = compiled.into_iter().map(|at| CheckedDecisions {
        file: read[at].0,
        definitions: read[at].2.clone(),
        imports: imported(at, &read)
            .into_iter()
            .map(|at| read[at].0)
            .collect(),
    });
    (checked.collect(), findings)
}

/// The positions of the files that one imports, however far around; sorted.
fn imported(of: usize, files: &[(usize, &str, Definitions)]) -> Vec<usize> {
    let mut found = vec![of];
    let mut next = 0;
    while let Some(at) = found.get(next).copied() {
        next += 1;
        for import in &files[at].2.imports {
            let named = files
                .iter()
                .position(|(_, _, file)| file.namespace == import.namespace);
            found.extend(named.filter(|at| !found.contains(at)));
        }
    }
    found.remove(0);
    found.sort_unstable();
    found
}

/// Which files and decisions have the id of one before them.
fn same_ids<'a>(
    files: impl Iterator<Item = (&'a str, &'a Definitions)>,
) -> Vec<(&'a str, Finding)> {
    let (mut graphs, mut decisions) = (HashSet::new(), HashSet::new());
    let mut found = Vec::new();
    for (name, file) in files {
        if !graphs.insert(&*file.id) {
            let message = format!(
                "the definitions id '{}' is in the deployment twice; give one another id",
                file.id
            );
            let at = anyam_bpmn::graph::Location { line: 1, column: 1 };
            found.push((
                name,
                twice("decision-requirements-id-duplicate", &file.id, at, message),
            ));
        }
        for decision in &file.decisions {
            if !decisions.insert(&*decision.id) {
                let message = format!(
                    "the decision id '{}' is in the deployment twice; give one another id",
                    decision.id
                );
                let rule = "decision-id-duplicate";
                found.push((name, twice(rule, &decision.id, decision.location, message)));
            }
        }
    }
    found
}

fn twice(
    rule: &'static str,
    id: &str,
    location: anyam_bpmn::graph::Location,
    message: String,
) -> Finding {
    Finding {
        severity: Severity::Error,
        rule,
        element_id: Some(id.into()),
        location,
        message,
    }
}
