//! Which files belong together, and what their references lead to.

use std::collections::{BTreeMap, HashMap};

use anyam_bpmn::dmn::{Definitions, Import, InformationItem, ItemDefinition, Reference};
use anyam_bpmn::graph::Location;
use anyam_bpmn::{Finding, Severity};

/// Findings that are told at once.
const MAX_FINDINGS: usize = 200;

/// An element of a file, by the number the program knows it by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Element {
    Decision(usize),
    Input(usize),
    Function(usize),
}

/// A file and the files it imports, however far around.
pub(super) struct Files<'d> {
    /// The main one first.
    pub(super) files: Vec<&'d Definitions>,
    by_namespace: HashMap<&'d str, usize>,
    /// The main file's import by which each was reached.
    reached_by: Vec<Option<&'d Import>>,
    pub(super) elements: HashMap<(usize, &'d str), Element>,
    /// Names of an element: of its variable, its own, its id.
    pub(super) names: HashMap<(usize, &'d str), [&'d str; 3]>,
    /// Variables of decisions and input data.
    pub(super) variables: HashMap<(usize, &'d str), &'d InformationItem>,
    pub(super) items: HashMap<(usize, &'d str), &'d ItemDefinition>,
    findings: Vec<Finding>,
    warnings: Vec<Finding>,
    left_out: usize,
}

impl<'d> Files<'d> {
    pub(super) fn gather(main: &'d Definitions, others: &[&'d Definitions]) -> Self {
        let mut given: BTreeMap<&str, &'d Definitions> = BTreeMap::new();
        for other in others {
            given.entry(&*other.namespace).or_insert(other);
        }
        let mut made = Self {
            files: vec![main],
            by_namespace: HashMap::from([(&*main.namespace, 0)]),
            reached_by: vec![None],
            elements: HashMap::new(),
            names: HashMap::new(),
            variables: HashMap::new(),
            items: HashMap::new(),
            findings: Vec::new(),
            warnings: Vec::new(),
            left_out: 0,
        };
        let mut at = 0;
        while let Some(file) = made.files.get(at).copied() {
            for import in &file.imports {
                let namespace = &*import.namespace;
                if made.by_namespace.contains_key(namespace) {
                    continue;
                }
                if let Some(imported) = given.get(namespace) {
                    made.by_namespace.insert(namespace, made.files.len());
                    made.files.push(imported);
                    let reached_by = made.reached_by[at].unwrap_or(import);
                    made.reached_by.push(Some(reached_by));
                } else {
                    let message = format!(
                        "no file with the namespace '{namespace}' is deployed with this one; \
                         deploy it too"
                    );
                    made.error(
                        at,
                        ("dmn-import-unresolved", None),
                        import.location,
                        message,
                    );
                }
            }
            at += 1;
        }
        made.index();
        made
    }

    fn index(&mut self) {
        for (number, file) in self.files.iter().copied().enumerate() {
            let mut name = |id: &'d str, names| {
                self.names.insert((number, id), names);
            };
            for it in &file.decisions {
                name(&it.id, [&it.variable.name, &it.name, &it.id]);
            }
            for it in &file.input_data {
                name(&it.id, [&it.variable.name, &it.variable.name, &it.id]);
            }
            for it in &file.knowledge {
                name(&it.id, [&it.variable.name, &it.name, &it.id]);
            }
            for it in &file.services {
                name(&it.id, [&it.variable.name, &it.name, &it.id]);
            }
            let decisions = file.decisions.iter().map(|it| (&it.id, &it.variable));
            let inputs = file.input_data.iter().map(|it| (&it.id, &it.variable));
            for (id, variable) in decisions.chain(inputs) {
                self.variables.insert((number, &**id), variable);
            }
            for it in &file.item_definitions {
                self.items.insert((number, &*it.name), it);
            }
        }
    }

    /// The number of the file a reference of another leads to.
    pub(super) fn file_of(&self, from: usize, reference: &Reference) -> Option<usize> {
        match &reference.namespace {
            None => Some(from),
            Some(namespace) => self.by_namespace.get(&**namespace).copied(),
        }
    }

    /// What a reference leads to.
    pub(super) fn element(&self, from: usize, reference: &Reference) -> Option<(usize, Element)> {
        let file = self.file_of(from, reference)?;
        let element = self.elements.get(&(file, &*reference.id))?;
        Some((file, *element))
    }

    /// What stands before the names of another file's elements.
    pub(super) fn prefix(&self, from: usize, of: usize) -> String {
        let namespace = &*self.files[of].namespace;
        let import = self.files[from]
            .imports
            .iter()
            .find(|import| *import.namespace == *namespace);
        match import {
            Some(import) if from != of && !import.name.is_empty() => format!("{}.", import.name),
            _ => String::new(),
        }
    }

    /// The files a file imports itself, with what stands before their names.
    pub(super) fn imported(&self, from: usize) -> Vec<(usize, &'d str)> {
        let imports = self.files[from].imports.iter();
        imports
            .filter_map(|import| {
                let number = self.by_namespace.get(&*import.namespace)?;
                Some((*number, &*import.name))
            })
            .collect()
    }

    /// A finding about a file; of an imported one it stands at the main file's import.
    pub(super) fn error(
        &mut self,
        file: usize,
        (rule, element_id): (&'static str, Option<&str>),
        location: Location,
        message: String,
    ) {
        if self.findings.len() == MAX_FINDINGS {
            self.left_out += 1;
            return;
        }
        let finding = self.finding(file, (rule, element_id), location, message);
        self.findings.push(finding);
    }

    /// As [`Files::error`], for what does not keep the model from being used.
    pub(super) fn warning(
        &mut self,
        file: usize,
        rule: (&'static str, Option<&str>),
        location: Location,
        message: String,
    ) {
        if self.warnings.len() < MAX_FINDINGS {
            let mut finding = self.finding(file, rule, location, message);
            finding.severity = Severity::Warning;
            self.warnings.push(finding);
        }
    }

    fn finding(
        &self,
        file: usize,
        (rule, element_id): (&'static str, Option<&str>),
        location: Location,
        message: String,
    ) -> Finding {
        match self.reached_by[file] {
            None => Finding {
                severity: Severity::Error,
                rule,
                element_id: element_id.map(Into::into),
                location,
                message,
            },
            Some(import) => Finding {
                severity: Severity::Error,
                rule,
                element_id: None,
                location: import.location,
                message: format!(
                    "in the imported model '{}' at {}:{}: {message}",
                    self.files[file].name, location.line, location.column
                ),
            },
        }
    }

    /// The warnings, or everything found where there is an error, in the order of the main file.
    pub(super) fn into_findings(self) -> Result<Vec<Finding>, Vec<Finding>> {
        if self.findings.is_empty() {
            let mut warnings = self.warnings;
            warnings.sort_by_key(|finding| finding.location);
            return Ok(warnings);
        }
        let mut findings = self.findings;
        findings.extend(self.warnings);
        findings.sort_by_key(|finding| finding.location);
        if self.left_out > 0 {
            findings.push(Finding {
                severity: Severity::Error,
                rule: "limit-findings",
                element_id: None,
                location: Location { line: 1, column: 1 },
                message: format!(
                    "{} more findings are not shown (limit {MAX_FINDINGS}); mend the ones above \
                     and deploy again",
                    self.left_out
                ),
            });
        }
        Err(findings)
    }
}
