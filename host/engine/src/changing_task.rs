//! A user task as its listeners see it: with the change that they may correct or deny.

use anyam_bpmn::graph::ListenerEvent;

use crate::command::TaskAttributes;
use crate::instance::Instance;
use crate::key::JobKey;
use crate::transition::{JobKind, UserTaskRecord};
use crate::user_tasks::Change;

/// What a task listener's job is about.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangingTask {
    /// The task as it will be.
    pub task: UserTaskRecord,
    /// What happens to it.
    pub event: ListenerEvent,
    /// The attributes that the change sets, as the API names them.
    pub changed: Vec<&'static str>,
}

impl Instance {
    /// The user task that the job of a task listener is about.
    pub fn changing_task(&self, job: JobKey) -> Option<ChangingTask> {
        let job = self.jobs.get(&job);
        let job = job.filter(|job| job.kind == JobKind::TaskListener)?;
        let key = self.elements.get(&job.element_instance)?.user_task?;
        let task = self.user_tasks.get(&key)?;
        let change = task.change.as_deref()?;
        let mut record = task.record(self, key);
        let changed = match change {
            Change::Assigning(assignee) => {
                record.assignee.clone_from(assignee);
                vec!["assignee"]
            }
            Change::Updating(attributes) => set(&mut record, attributes),
            Change::Creating(assignee) => {
                // It is assigned once it is created.
                if assignee.is_some() {
                    record.assignee.clone_from(assignee);
                }
                Vec::new()
            }
            Change::Completing(_) | Change::Canceling { .. } | Change::Ending => Vec::new(),
        };
        Some(ChangingTask {
            task: record,
            event: change.event(),
            changed,
        })
    }
}

/// Sets the attributes, and tells which those are.
fn set(task: &mut UserTaskRecord, attributes: &TaskAttributes) -> Vec<&'static str> {
    let TaskAttributes {
        assignee,
        candidate_groups,
        candidate_users,
        due_date,
        follow_up_date,
        priority,
    } = attributes;
    let mut changed = Vec::new();
    let mut note = |name, is_set| {
        if is_set {
            changed.push(name);
        }
    };
    note("assignee", put(&mut task.assignee, assignee));
    note(
        "candidateGroups",
        put(&mut task.candidate_groups, candidate_groups),
    );
    note(
        "candidateUsers",
        put(&mut task.candidate_users, candidate_users),
    );
    note("dueDate", put(&mut task.due_date, due_date));
    note(
        "followUpDate",
        put(&mut task.follow_up_date, follow_up_date),
    );
    note("priority", put(&mut task.priority, priority));
    changed
}

fn put<T: Clone>(attribute: &mut T, value: &Option<T>) -> bool {
    if let Some(value) = value {
        attribute.clone_from(value);
    }
    value.is_some()
}
