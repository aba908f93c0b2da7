//! Send task (10.3.3): a step or a job, or else it publishes its message itself.

use super::{Class, Kind};
use crate::definitions::MessageUse;
use crate::draft::{Draft, Place};
use crate::extensions::task_definition;
use crate::graph::NodeKind;

pub(super) static KIND: Kind = Kind {
    name: "sendTask",
    element_type: "SEND_TASK",
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
    let task = place.element;
    if task.extension("taskDefinition").is_some() {
        return task_definition::read(draft, task).map(NodeKind::Job);
    }
    if task.attribute("messageRef").is_none() {
        let message = "the send task has neither a zeebe:taskDefinition nor a messageRef; name a \
                       step or a job type, or choose the message to publish";
        draft.error("task-definition-missing", task, message.to_owned());
        return None;
    }
    let message = draft.message_of(task, MessageUse::Throws);
    message.map(NodeKind::SendTask)
}
