//! What holds of a whole file: unique ids and names, references that lead somewhere, no cycles.

use std::collections::{HashMap, HashSet};

use super::reader::Reader;
use super::{Definitions, Reference, Requirement, RequirementKind};
use crate::xml::Element;

pub(super) fn check(reader: &mut Reader<'_>, root: Element<'_>, definitions: &Definitions) {
    ids(reader, root);
    types(reader, root, definitions);
    let places: HashMap<&str, Element<'_>> = root
        .own_children()
        .filter_map(|element| Some((element.attribute("id")?, element)))
        .collect();
    let place = |id: &str| places.get(id).copied().unwrap_or(root);
    let known = Known::of(definitions);
    for (id, requirements) in requirers(definitions) {
        for Requirement {
            kind, reference, ..
        } in requirements
        {
            known.check(reader, place(id), reference, *kind);
        }
    }
    for service in &definitions.services {
        let decisions = service
            .output_decisions
            .iter()
            .chain(&service.encapsulated_decisions)
            .chain(&service.input_decisions);
        let at = place(&service.id);
        for reference in decisions {
            known.check(reader, at, reference, RequirementKind::Decision);
        }
        for reference in &service.input_data {
            known.check(reader, at, reference, RequirementKind::Input);
        }
    }
    cycles(reader, definitions, place);
}

fn ids(reader: &mut Reader<'_>, root: Element<'_>) {
    let mut seen: HashMap<&str, Element<'_>> = HashMap::new();
    for element in root.own_descendants() {
        let Some(id) = element.attribute("id") else {
            continue;
        };
        if id.len() > reader.limits.id_bytes {
            let max = reader.limits.id_bytes;
            let message = format!("the id has more than {max} bytes; shorten it");
            reader.error("limit-id-bytes", element, message);
        } else if let Some(first) = seen.insert(id, element) {
            let line = first.location().line;
            let message =
                format!("the id '{id}' is already used in line {line}; rename one of them");
            reader.error("id-duplicate", element, message);
        }
    }
}

fn types(reader: &mut Reader<'_>, root: Element<'_>, definitions: &Definitions) {
    let mut seen = HashSet::new();
    for item in &definitions.item_definitions {
        if !seen.insert(&*item.name) {
            let message = format!(
                "the type '{}' is defined twice; rename one of them",
                item.name
            );
            reader.error("dmn-type-duplicate", root, message);
        }
    }
}

/// Every element that requires others, and what it requires.
fn requirers(definitions: &Definitions) -> impl Iterator<Item = (&str, &[Requirement])> {
    let decisions = definitions
        .decisions
        .iter()
        .map(|decision| (&*decision.id, decision.requirements.as_slice()));
    let knowledge = definitions
        .knowledge
        .iter()
        .map(|model| (&*model.id, model.requirements.as_slice()));
    decisions.chain(knowledge)
}

/// What references may lead to.
struct Known<'d> {
    decisions: HashSet<&'d str>,
    inputs: HashSet<&'d str>,
    knowledge: HashSet<&'d str>,
    namespaces: HashSet<&'d str>,
}

impl<'d> Known<'d> {
    fn of(definitions: &'d Definitions) -> Self {
        let models = definitions.knowledge.iter().map(|model| &*model.id);
        let services = definitions.services.iter().map(|service| &*service.id);
        let imports = definitions.imports.iter();
        Self {
            decisions: definitions.decisions.iter().map(|it| &*it.id).collect(),
            inputs: definitions.input_data.iter().map(|it| &*it.id).collect(),
            knowledge: models.chain(services).collect(),
            namespaces: imports.map(|import| &*import.namespace).collect(),
        }
    }

    fn check(
        &self,
        reader: &mut Reader<'_>,
        at: Element<'_>,
        reference: &Reference,
        kind: RequirementKind,
    ) {
        let id = &*reference.id;
        if let Some(namespace) = &reference.namespace {
            if !self.namespaces.contains(&**namespace) {
                let message = format!(
                    "'{namespace}#{id}' is required, but '{namespace}' is not imported; import it"
                );
                reader.error("dmn-reference-unresolved", at, message);
            }
            return;
        }
        let (found, what) = match kind {
            RequirementKind::Decision => (self.decisions.contains(id), "decision"),
            RequirementKind::Input => (self.inputs.contains(id), "input data"),
            RequirementKind::Knowledge => (
                self.knowledge.contains(id),
                "business knowledge model or decision service",
            ),
        };
        if !found {
            let message = format!("'{id}' is required, but there is no {what} with this id");
            reader.error("dmn-reference-unresolved", at, message);
        }
    }
}

/// A decision must not require itself, however far around. Knowledge may call itself, which is
/// bounded when it is evaluated.
fn cycles<'e>(
    reader: &mut Reader<'_>,
    definitions: &Definitions,
    place: impl Fn(&str) -> Element<'e>,
) {
    let requires: HashMap<&str, Vec<&str>> = definitions
        .decisions
        .iter()
        .map(|decision| {
            let required = decision.requirements.iter().filter(|requirement| {
                requirement.kind == RequirementKind::Decision
                    && requirement.reference.namespace.is_none()
            });
            let required = required.map(|requirement| &*requirement.reference.id);
            (&*decision.id, required.collect())
        })
        .collect();
    // Takes away what requires nothing that is left; what stays lies on a cycle or behind one.
    let mut open: HashMap<&str, usize> = requires
        .iter()
        .map(|(id, required)| {
            let known = required.iter().filter(|id| requires.contains_key(**id));
            (*id, known.count())
        })
        .collect();
    let mut required_by: HashMap<&str, Vec<&str>> = HashMap::new();
    for (id, required) in &requires {
        for other in required {
            required_by.entry(other).or_default().push(id);
        }
    }
    let mut free: Vec<&str> = open
        .iter()
        .filter(|(_, count)| **count == 0)
        .map(|(id, _)| *id)
        .collect();
    while let Some(id) = free.pop() {
        open.remove(id);
        for other in required_by.get(id).into_iter().flatten() {
            if let Some(count) = open.get_mut(other) {
                *count -= 1;
                if *count == 0 {
                    free.push(other);
                }
            }
        }
    }
    let first = definitions
        .decisions
        .iter()
        .find(|decision| open.contains_key(&*decision.id));
    let Some(first) = first else { return };
    // Each that is left requires another that is left, so following them comes back.
    let mut passed: Vec<&str> = Vec::new();
    let mut seen = HashSet::new();
    let mut id = &*first.id;
    while seen.insert(id) {
        passed.push(id);
        let required = requires.get(id).into_iter().flatten();
        let Some(next) = required.copied().find(|next| open.contains_key(next)) else {
            return;
        };
        id = next;
    }
    let around = passed.into_iter().skip_while(|passed| *passed != id);
    let around: Vec<&str> = around.take(10).collect();
    let message = format!(
        "the decision '{id}' requires itself ({}); remove a requirement",
        around.join(" requires ")
    );
    reader.error("dmn-requirement-cycle", place(id), message);
}
