//! Names and ids, over the whole file.

use std::collections::HashMap;

use crate::Limits;
use crate::elements;
use crate::finding::Findings;
use crate::vocabulary::standing;
use crate::xml::Element;

/// Every element of the BPMN namespace must be one of BPMN, and every `id` unique in the file.
pub(crate) fn check(root: Element<'_>, limits: &Limits, findings: &mut Findings) {
    let mut ids: HashMap<&str, Element<'_>> = HashMap::new();
    for element in root.model() {
        let name = element.name();
        if standing(name).is_none() && elements::find(name).is_none() {
            let message = format!(
                "'{name}' is no element of a BPMN 2.0 model; correct the name or remove it"
            );
            findings.error("element-unknown", element, message);
        }
        let Some(id) = element.attribute("id") else {
            continue;
        };
        if id.len() > limits.id_bytes {
            let max = limits.id_bytes;
            let message = format!("the id has more than {max} bytes; shorten it");
            findings.error("limit-id-bytes", element, message);
            continue;
        }
        if let Some(first) = ids.get(id) {
            let line = first.location().line;
            let message =
                format!("the id '{id}' is already used in line {line}; rename one of them");
            findings.error("id-duplicate", element, message);
            continue;
        }
        ids.insert(id, element);
        if !is_name(id) {
            let message = format!(
                "the id '{id}' is not an XML name; begin with a letter or '_' and go on with \
                 letters, digits, '-', '_' and '.'"
            );
            findings.error("id-invalid", element, message);
        }
    }
}

fn is_name(id: &str) -> bool {
    let mut characters = id.chars();
    let starts = characters
        .next()
        .is_some_and(|first| first.is_alphabetic() || first == '_');
    starts && characters.all(|c| c.is_alphanumeric() || !c.is_ascii() || "-_.".contains(c))
}
