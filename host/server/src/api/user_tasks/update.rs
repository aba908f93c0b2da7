//! Changing attributes of a user task.

use anyam_engine::Command;
use anyam_engine::command::TaskAttributes;
use anyam_engine::key::UserTaskKey;
use anyam_engine::value::Timestamp;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::Api;
use crate::api::answer::{self, Answer};
use crate::api::body::JsonBody;
use crate::api::keys::{Key, PathKey};
use crate::api::problem::Problem;
use crate::api::time::parse_time;

/// What to change of a user task.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateUserTask {
    changeset: Option<Changeset>,
    /// A name for what is done; taken, and not used.
    #[allow(dead_code)]
    action: Option<String>,
}

/// Attributes of a user task; what is absent or null stays as it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Changeset {
    candidate_groups: Option<Vec<String>>,
    candidate_users: Option<Vec<String>>,
    /// RFC 3339; empty removes it.
    due_date: Option<String>,
    /// RFC 3339; empty removes it.
    follow_up_date: Option<String>,
    /// 0 to 100.
    priority: Option<i64>,
}

impl Changeset {
    /// One of these parts: candidate groups and users, due and follow-up date, priority.
    pub fn new(
        candidates: (Option<Vec<String>>, Option<Vec<String>>),
        dates: (Option<String>, Option<String>),
        priority: Option<i64>,
    ) -> Self {
        Self {
            candidate_groups: candidates.0,
            candidate_users: candidates.1,
            due_date: dates.0,
            follow_up_date: dates.1,
            priority,
        }
    }

    /// What the engine is to set.
    pub fn attributes(self, within: &str) -> Result<TaskAttributes, Problem> {
        let texts = |texts: Vec<String>| texts.into_iter().map(Box::from).collect();
        let priority = self.priority.map(|priority| {
            u8::try_from(priority).map_err(|_| {
                Problem::invalid(format!(
                    "{within}.priority must be from 0 to 100, it is {priority}"
                ))
            })
        });
        Ok(TaskAttributes {
            assignee: None,
            candidate_groups: self.candidate_groups.map(texts),
            candidate_users: self.candidate_users.map(texts),
            due_date: date(self.due_date, within, "dueDate")?,
            follow_up_date: date(self.follow_up_date, within, "followUpDate")?,
            priority: priority.transpose()?,
        })
    }
}

/// A date to set: an empty text removes it.
fn date(
    text: Option<String>,
    within: &str,
    name: &str,
) -> Result<Option<Option<Timestamp>>, Problem> {
    match text {
        None => Ok(None),
        Some(text) if text.is_empty() => Ok(Some(None)),
        Some(text) => match parse_time(&text) {
            Some(at) => Ok(Some(Some(Timestamp(at)))),
            None => Err(Problem::invalid(format!(
                "{within}.{name} must be a time such as 2030-01-31T12:00:00Z"
            ))),
        },
    }
}

/// Change attributes of a user task.
#[utoipa::path(patch, path = "/v2/user-tasks/{userTaskKey}", tag = "User tasks",
    params(("userTaskKey" = Key, Path)),
    request_body = UpdateUserTask,
    responses((status = 204, description = "The task is changed.")))]
pub async fn update_user_task(
    State(api): State<Api>,
    PathKey(key): PathKey,
    JsonBody(request): JsonBody<UpdateUserTask>,
) -> Answer {
    let changeset = request.changeset.unwrap_or_default();
    let command = Command::UpdateUserTask {
        task: UserTaskKey(key),
        attributes: Box::new(changeset.attributes("changeset")?),
    };
    api.runtime.command("user task", key, command).await?;
    answer::done()
}
