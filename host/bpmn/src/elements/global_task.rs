//! Global tasks (10.3.4): each is called like a process, and holds nothing but the task.

use super::{
    Class, Kind, business_rule_task, manual_task, script_task, service_task, task, user_task,
};
use crate::graph::NodeKind;
use crate::xml::Element;

/// The process that stands around a global task. What is written in the element is the task's.
pub(crate) static AROUND: Kind = Kind {
    name: "globalTask",
    element_type: "PROCESS",
    class: Class::Process,
    parts: &[],
    extensions: &[],
    read: |_, _| Some(NodeKind::Process(Box::default())),
};

/// The kind of the task, where the root element is a global task.
pub(crate) fn kind(element: Element<'_>) -> Option<&'static Kind> {
    Some(match element.name() {
        "globalBusinessRuleTask" => &business_rule_task::KIND,
        "globalManualTask" => &manual_task::KIND,
        "globalScriptTask" => &script_task::KIND,
        "globalTask" if element.extension("taskDefinition").is_some() => &service_task::KIND,
        "globalTask" => &task::KIND,
        "globalUserTask" => &user_task::KIND,
        _ => return None,
    })
}
