//! The user task that the job of a task listener is about.

use anyam_bpmn::graph::ListenerEvent;
use anyam_engine::ChangingTask;
use anyam_engine::value::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::keys::Key;
use crate::api::time::Time;

/// A user task with the change that a listener may correct or deny.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserTaskProperties {
    user_task_key: Key,
    /// What happens to it: `create`, `assign`, `update`, `complete` or `cancel`.
    action: &'static str,
    #[schema(required)]
    assignee: Option<Box<str>>,
    candidate_groups: Vec<Box<str>>,
    candidate_users: Vec<Box<str>>,
    /// The attributes that the change sets.
    changed_attributes: Vec<&'static str>,
    #[schema(required)]
    due_date: Option<Time>,
    #[schema(required)]
    follow_up_date: Option<Time>,
    /// The deployed form to show.
    #[schema(required)]
    form_key: Option<Key>,
    /// The form to show that is kept elsewhere.
    #[schema(required)]
    external_form_reference: Option<Box<str>>,
    priority: u8,
}

impl UserTaskProperties {
    /// Of a task that changes.
    pub fn new(changing: &ChangingTask) -> Self {
        let task = &changing.task;
        let time = |at: Option<Timestamp>| at.map(|at| Time(at.0));
        Self {
            user_task_key: Key(task.key.0),
            action: action(changing.event),
            assignee: task.assignee.clone(),
            candidate_groups: task.candidate_groups.clone(),
            candidate_users: task.candidate_users.clone(),
            changed_attributes: changing.changed.clone(),
            due_date: time(task.due_date),
            follow_up_date: time(task.follow_up_date),
            form_key: task.form.map(|key| Key(key.0)),
            external_form_reference: task.external_form.clone(),
            priority: task.priority,
        }
    }
}

fn action(event: ListenerEvent) -> &'static str {
    match event {
        ListenerEvent::Creating => "create",
        ListenerEvent::Assigning => "assign",
        ListenerEvent::Updating => "update",
        ListenerEvent::Completing => "complete",
        ListenerEvent::Canceling => "cancel",
        // Those are of execution listeners, which see no user task.
        ListenerEvent::Start | ListenerEvent::End => "",
    }
}
