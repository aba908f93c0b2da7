//! `zeebe:taskDefinition`: what does the work of a task.

use crate::draft::Draft;
use crate::graph::{JobDefinition, Value};
use crate::xml::Element;

/// Attempts where the model does not say.
const DEFAULT_RETRIES: &str = "3";

/// The job definition of an event or ad-hoc sub-process, which may have one: `Some(None)` where it
/// has none.
pub(crate) fn of_event<'a>(
    draft: &mut Draft<'a, '_>,
    event: Element<'a>,
) -> Option<Option<JobDefinition>> {
    if event.extension("taskDefinition").is_none() {
        return Some(None);
    }
    read(draft, event).map(Some)
}

/// The job definition of a task that must have one.
pub(crate) fn read<'a>(draft: &mut Draft<'a, '_>, task: Element<'a>) -> Option<JobDefinition> {
    let Some(definition) = task.extension("taskDefinition") else {
        let message = format!(
            "the '{}' has no zeebe:taskDefinition; add one whose type names a step or a job type",
            task.name()
        );
        draft.error("task-definition-missing", task, message);
        return None;
    };
    type_and_retries(draft, definition)
}

/// `type` and `retries` of a task definition or listener.
pub(crate) fn type_and_retries<'a>(
    draft: &mut Draft<'a, '_>,
    definition: Element<'a>,
) -> Option<JobDefinition> {
    let job_type = match definition.attribute("type") {
        Some(text) if !text.trim().is_empty() => draft.value(definition, text),
        _ => {
            let message = format!(
                "the zeebe:{} has no type; name a step or a job type",
                definition.name()
            );
            draft.error("task-type-missing", definition, message);
            None
        }
    };
    let retries = retries(draft, definition);
    Some(JobDefinition {
        job_type: job_type?,
        retries: retries?,
    })
}

fn retries<'a>(draft: &mut Draft<'a, '_>, definition: Element<'a>) -> Option<Value> {
    let text = definition.attribute("retries").unwrap_or(DEFAULT_RETRIES);
    let value = draft.value(definition, text)?;
    if let Value::Literal(literal) = &value
        && (literal.parse::<i32>().is_err() || !literal.bytes().all(|b| b.is_ascii_digit()))
    {
        let message = format!("retries=\"{literal}\" is no whole number of 0 or more; correct it");
        draft.error("retries-invalid", definition, message);
        return None;
    }
    Some(value)
}
