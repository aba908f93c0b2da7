//! `zeebe:ioMapping`.

use super::variable_path;
use crate::draft::{Draft, Place};
use crate::graph::{Mapping, Mappings};
use crate::xml::Element;

/// Reads the mappings of an element that can have some.
pub(crate) fn read<'a>(draft: &mut Draft<'a, '_>, place: Place<'a>) -> Mappings {
    let mut mappings = Mappings::default();
    if !place.kind.extensions.contains(&"ioMapping") {
        return mappings;
    }
    let Some(list) = place.element.extension("ioMapping") else {
        return mappings;
    };
    for part in list.parts() {
        match part.name() {
            "input" => mappings.inputs.extend(mapping(draft, part)),
            "output" => mappings.outputs.extend(mapping(draft, part)),
            _ => {}
        }
    }
    mappings
}

fn mapping<'a>(draft: &mut Draft<'a, '_>, part: Element<'a>) -> Option<Mapping> {
    let name = part.name();
    let source = match part.attribute("source") {
        Some(text) if !text.is_empty() => draft.value(part, text),
        _ => {
            let message = format!("the {name} mapping has no source; write a value or expression");
            draft.error("mapping-source-missing", part, message);
            None
        }
    };
    let target = part.attribute("target").unwrap_or_default().trim();
    let target = variable_path::parse(target).map_err(|reason| {
        let message =
            format!("the target '{target}' of the {name} mapping is no variable: {reason}");
        draft.error("mapping-target-invalid", part, message);
    });
    Some(Mapping {
        source: source?,
        target: target.ok()?,
    })
}
