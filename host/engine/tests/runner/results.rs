//! What workers and people decide beside variables: results of listeners and ad-hoc sub-processes.

use anyam_engine::Command;
use anyam_engine::command::{AdHocElement, AdHocResult, JobResult, TaskAttributes, TaskResult};
use anyam_engine::value::Timestamp;
use serde::Deserialize;

use super::commands::{user_task, variables};
use super::running::Running;
use super::scenario::{Members, OfJob, Step};

/// The result of a task listener's job or of an ad-hoc sub-process's.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decided {
    #[serde(default)]
    pub denied: bool,
    pub reason: Option<Box<str>>,
    pub corrected: Option<Attributes>,
    pub ad_hoc: Option<AdHoc>,
}

/// Attributes of a user task; what is missing stays.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Attributes {
    /// An empty text removes it.
    pub assignee: Option<String>,
    pub candidate_groups: Option<Vec<Box<str>>>,
    pub candidate_users: Option<Vec<Box<str>>>,
    /// Milliseconds of Unix time; 0 removes it.
    pub due_date: Option<u64>,
    pub follow_up_date: Option<u64>,
    pub priority: Option<u8>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct AdHoc {
    pub activate: std::collections::BTreeMap<String, Members>,
    pub completes: bool,
    pub cancel_remaining: bool,
}

/// Begins elements of an ad-hoc sub-process.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActivateAdHoc {
    /// The ad-hoc sub-process.
    pub scope: String,
    /// What begins.
    pub elements: Vec<String>,
    /// Variables of each of them.
    #[serde(default)]
    pub variables: Members,
    #[serde(default)]
    pub cancel_remaining: bool,
}

/// Changes attributes of a user task.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpdateTask {
    pub task: String,
    pub set: Attributes,
}

pub fn result(complete: &OfJob) -> Result<Option<Box<JobResult>>, String> {
    let Some(decided) = &complete.result else {
        return Ok(None);
    };
    let result = match &decided.ad_hoc {
        None => JobResult::UserTask(TaskResult {
            denied: decided.denied,
            denied_reason: decided.reason.clone(),
            corrections: decided
                .corrected
                .as_ref()
                .map(attributes)
                .unwrap_or_default(),
        }),
        Some(ad_hoc) => {
            let activate = ad_hoc.activate.iter().map(|(id, own)| AdHocElement {
                element: id.as_str().into(),
                variables: variables(own),
            });
            JobResult::AdHoc(AdHocResult {
                activate: activate.collect(),
                completes: ad_hoc.completes,
                cancel_remaining: ad_hoc.cancel_remaining,
            })
        }
    };
    Ok(Some(Box::new(result)))
}

pub fn commands(running: &Running, step: &Step) -> Result<Vec<Command>, String> {
    let mut commands = Vec::new();
    if let Some(update) = &step.update_task {
        commands.push(Command::UpdateUserTask {
            task: user_task(running, &update.task)?,
            attributes: Box::new(attributes(&update.set)),
        });
    }
    if let Some(activate) = &step.activate_ad_hoc {
        let alive = running.seen.alive(running.graph(), &activate.scope);
        let at = alive.first().copied();
        let at = at.ok_or_else(|| format!("`{}` is not alive", activate.scope))?;
        let elements = activate.elements.iter().map(|id| AdHocElement {
            element: id.as_str().into(),
            variables: variables(&activate.variables),
        });
        commands.push(Command::ActivateAdHoc {
            at,
            elements: elements.collect(),
            cancel_remaining: activate.cancel_remaining,
        });
    }
    Ok(commands)
}

fn attributes(set: &Attributes) -> TaskAttributes {
    let date = |date: Option<u64>| date.map(|ms| (ms > 0).then_some(Timestamp(ms as _)));
    TaskAttributes {
        assignee: set
            .assignee
            .as_ref()
            .map(|name| (!name.is_empty()).then(|| name.as_str().into())),
        candidate_groups: set.candidate_groups.clone(),
        candidate_users: set.candidate_users.clone(),
        due_date: date(set.due_date),
        follow_up_date: date(set.follow_up_date),
        priority: set.priority,
    }
}
