//! Script task (10.3.3) with a FEEL script.

use super::{Class, Kind};
use crate::draft::{Draft, Place};
use crate::extensions::variable_path;
use crate::graph::NodeKind;
use crate::xml::Element;

pub(super) static KIND: Kind = Kind {
    name: "scriptTask",
    element_type: "SCRIPT_TASK",
    class: Class::Task,
    parts: &["script"],
    extensions: &["ioMapping", "script", "taskDefinition", "taskHeaders"],
    read,
};

fn read<'a>(draft: &mut Draft<'a, '_>, place: Place<'a>) -> Option<NodeKind> {
    let task = place.element;
    if let Some(definition) = task.extension("taskDefinition") {
        let message = "a script task with a zeebe:taskDefinition is not supported yet; use \
                       zeebe:script or a service task";
        draft.error("not-supported", definition, message.to_owned());
        return None;
    }
    let Some(script) = task.extension("script") else {
        let message = "the script task has no zeebe:script; add one with expression and \
                       resultVariable";
        draft.error("script-missing", task, message.to_owned());
        return None;
    };
    let expression = script_expression(draft, script);
    let result_variable = result_variable(draft, script);
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

fn result_variable<'a>(draft: &mut Draft<'a, '_>, script: Element<'a>) -> Option<Box<str>> {
    let name = script
        .attribute("resultVariable")
        .unwrap_or_default()
        .trim();
    if name.is_empty() {
        let message = "the zeebe:script has no resultVariable; name the variable that gets its \
                       value";
        draft.error("result-variable-missing", script, message.to_owned());
        return None;
    }
    if let Err(reason) = variable_path::check_name(name) {
        let message = format!("the resultVariable '{name}' is no variable name: {reason}");
        draft.error("result-variable-invalid", script, message);
        return None;
    }
    Some(name.into())
}
