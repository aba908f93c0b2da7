//! What data elements refer to (10.4): data objects, stores, and the ends of associations.

use std::collections::HashSet;

use crate::draft::Draft;
use crate::xml::Element;

/// Elements that hold data (table 10.51).
const ITEMS: [&str; 8] = [
    "dataInput",
    "dataObject",
    "dataObjectReference",
    "dataOutput",
    "dataStoreReference",
    "inputDataItem",
    "outputDataItem",
    "property",
];

/// Checks the references of a process. `root` is the file's `definitions`.
pub(crate) fn check<'a>(draft: &mut Draft<'a, '_>, root: Element<'a>, process: Element<'a>) {
    let ids = |names: &[&str], around: Element<'a>| -> HashSet<&'a str> {
        let all = around.model().filter(|e| names.contains(&e.name()));
        all.filter_map(|element| element.attribute("id")).collect()
    };
    let objects = ids(&["dataObject"], process);
    let stores = ids(&["dataStore"], root);
    let definitions = ids(&["itemDefinition"], root);
    let mut items = ids(&ITEMS, process);
    items.extend(&stores);
    for element in process.model() {
        if let Some(id) = element.reference("itemSubjectRef")
            && ITEMS.contains(&element.name())
            && !is_elsewhere(id)
            && !definitions.contains(id)
        {
            let message = format!(
                "there is no itemDefinition '{id}' in this file; correct the itemSubjectRef"
            );
            draft.error("item-definition-missing", element, message);
        }
        match element.name() {
            "ioSpecification" => io_specification(draft, element),
            "dataObjectReference" => {
                let found = element.reference("dataObjectRef");
                if !found.is_some_and(|id| objects.contains(id)) {
                    refuse(
                        draft,
                        element,
                        "data-object-missing",
                        "dataObjectRef",
                        found,
                    );
                }
            }
            "dataStoreReference" => {
                let found = element.reference("dataStoreRef");
                if found.is_some_and(|id| !is_elsewhere(id) && !stores.contains(id)) {
                    refuse(draft, element, "data-store-missing", "dataStoreRef", found);
                }
            }
            "dataInputAssociation" | "dataOutputAssociation" => {
                association(draft, element, &items);
            }
            "inputSet" | "outputSet" => set(draft, element, &items),
            "loopDataInputRef" | "loopDataOutputRef" => {
                let text = element.text();
                let id = element.local_id(&text);
                if !items.contains(id) {
                    refuse(
                        draft,
                        element,
                        "loop-data-missing",
                        element.name(),
                        Some(id),
                    );
                }
            }
            _ => {}
        }
    }
}

/// Whether a name is one of another file: its prefix is not that of this one.
fn is_elsewhere(id: &str) -> bool {
    id.contains(':')
}

fn refuse<'a>(
    draft: &mut Draft<'a, '_>,
    element: Element<'a>,
    rule: &'static str,
    reference: &str,
    id: Option<&str>,
) {
    let message = match id {
        Some(id) => format!("there is no '{id}' in this process; correct the {reference}"),
        None => format!("the '{}' has no {reference}; give it one", element.name()),
    };
    draft.error(rule, element, message);
}

fn association<'a>(draft: &mut Draft<'a, '_>, element: Element<'a>, items: &HashSet<&str>) {
    let ends = element.children();
    for end in ends.filter(|end| ["sourceRef", "targetRef"].contains(&end.name())) {
        let text = end.text();
        let id = end.local_id(&text);
        if !is_elsewhere(id) && !items.contains(id) {
            refuse(draft, end, "data-association-end", end.name(), Some(id));
        }
    }
}

/// Both kinds of sets are required, if only as an empty one.
fn io_specification<'a>(draft: &mut Draft<'a, '_>, element: Element<'a>) {
    for set in ["inputSet", "outputSet"] {
        if element.child(set).is_none() {
            let message = format!("the ioSpecification has no {set}; add one, which may be empty");
            draft.warning("data-set-missing", element, message);
        }
    }
}

fn set<'a>(draft: &mut Draft<'a, '_>, element: Element<'a>, items: &HashSet<&str>) {
    const REFERENCES: [&str; 6] = [
        "dataInputRefs",
        "dataOutputRefs",
        "optionalInputRefs",
        "optionalOutputRefs",
        "whileExecutingInputRefs",
        "whileExecutingOutputRefs",
    ];
    for reference in element.children() {
        let text = reference.text();
        let id = reference.local_id(&text);
        if REFERENCES.contains(&reference.name()) && !items.contains(id) {
            refuse(
                draft,
                reference,
                "data-set-item",
                reference.name(),
                Some(id),
            );
        }
    }
}
