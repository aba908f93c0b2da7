//! `zeebe:taskHeaders`: fixed texts handed to the worker or step.

use std::collections::HashSet;

use crate::draft::{Draft, Place};
use crate::xml::Element;

/// The headers, in document order.
pub(crate) fn read<'a>(draft: &mut Draft<'a, '_>, place: Place<'a>) -> Vec<(Box<str>, Box<str>)> {
    let reads = place.kind.extensions.contains(&"taskHeaders");
    let list = place.element.extension("taskHeaders").filter(|_| reads);
    list.map_or_else(Vec::new, |list| read_list(draft, list))
}

/// What a list of headers holds, in document order.
pub(crate) fn read_list<'a>(
    draft: &mut Draft<'a, '_>,
    list: Element<'a>,
) -> Vec<(Box<str>, Box<str>)> {
    let mut headers = Vec::new();
    let mut seen = HashSet::new();
    for header in list.parts().filter(|part| part.name() == "header") {
        let key = header.attribute("key").unwrap_or_default();
        let value = header.attribute("value").unwrap_or_default();
        if key.is_empty() || value.is_empty() {
            let message = "the header has no key or no value and is left out; give it both";
            draft.warning("header-incomplete", header, message.to_owned());
        } else if seen.insert(key) {
            headers.push((key.into(), value.into()));
        } else {
            let message = format!("the header '{key}' is given twice; keep one");
            draft.error("header-duplicate", header, message);
        }
    }
    headers
}
