//! Ad-hoc sub-process (10.3.5).

use super::{Class, Kind, sub_process};
use crate::draft::{Draft, Place};
use crate::extensions::{ad_hoc, task_definition};
use crate::graph::{AdHoc, NodeKind, SubProcessFlavour};

pub(super) static KIND: Kind = Kind {
    name: "adHocSubProcess",
    element_type: "AD_HOC_SUB_PROCESS",
    class: Class::SubProcess,
    parts: &["completionCondition"],
    extensions: &["adHoc", "ioMapping", "taskDefinition", "taskHeaders"],
    read,
};

fn read<'a>(draft: &mut Draft<'a, '_>, place: Place<'a>) -> Option<NodeKind> {
    let element = place.element;
    let sequential = match element.attribute("ordering").map(str::trim) {
        None | Some("Parallel") => false,
        Some("Sequential") => true,
        Some(other) => {
            let message = format!("ordering=\"{other}\" is unknown; write Parallel or Sequential");
            draft.error("attribute-unknown-value", element, message);
            return None;
        }
    };
    let completion_condition = match element.child("completionCondition") {
        Some(condition) => Some(draft.truth(condition)?),
        None => None,
    };
    let settings = ad_hoc::read(draft, element)?;
    Some(sub_process::of(SubProcessFlavour::AdHoc(AdHoc {
        active_elements: settings.active_elements,
        completion_condition,
        cancel_remaining: draft.flag(element, "cancelRemainingInstances", true),
        sequential,
        output_collection: settings.output.collection,
        output_element: settings.output.element,
        job: task_definition::of_event(draft, element)?,
    })))
}
