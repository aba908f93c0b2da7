//! `zeebe:` extension elements.

pub(crate) mod io_mapping;
pub(crate) mod properties;
pub(crate) mod task_definition;
pub(crate) mod task_headers;
pub(crate) mod variable_path;

use crate::draft::{Draft, Place};
use crate::vocabulary::{ZEEBE_BOUND, ZEEBE_NOT_YET};

/// Reports extension elements whose effect the element does not have. Unknown ones are ignored.
pub(crate) fn check<'a>(draft: &mut Draft<'a, '_>, place: Place<'a>) {
    let mut seen: Vec<&str> = Vec::new();
    for extension in place.element.extensions() {
        let name = extension.name();
        let is_read = place.kind.extensions.contains(&name);
        if ZEEBE_NOT_YET.contains(&name) && extension.parts().next().is_some() {
            let message = format!("'zeebe:{name}' is not supported yet; remove it");
            draft.error("not-supported", extension, message);
        } else if ZEEBE_BOUND.contains(&name) && !is_read {
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
