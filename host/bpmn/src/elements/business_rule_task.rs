//! Business rule task (10.3.3): a decision, or else a step or a job.

use super::{Class, Kind};
use crate::draft::{Draft, Place};
use crate::extensions::{called_decision, task_definition};
use crate::graph::NodeKind;

pub(super) static KIND: Kind = Kind {
    name: "businessRuleTask",
    element_type: "BUSINESS_RULE_TASK",
    class: Class::Task,
    parts: &[],
    extensions: &[
        "calledDecision",
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
    let decision = task.extension("calledDecision");
    let job = task.extension("taskDefinition");
    match (decision, job) {
        (Some(decision), None) => {
            let decision = called_decision::read(draft, decision)?;
            Some(NodeKind::BusinessRuleTask(Box::new(decision)))
        }
        (None, Some(_)) => task_definition::read(draft, task).map(NodeKind::Job),
        (found, _) => {
            let message = match found {
                Some(_) => {
                    "the business rule task has a zeebe:calledDecision and a zeebe:taskDefinition; \
                     keep one"
                }
                None => {
                    "the business rule task has neither a zeebe:calledDecision nor a \
                     zeebe:taskDefinition; add one"
                }
            };
            draft.error("business-rule-implementation", task, message.to_owned());
            None
        }
    }
}
