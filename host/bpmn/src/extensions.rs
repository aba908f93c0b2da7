//! `zeebe:` extension elements.

pub(crate) mod ad_hoc;
pub(crate) mod binding;
pub(crate) mod called_decision;
pub(crate) mod called_element;
pub(crate) mod io_mapping;
pub(crate) mod job_priority;
pub(crate) mod linked_resources;
pub(crate) mod listeners;
pub(crate) mod output;
pub(crate) mod properties;
pub(crate) mod task_definition;
pub(crate) mod task_headers;
pub(crate) mod variable_path;

use crate::draft::{Draft, Place};
use crate::graph::ExprIx;
use crate::vocabulary::ZEEBE_BOUND;
use crate::xml::Element;

/// Extension elements that every flow node and scope reads.
const ANYWHERE: [&str; 2] = ["executionListeners", "properties"];

/// Reports extension elements whose effect the element does not have. Unknown ones are ignored.
pub(crate) fn check<'a>(draft: &mut Draft<'a, '_>, place: Place<'a>) {
    let mut seen: Vec<&str> = Vec::new();
    for extension in place.element.extensions() {
        let name = extension.name();
        let is_read = ANYWHERE.contains(&name) || place.kind.extensions.contains(&name);
        if ZEEBE_BOUND.contains(&name) && !is_read {
            let message = format!(
                "'zeebe:{name}' has no effect on a '{}'; remove it",
                place.element.name()
            );
            draft.warning("extension-ignored", extension, message);
        }
        if is_read && seen.contains(&name) {
            let message = format!("there is more than one 'zeebe:{name}'; keep one");
            draft.error("extension-duplicate", extension, message);
        } else if is_read {
            seen.push(name);
        }
    }
}

/// An attribute that is an expression: `Some(None)` where it is absent or empty, `None` after an
/// error was reported.
pub(crate) fn expression<'a>(
    draft: &mut Draft<'a, '_>,
    element: Element<'a>,
    attribute: &str,
) -> Option<Option<ExprIx>> {
    let text = element.attribute(attribute).unwrap_or_default();
    if text.trim().is_empty() {
        return Some(None);
    }
    let Some(feel) = text.strip_prefix('=') else {
        let message = format!("{attribute}=\"{text}\" is no expression; begin it with '='");
        draft.error("attribute-not-expression", element, message);
        return None;
    };
    draft.expression(element, feel).map(Some)
}
