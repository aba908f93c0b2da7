//! User tasks: read, assign, complete.

mod form;
mod search;
pub mod update;

use anyam_engine::Command;
use anyam_engine::key::UserTaskKey;
use anyam_store::TenantReader;
use anyam_store::records::{ProcessInstance, UserTask, UserTaskState};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Api;
use super::answer::{self, Answer};
use super::body::{JsonBody, OptionalJson};
use super::calls;
use super::keys::{Key, PathKey};
use super::problem::Problem;
use super::tenancy;
use super::time::{Time, parse_time};
use super::variables_json::{self, VariablesIn};

pub fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(search::search_user_tasks))
        .routes(routes!(get_user_task))
        .routes(routes!(form::get_user_task_form))
        .routes(routes!(update::update_user_task))
        .routes(routes!(assign_user_task))
        .routes(routes!(unassign_user_task))
        .routes(routes!(complete_user_task))
}

/// A user task.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserTaskResult {
    user_task_key: Key,
    #[schema(required)]
    name: Option<String>,
    state: TaskLife,
    #[schema(required)]
    assignee: Option<String>,
    candidate_groups: Vec<String>,
    candidate_users: Vec<String>,
    element_id: String,
    element_instance_key: Key,
    process_instance_key: Key,
    #[schema(required)]
    root_process_instance_key: Option<Key>,
    process_definition_key: Key,
    process_definition_id: String,
    process_definition_version: i32,
    #[schema(required)]
    process_name: Option<String>,
    creation_date: Time,
    #[schema(required)]
    completion_date: Option<Time>,
    #[schema(required)]
    due_date: Option<Time>,
    #[schema(required)]
    follow_up_date: Option<Time>,
    /// 0 to 100, higher is more urgent.
    priority: u8,
    /// The form to show that is kept elsewhere.
    #[schema(required)]
    external_form_reference: Option<String>,
    /// The deployed form to show.
    #[schema(required)]
    form_key: Option<Key>,
    custom_headers: std::collections::BTreeMap<String, String>,
    /// Those of its process instance.
    tags: Vec<String>,
    tenant_id: String,
}

/// Where a user task stands.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[schema(as = UserTaskState)]
enum TaskLife {
    /// Waits to be done.
    Created,
    /// Done.
    Completed,
    /// Its element was left without it.
    Canceled,
    /// Its `creating` listeners run.
    Creating,
    /// Its `assigning` listeners run.
    Assigning,
    /// Its `updating` listeners run.
    Updating,
    /// Its `completing` listeners run.
    Completing,
    /// Its `canceling` listeners run.
    Canceling,
}

impl TaskLife {
    /// Every name that clients know.
    const NAMES: &'static [&'static str] = &[
        "CREATED",
        "COMPLETED",
        "CANCELED",
        "CREATING",
        "ASSIGNING",
        "UPDATING",
        "COMPLETING",
        "CANCELING",
        "FAILED",
    ];

    fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }
}

impl From<UserTaskState> for TaskLife {
    fn from(state: UserTaskState) -> Self {
        match state {
            UserTaskState::Created => Self::Created,
            UserTaskState::Completed => Self::Completed,
            UserTaskState::Canceled => Self::Canceled,
            UserTaskState::Creating => Self::Creating,
            UserTaskState::Assigning => Self::Assigning,
            UserTaskState::Updating => Self::Updating,
            UserTaskState::Completing => Self::Completing,
            UserTaskState::Canceling => Self::Canceling,
        }
    }
}

impl UserTaskResult {
    fn new(tenant: &str, rows: TenantReader<'_>, record: &UserTask) -> Result<Self, Problem> {
        let instance = rows.get::<ProcessInstance>(&record.instance)?;
        let root = instance
            .as_ref()
            .map_or(Key(record.instance), calls::root_of);
        let completed = record
            .ended_at
            .filter(|_| record.state == UserTaskState::Completed);
        let record = record.clone();
        Ok(Self {
            user_task_key: Key(record.key),
            name: record.element_name,
            state: record.state.into(),
            assignee: record.assignee,
            candidate_groups: record.candidate_groups,
            candidate_users: record.candidate_users,
            element_id: record.element_id,
            element_instance_key: Key(record.element_instance),
            process_instance_key: Key(record.instance),
            root_process_instance_key: Some(root),
            process_definition_key: Key(record.definition_key),
            process_definition_id: record.process_id,
            process_definition_version: record.process_version,
            process_name: record.process_name,
            creation_date: Time(record.created_at),
            completion_date: completed.map(Time),
            due_date: time(record.due_date.as_deref()).map(Time),
            follow_up_date: time(record.follow_up_date.as_deref()).map(Time),
            priority: record.priority,
            external_form_reference: record.form,
            form_key: record.form_key.map(Key),
            custom_headers: Default::default(),
            tags: instance.map(|instance| instance.tags).unwrap_or_default(),
            tenant_id: tenant.to_owned(),
        })
    }
}

fn time(text: Option<&str>) -> Option<i64> {
    text.and_then(parse_time)
}

/// Get a user task.
#[utoipa::path(get, path = "/v2/user-tasks/{userTaskKey}", tag = "User tasks",
    params(("userTaskKey" = Key, Path)),
    responses((status = 200, body = UserTaskResult)))]
async fn get_user_task(State(api): State<Api>, PathKey(key): PathKey) -> Answer {
    let (tenant, result) = tenancy::find(&api.runtime, ("user task", key), |rows, instance| {
        let record = rows.get::<UserTask>(&(instance, key))?;
        Ok(record.map(|record| UserTaskResult::new("", rows, &record)))
    })?;
    let mut result = result?;
    result.tenant_id = api.runtime.tenants().name(tenant).to_string();
    answer::json(&result)
}

/// Who is to do a user task.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct AssignUserTask {
    assignee: Option<String>,
    /// Whether another assignee may be replaced; true where absent.
    allow_override: Option<bool>,
    /// A name for what is done; taken, and not used.
    #[allow(dead_code)]
    action: Option<String>,
}

/// Assign a user task to someone.
#[utoipa::path(post, path = "/v2/user-tasks/{userTaskKey}/assignment", tag = "User tasks",
    params(("userTaskKey" = Key, Path)),
    request_body = AssignUserTask,
    responses((status = 204, description = "The task is assigned.")))]
async fn assign_user_task(
    State(api): State<Api>,
    PathKey(key): PathKey,
    JsonBody(request): JsonBody<AssignUserTask>,
) -> Answer {
    let assignee = request
        .assignee
        .filter(|assignee| !assignee.is_empty())
        .ok_or_else(|| {
            Problem::invalid("assignee must be given; DELETE /assignee takes the assignee away")
        })?;
    let command = Command::AssignUserTask {
        task: UserTaskKey(key),
        assignee: Some(assignee.into()),
        allow_override: request.allow_override.unwrap_or(true),
    };
    api.runtime.command("user task", key, command).await?;
    answer::done()
}

/// Take the assignee of a user task away.
#[utoipa::path(delete, path = "/v2/user-tasks/{userTaskKey}/assignee", tag = "User tasks",
    params(("userTaskKey" = Key, Path)),
    responses((status = 204, description = "The task has no assignee.")))]
async fn unassign_user_task(State(api): State<Api>, PathKey(key): PathKey) -> Answer {
    let command = Command::AssignUserTask {
        task: UserTaskKey(key),
        assignee: None,
        allow_override: true,
    };
    api.runtime.command("user task", key, command).await?;
    answer::done()
}

/// The result of a user task.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompleteUserTask {
    variables: Option<VariablesIn>,
    /// A name for what is done; taken, and not used.
    #[allow(dead_code)]
    action: Option<String>,
}

/// Complete a user task.
#[utoipa::path(post, path = "/v2/user-tasks/{userTaskKey}/completion", tag = "User tasks",
    params(("userTaskKey" = Key, Path)),
    request_body = Option<CompleteUserTask>,
    responses((status = 204, description = "The task is completed.")))]
async fn complete_user_task(
    State(api): State<Api>,
    PathKey(key): PathKey,
    OptionalJson(request): OptionalJson<CompleteUserTask>,
) -> Answer {
    let variables = variables_json::checked(request.variables, api.limits())?;
    let command = Command::CompleteUserTask {
        task: UserTaskKey(key),
        variables,
    };
    api.runtime.command("user task", key, command).await?;
    answer::done()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_is_written_by_its_name() {
        use TaskLife::*;
        for state in [
            Created, Completed, Canceled, Creating, Assigning, Updating, Completing, Canceling,
        ] {
            assert_eq!(
                serde_json::to_string(&state).unwrap(),
                format!("\"{}\"", state.name())
            );
        }
    }
}
