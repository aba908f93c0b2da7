//! `bindingType` and `versionTag`: which version of something is meant.

use crate::draft::Draft;
use crate::graph::Binding;
use crate::xml::Element;

/// Reads both attributes.
pub(crate) fn read<'a>(draft: &mut Draft<'a, '_>, element: Element<'a>) -> Option<Binding> {
    let tag = element.attribute("versionTag").unwrap_or_default().trim();
    match element.attribute("bindingType").map(str::trim) {
        None | Some("latest" | "") => Some(Binding::Latest),
        Some("deployment") => Some(Binding::Deployment),
        Some("versionTag") if !tag.is_empty() => Some(Binding::VersionTag(tag.into())),
        Some("versionTag") => {
            let message = "bindingType=\"versionTag\" needs a versionTag; name one";
            draft.error("binding-version-tag-missing", element, message.to_owned());
            None
        }
        Some(other) => {
            let message = format!(
                "bindingType=\"{other}\" is unknown; write latest, deployment or versionTag"
            );
            draft.error("attribute-unknown-value", element, message);
            None
        }
    }
}
