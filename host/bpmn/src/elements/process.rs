//! The process itself, the outermost scope (10.2).

use super::{Class, Kind};
use crate::draft::{Draft, Place};
use crate::graph::NodeKind;

pub(crate) static KIND: Kind = Kind {
    name: "process",
    element_type: "PROCESS",
    class: Class::Process,
    parts: &[],
    extensions: &["versionTag"],
    read,
};

fn read<'a>(draft: &mut Draft<'a, '_>, place: Place<'a>) -> Option<NodeKind> {
    if let Some(tag) = place.element.extension("versionTag") {
        match tag.attribute("value") {
            Some(value) if !value.trim().is_empty() => draft.version_tag = Some(value.into()),
            _ => {
                let message = "zeebe:versionTag has no value; give it one or remove it";
                draft.error("version-tag-missing", tag, message.to_owned());
            }
        }
    }
    Some(NodeKind::Process(Box::default()))
}
