//! User tasks: created, assigned, completed (10.3.4).

use anyam_bpmn::graph::{UserTaskDefinition, Value};
use serde::{Deserialize, Serialize};
use serde_json::Value as JsonValue;

use crate::execution::{Execution, Stop, Work};
use crate::expressions::{extract, shown};
use crate::instance::{Instance, Phase};
use crate::key::{ElementInstanceKey, UserTaskKey};
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
    pub(crate) created_at: Timestamp,
    /// What is asked of it and waits for its listeners.
    pub(crate) change: Option<Box<Change>>,
}

/// A change of a user task that its listeners have to pass first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Change {
    /// It is to be created.
    Creating,
    /// This assignee is to be set.
    Assigning(Option<Box<str>>),
    /// These attributes are to be set.
    Updating(Attributes),
    /// It is to be completed with this result.
    Completing(Variables),
    /// It is to be cancelled.
    Canceling,
}

/// New attributes of a user task; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Attributes {
    pub(crate) candidate_groups: Option<Vec<Box<str>>>,
    pub(crate) candidate_users: Option<Vec<Box<str>>>,
    pub(crate) due_date: Option<Option<Timestamp>>,
    pub(crate) follow_up_date: Option<Option<Timestamp>>,
    pub(crate) priority: Option<u8>,
}

impl UserTask {
    pub(crate) fn record(&self, instance: &Instance, key: UserTaskKey) -> UserTaskRecord {
        UserTaskRecord {
            key,
            element: instance.elements[&self.element_instance].node,
            element_instance: self.element_instance,
            state: UserTaskState::Created,
            assignee: self.assignee.clone(),
            candidate_groups: self.candidate_groups.clone(),
            candidate_users: self.candidate_users.clone(),
            due_date: self.due_date,
            follow_up_date: self.follow_up_date,
            priority: self.priority,
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
        let task = UserTask {
            element_instance: at,
            assignee: self.optional_text(definition.assignee.as_ref(), at, "assignee")?,
            candidate_groups: self.texts(definition.candidate_groups.as_ref(), at)?,
            candidate_users: self.texts(definition.candidate_users.as_ref(), at)?,
            due_date: self.date(definition.due_date.as_ref(), at, "due date")?,
            follow_up_date: self.date(definition.follow_up_date.as_ref(), at, "follow-up date")?,
            priority: self.priority(definition.priority.as_ref(), at)?,
            created_at: self.now,
            change: None,
        };
        let key = UserTaskKey(self.next_key());
        self.element_mut(at).user_task = Some(key);
        self.instance.user_tasks.insert(key, task);
        self.user_task_event(key, UserTaskState::Created);
        Ok(())
    }

    /// Sets or removes the assignee.
    pub(crate) fn assign_user_task(
        &mut self,
        key: UserTaskKey,
        assignee: Option<Box<str>>,
        allow_override: bool,
    ) -> Result<(), Rejection> {
        let Some(task) = self.instance.user_tasks.get_mut(&key) else {
            return Err(Rejection::NotFound {
                what: "user task",
                key: key.0,
            });
        };
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
        task.assignee = assignee;
        self.user_task_event(key, UserTaskState::Created);
        Ok(())
    }

    /// Completes the task and its element.
    pub(crate) fn complete_user_task(
        &mut self,
        key: UserTaskKey,
        variables: Variables,
    ) -> Result<(), Rejection> {
        let Some(task) = self.instance.user_tasks.get(&key) else {
            return Err(Rejection::NotFound {
                what: "user task",
                key: key.0,
            });
        };
        let at = task.element_instance;
        self.check_payload(&variables, self.result_place(at))?;
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

    fn end_user_task(&mut self, at: ElementInstanceKey, state: UserTaskState) {
        if let Some(key) = self.element_mut(at).user_task.take() {
            self.user_task_event(key, state);
            self.instance.user_tasks.remove(&key);
        }
    }

    pub(crate) fn user_task_event(&mut self, key: UserTaskKey, state: UserTaskState) {
        let Some(task) = self.instance.user_tasks.get(&key) else {
            return;
        };
        let mut record = task.record(&self.instance, key);
        record.state = state;
        record.ended_at = (state != UserTaskState::Created).then_some(self.now);
        self.out.events.push(Event::UserTask(record));
    }

    fn optional_text(
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
