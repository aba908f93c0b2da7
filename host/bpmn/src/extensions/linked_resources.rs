//! `zeebe:linkedResources`: deployed resources that a worker is told of.

use super::binding;
use crate::draft::{Draft, Place};
use crate::graph::LinkedResource;
use crate::xml::Element;

/// The linked resources of an element, in document order.
pub(crate) fn read<'a>(draft: &mut Draft<'a, '_>, place: Place<'a>) -> Vec<LinkedResource> {
    let mut resources = Vec::new();
    if !place.kind.extensions.contains(&"linkedResources") {
        return resources;
    }
    if let Some(list) = place.element.extension("linkedResources") {
        for part in list.parts().filter(|part| part.name() == "linkedResource") {
            resources.extend(resource(draft, part));
        }
    }
    resources
}

fn resource<'a>(draft: &mut Draft<'a, '_>, part: Element<'a>) -> Option<LinkedResource> {
    let text = |name| part.attribute(name).unwrap_or_default().trim();
    let (id, kind, link) = (text("resourceId"), text("resourceType"), text("linkName"));
    if id.is_empty() || link.is_empty() {
        let message = "the zeebe:linkedResource has no resourceId or no linkName; give it both";
        draft.error("linked-resource-incomplete", part, message.to_owned());
        return None;
    }
    let resource_id = draft.value(part, id);
    Some(LinkedResource {
        resource_id: resource_id?,
        resource_type: kind.into(),
        link_name: link.into(),
        binding: binding::read(draft, part)?,
    })
}
