//! User tasks: created, assigned, completed (10.3.4).

use anyam_bpmn::graph::{ListenerEvent, NodeIx, UserTaskDefinition, Value};
use serde::{Deserialize, Serialize};
use serde_json::Value as JsonValue;

use crate::command::TaskAttributes;
use crate::execution::{Execution, Stop, Work};
use crate::expressions::{extract, shown};
use crate::instance::{Instance, Phase};
use crate::key::{ElementInstanceKey, ResourceKey, UserTaskKey};
use crate::outcome::Rejection;
use crate::time;
use crate::transition::{Event, IncidentKind, UserTaskRecord, UserTaskState};
use crate::value::{Timestamp, Variables};

/// The priority of a task whose model sets none.
const DEFAULT_PRIORITY: u8 = 50;

/// An open user task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct UserTask {
    pub(crate) element_instance: ElementInstanceKey,
    pub(crate) assignee: Option<Box<str>>,
    pub(crate) candidate_groups: Vec<Box<str>>,
    pub(crate) candidate_users: Vec<Box<str>>,
    pub(crate) due_date: Option<Timestamp>,
    pub(crate) follow_up_date: Option<Timestamp>,
    pub(crate) priority: u8,
    pub(crate) external_form: Option<Box<str>>,
    pub(crate) form: Option<ResourceKey>,
    pub(crate) created_at: Timestamp,
    /// What is asked of it and waits for its listeners.
    pub(crate) change: Option<Box<Change>>,
}

/// A change of a user task that its listeners have to pass first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Change {
    /// It is to be created, and then to be given this assignee.
    Creating(Option<Box<str>>),
    /// This assignee is to be set.
    Assigning(Option<Box<str>>),
    /// These attributes are to be set.
    Updating(TaskAttributes),
    /// It is to be completed with this result.
    Completing(Variables),
    /// It is to be cancelled, because this boundary event has occurred and brought this.
    Canceling {
        /// The boundary event.
        event: NodeIx,
        /// What it brought.
        variables: Variables,
    },
    /// It is to be cancelled, because a scope around it ends.
    Ending,
}

impl UserTask {
    pub(crate) fn record(&self, instance: &Instance, key: UserTaskKey) -> UserTaskRecord {
        UserTaskRecord {
            key,
            element: instance.elements[&self.element_instance].node,
            element_instance: self.element_instance,
            state: match self.change.as_deref() {
                None => UserTaskState::Created,
                Some(Change::Creating(_)) => UserTaskState::Creating,
                Some(Change::Assigning(_)) => UserTaskState::Assigning,
                Some(Change::Updating(_)) => UserTaskState::Updating,
                Some(Change::Completing(_)) => UserTaskState::Completing,
                Some(Change::Canceling { .. } | Change::Ending) => UserTaskState::Canceling,
            },
            assignee: self.assignee.clone(),
            candidate_groups: self.candidate_groups.clone(),
            candidate_users: self.candidate_users.clone(),
            due_date: self.due_date,
            follow_up_date: self.follow_up_date,
            priority: self.priority,
            external_form: self.external_form.clone(),
            form: self.form,
            created_at: self.created_at,
            ended_at: None,
        }
    }
}

impl Execution<'_> {
    /// Creates the task of an element instance.
    pub(crate) fn create_user_task(
        &mut self,
        at: ElementInstanceKey,
        definition: &UserTaskDefinition,
    ) -> Result<(), Stop> {
        let form = self.form(at, definition.form.as_ref())?;
        let mut task = UserTask {
            element_instance: at,
            assignee: self.optional_text(definition.assignee.as_ref(), at, "assignee")?,
            candidate_groups: self.texts(definition.candidate_groups.as_ref(), at)?,
            candidate_users: self.texts(definition.candidate_users.as_ref(), at)?,
            due_date: self.date(definition.due_date.as_ref(), at, "due date")?,
            follow_up_date: self.date(definition.follow_up_date.as_ref(), at, "follow-up date")?,
            priority: self.priority(definition.priority.as_ref(), at)?,
            external_form: form.external,
            form: form.key,
            created_at: self.now,
            change: None,
        };
        let key = UserTaskKey(self.next_key());
        self.element_mut(at).user_task = Some(key);
        let assigns = task.assignee.is_some() && self.has_listeners(at, ListenerEvent::Assigning);
        let assignee = if assigns { task.assignee.take() } else { None };
        let change = if self.has_listeners(at, ListenerEvent::Creating) {
            Some(Change::Creating(assignee))
        } else {
            assigns.then_some(Change::Assigning(assignee))
        };
        self.instance.user_tasks.insert(key, task);
        match change {
            Some(change) => self.begin_change(key, change),
            None => self.user_task_event(key),
        }
        Ok(())
    }

    /// Sets or removes the assignee.
    pub(crate) fn assign_user_task(
        &mut self,
        key: UserTaskKey,
        assignee: Option<Box<str>>,
        allow_override: bool,
    ) -> Result<(), Rejection> {
        let task = self.free_task(key)?;
        let at = task.element_instance;
        let held_by_other = task.assignee.is_some() && task.assignee != assignee;
        if held_by_other && assignee.is_some() && !allow_override {
            return Err(Rejection::WrongState(format!(
                "user task {key} is already assigned"
            )));
        }
        if assignee
            .as_ref()
            .is_some_and(|name| name.len() > self.limits.max_text_bytes)
        {
            return Err(Rejection::Invalid(format!(
                "the assignee has more than {} bytes (limit max_text_bytes)",
                self.limits.max_text_bytes
            )));
        }
        if self.has_listeners(at, ListenerEvent::Assigning) {
            self.begin_change(key, Change::Assigning(assignee));
        } else if let Some(task) = self.instance.user_tasks.get_mut(&key) {
            task.assignee = assignee;
            self.user_task_event(key);
        }
        Ok(())
    }

    /// Changes attributes of the task.
    pub(crate) fn update_user_task(
        &mut self,
        key: UserTaskKey,
        attributes: TaskAttributes,
    ) -> Result<(), Rejection> {
        let at = self.free_task(key)?.element_instance;
        self.check_attributes(&attributes)?;
        if self.has_listeners(at, ListenerEvent::Updating) {
            self.begin_change(key, Change::Updating(attributes));
        } else {
            self.set_attributes(key, attributes);
        }
        Ok(())
    }

    /// Refuses attributes that no task may have.
    pub(crate) fn check_attributes(&self, attributes: &TaskAttributes) -> Result<(), Rejection> {
        let lists = [&attributes.candidate_groups, &attributes.candidate_users];
        let lists = lists.into_iter().flatten();
        if let Some(long) = lists.clone().find(|l| l.len() > self.limits.max_candidates) {
            return Err(Rejection::Invalid(format!(
                "the task would have {} candidates, allowed are {} (limit max_candidates)",
                long.len(),
                self.limits.max_candidates
            )));
        }
        let assignee = attributes.assignee.iter().flatten();
        let mut texts = lists.flatten().chain(assignee);
        if texts.any(|text| text.len() > self.limits.max_text_bytes) {
            return Err(Rejection::Invalid(format!(
                "an assignee or candidate has more than {} bytes (limit max_text_bytes)",
                self.limits.max_text_bytes
            )));
        }
        match attributes.priority {
            Some(priority) if priority > 100 => Err(Rejection::Invalid(format!(
                "the priority must be from 0 to 100, but is {priority}"
            ))),
            _ => Ok(()),
        }
    }

    pub(crate) fn set_attributes(&mut self, key: UserTaskKey, attributes: TaskAttributes) {
        let Some(task) = self.instance.user_tasks.get_mut(&key) else {
            return;
        };
        let TaskAttributes {
            assignee,
            candidate_groups,
            candidate_users,
            due_date,
            follow_up_date,
            priority,
        } = attributes;
        task.assignee = assignee.unwrap_or_else(|| task.assignee.take());
        task.candidate_groups =
            candidate_groups.unwrap_or_else(|| std::mem::take(&mut task.candidate_groups));
        task.candidate_users =
            candidate_users.unwrap_or_else(|| std::mem::take(&mut task.candidate_users));
        task.due_date = due_date.unwrap_or(task.due_date);
        task.follow_up_date = follow_up_date.unwrap_or(task.follow_up_date);
        task.priority = priority.unwrap_or(task.priority);
        self.user_task_event(key);
    }

    /// Completes the task and its element.
    pub(crate) fn complete_user_task(
        &mut self,
        key: UserTaskKey,
        variables: Variables,
    ) -> Result<(), Rejection> {
        let at = self.free_task(key)?.element_instance;
        self.check_payload(&variables, self.result_place(at))?;
        if self.has_listeners(at, ListenerEvent::Completing) {
            self.begin_change(key, Change::Completing(variables));
            return Ok(());
        }
        self.end_user_task(at, UserTaskState::Completed);
        self.take_result(at, variables);
        self.element_mut(at).phase = Phase::Completing;
        self.agenda.push_back(Work::Drive(at));
        Ok(())
    }

    /// Cancels the task of an element instance, where it has one.
    pub(crate) fn cancel_user_task(&mut self, at: ElementInstanceKey) {
        self.end_user_task(at, UserTaskState::Canceled);
    }

    pub(crate) fn end_user_task(&mut self, at: ElementInstanceKey, state: UserTaskState) {
        let Some(key) = self.element_mut(at).user_task.take() else {
            return;
        };
        self.take_change(key);
        if let Some(task) = self.instance.user_tasks.get(&key) {
            let mut record = task.record(&self.instance, key);
            record.state = state;
            record.ended_at = Some(self.now);
            self.out.events.push(Event::UserTask(record));
            self.instance.user_tasks.remove(&key);
        }
    }

    /// Shows a task as it is now.
    pub(crate) fn user_task_event(&mut self, key: UserTaskKey) {
        if let Some(task) = self.instance.user_tasks.get(&key) {
            let record = task.record(&self.instance, key);
            self.out.events.push(Event::UserTask(record));
        }
    }

    pub(crate) fn optional_text(
        &mut self,
        value: Option<&Value>,
        at: ElementInstanceKey,
        what: &str,
    ) -> Result<Option<Box<str>>, Stop> {
        let Some(value) = value else {
            return Ok(None);
        };
        match self.setting(value, at)? {
            JsonValue::Null => Ok(None),
            JsonValue::String(text) => {
                let text = self.bounded(text, what)?;
                Ok(if text.is_empty() { None } else { Some(text) })
            }
            other => Err(extract(format!(
                "the {what} must be a text, but is {}",
                shown(&other)
            ))),
        }
    }

    fn texts(
        &mut self,
        value: Option<&Value>,
        at: ElementInstanceKey,
    ) -> Result<Vec<Box<str>>, Stop> {
        let Some(value) = value else {
            return Ok(Vec::new());
        };
        let texts: Vec<String> = match self.setting(value, at)? {
            JsonValue::Null => Vec::new(),
            JsonValue::String(text) => text
                .split(',')
                .map(|part| part.trim().to_owned())
                .filter(|part| !part.is_empty())
                .collect(),
            list @ JsonValue::Array(_) => serde_json::from_value(list)
                .map_err(|_| extract("the candidates must be a list of texts".to_owned()))?,
            other => {
                let found = shown(&other);
                return Err(extract(format!(
                    "the candidates must be a list, but are {found}"
                )));
            }
        };
        if texts.len() > self.limits.max_candidates {
            let message = format!(
                "the task has {} candidates, allowed are {} (limit max_candidates)",
                texts.len(),
                self.limits.max_candidates
            );
            return Err(Stop::Incident(IncidentKind::ResourceLimit, message));
        }
        texts
            .into_iter()
            .map(|text| self.bounded(text, "candidate"))
            .collect()
    }

    fn date(
        &mut self,
        value: Option<&Value>,
        at: ElementInstanceKey,
        what: &str,
    ) -> Result<Option<Timestamp>, Stop> {
        let text = self.optional_text(value, at, what)?;
        text.map(|text| time::instant(&text))
            .transpose()
            .map_err(extract)
    }

    fn priority(&mut self, value: Option<&Value>, at: ElementInstanceKey) -> Result<u8, Stop> {
        let Some(value) = value else {
            return Ok(DEFAULT_PRIORITY);
        };
        let value = self.setting(value, at)?;
        let number = match &value {
            JsonValue::Null => Some(u64::from(DEFAULT_PRIORITY)),
            JsonValue::String(text) => text.trim().parse().ok(),
            other => other.as_u64(),
        };
        match number.and_then(|n| u8::try_from(n).ok()) {
            Some(priority @ 0..=100) => Ok(priority),
            _ => Err(extract(format!(
                "the priority must be a whole number from 0 to 100, but is {}",
                shown(&value)
            ))),
        }
    }
}
