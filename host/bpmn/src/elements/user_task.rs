//! User task (10.3.4).

use super::{Class, Kind};
use crate::draft::{Draft, Place};
use crate::extensions::binding;
use crate::graph::{FormDefinition, NodeKind, UserTaskDefinition, Value};
use crate::iso8601;
use crate::xml::Element;

pub(super) static KIND: Kind = Kind {
    name: "userTask",
    element_type: "USER_TASK",
    class: Class::Task,
    parts: &[],
    extensions: &[
        "assignmentDefinition",
        "formDefinition",
        "ioMapping",
        "priorityDefinition",
        "taskHeaders",
        "taskListeners",
        "taskSchedule",
        "userTask",
    ],
    read,
};

fn read<'a>(draft: &mut Draft<'a, '_>, place: Place<'a>) -> Option<NodeKind> {
    let task = place.element;
    if task.extension("userTask").is_none() {
        let message = "the user task has no zeebe:userTask, which made it a job in Camunda; it \
                       runs as a user task here, add zeebe:userTask to say so";
        draft.warning("user-task-implementation", task, message.to_owned());
    }
    let mut definition = UserTaskDefinition {
        form: form(draft, task),
        ..UserTaskDefinition::default()
    };
    if let Some(assignment) = task.extension("assignmentDefinition") {
        definition.assignee = setting(draft, assignment, "assignee");
        definition.candidate_groups = names(draft, assignment, "candidateGroups");
        definition.candidate_users = names(draft, assignment, "candidateUsers");
    }
    if let Some(schedule) = task.extension("taskSchedule") {
        definition.due_date = date(draft, schedule, "dueDate");
        definition.follow_up_date = date(draft, schedule, "followUpDate");
    }
    if let Some(priority) = task.extension("priorityDefinition") {
        definition.priority = self::priority(draft, priority);
    }
    Some(NodeKind::UserTask(Box::new(definition)))
}

/// An attribute that is not empty.
fn setting<'a>(draft: &mut Draft<'a, '_>, element: Element<'a>, name: &str) -> Option<Value> {
    let text = element
        .attribute(name)
        .filter(|text| !text.trim().is_empty())?;
    draft.value(element, text)
}

/// A literal is a list separated by commas.
fn names<'a>(draft: &mut Draft<'a, '_>, element: Element<'a>, name: &str) -> Option<Value> {
    let value = setting(draft, element, name)?;
    if let Value::Literal(text) = &value
        && text.split(',').any(|part| part.trim().is_empty())
    {
        let message = format!("{name}=\"{text}\" has an empty name; separate names by one comma");
        draft.error("assignment-invalid", element, message);
    }
    Some(value)
}

fn date<'a>(draft: &mut Draft<'a, '_>, element: Element<'a>, name: &str) -> Option<Value> {
    let value = setting(draft, element, name)?;
    if let Value::Literal(text) = &value
        && !iso8601::is_instant(text)
    {
        let message = format!(
            "{name}=\"{text}\" is no ISO 8601 instant; write one such as 2030-01-31T12:00:00Z"
        );
        draft.error("task-schedule-invalid", element, message);
    }
    Some(value)
}

fn priority<'a>(draft: &mut Draft<'a, '_>, element: Element<'a>) -> Option<Value> {
    let value = setting(draft, element, "priority")?;
    if let Value::Literal(text) = &value
        && !text
            .trim()
            .parse::<u8>()
            .is_ok_and(|priority| priority <= 100)
    {
        let message = format!("priority=\"{text}\" is no whole number from 0 to 100; correct it");
        draft.error("priority-invalid", element, message);
    }
    Some(value)
}

fn form<'a>(draft: &mut Draft<'a, '_>, task: Element<'a>) -> Option<FormDefinition> {
    let definition = task.extension("formDefinition")?;
    if let Some(reference) = setting(draft, definition, "externalReference") {
        return Some(FormDefinition::External(reference));
    }
    if let Some(id) = setting(draft, definition, "formId") {
        let binding = binding::read(draft, definition)?;
        return Some(FormDefinition::Deployed { id, binding });
    }
    setting(draft, definition, "formKey").map(FormDefinition::External)
}
