//! Service task (10.3.3): a step or a job.

use super::{Class, Kind};
use crate::draft::{Draft, Place};
use crate::extensions::task_definition;
use crate::graph::NodeKind;

pub(super) static KIND: Kind = Kind {
    name: "serviceTask",
    element_type: "SERVICE_TASK",
    class: Class::Task,
    parts: &[],
    extensions: &[
        "ioMapping",
        "jobPriorityDefinition",
        "linkedResources",
        "taskDefinition",
        "taskHeaders",
    ],
    read,
};

fn read<'a>(draft: &mut Draft<'a, '_>, place: Place<'a>) -> Option<NodeKind> {
    task_definition::read(draft, place.element).map(NodeKind::Job)
}
