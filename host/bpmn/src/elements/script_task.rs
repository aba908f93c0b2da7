//! Script task (10.3.3): a FEEL script, or a step or a job.

use super::{Class, Kind};
use crate::draft::{Draft, Place};
use crate::extensions::{task_definition, variable_path};
use crate::graph::NodeKind;
use crate::xml::Element;

pub(super) static KIND: Kind = Kind {
    name: "scriptTask",
    element_type: "SCRIPT_TASK",
    class: Class::Task,
    parts: &["script"],
    extensions: &[
        "ioMapping",
        "jobPriorityDefinition",
        "linkedResources",
        "script",
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
    let Some(script) = task.extension("script") else {
        let message = match task.attribute("scriptFormat") {
            Some(format) => format!(
                "the script in '{format}' is not run; write it in FEEL as a zeebe:script, or bind \
                 the task to a step with a zeebe:taskDefinition"
            ),
            None => "the script task has no zeebe:script; add one with expression and \
                     resultVariable"
                .to_owned(),
        };
        draft.error("script-missing", task, message);
        return None;
    };
    let expression = script_expression(draft, script);
    let result_variable = variable_path::result_variable(draft, script);
    Some(NodeKind::ScriptTask {
        expression: expression?,
        result_variable: result_variable?,
    })
}

fn script_expression<'a>(
    draft: &mut Draft<'a, '_>,
    script: Element<'a>,
) -> Option<crate::graph::ExprIx> {
    let text = script.attribute("expression").unwrap_or_default();
    if let Some(feel) = text.strip_prefix('=') {
        return draft.expression(script, feel);
    }
    let message = if text.trim().is_empty() {
        "the zeebe:script has no expression; write one that begins with '='"
    } else {
        "the expression of a zeebe:script is FEEL and begins with '='; put one before it"
    };
    draft.error("script-expression-missing", script, message.to_owned());
    None
}
