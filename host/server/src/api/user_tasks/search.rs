//! Searching user tasks.

use anyam_store::records::{UserTask, UserTaskState, UserTasksByAssignee, UserTasksByState};
use axum::extract::State;

use super::{TaskLife, UserTaskResult, time};
use crate::api::Api;
use crate::api::answer::Answer;
use crate::api::problem::Problem;
use crate::api::search::schema::{SearchQuery, SearchResult};
use crate::api::search::{
    self, Field, Filter, Kind, Place, SearchBody, Searchable, Source, Value, VariableField,
};
use crate::scan_after;

/// The search of user tasks.
pub struct UserTasks;

impl Searchable for UserTasks {
    type Record = UserTask;
    type Item<'a> = UserTaskResult;
    type Position = [u64; 2];
    const NAME: &'static str = "UserTask";
    const KEY: &'static str = "userTaskKey";
    const FIELDS: &'static [Field<UserTask>] = &[
        Field::new("userTaskKey", Kind::Key, |row| Value::key(row.key)),
        Field::new("name", Kind::Text, |row| {
            Value::maybe_text(row.element_name.as_deref())
        }),
        Field::new("state", Kind::OneOf(TaskLife::NAMES), |row| {
            Value::text(TaskLife::from(row.state).name())
        }),
        Field::new("assignee", Kind::Text, |row| {
            Value::maybe_text(row.assignee.as_deref())
        }),
        Field::new("priority", Kind::Number, |row| {
            Value::Number(row.priority.into())
        }),
        Field::new("elementId", Kind::Text, |row| Value::text(&row.element_id)),
        Field::new("elementInstanceKey", Kind::Key, |row| {
            Value::key(row.element_instance)
        }),
        Field::new("processInstanceKey", Kind::Key, |row| {
            Value::key(row.instance)
        }),
        Field::new("processDefinitionKey", Kind::Key, |row| {
            Value::key(row.definition_key)
        }),
        Field::new("processDefinitionId", Kind::Text, |row| {
            Value::text(&row.process_id)
        }),
        Field::new("creationDate", Kind::Time, |row| {
            Value::Number(row.created_at.into())
        }),
        Field::new("completionDate", Kind::Time, |row| {
            Value::maybe_time(
                row.ended_at
                    .filter(|_| row.state == UserTaskState::Completed),
            )
        }),
        Field::new("followUpDate", Kind::Time, |row| {
            Value::maybe_time(time(row.follow_up_date.as_deref()))
        }),
        Field::new("dueDate", Kind::Time, |row| {
            Value::maybe_time(time(row.due_date.as_deref()))
        }),
        Field::unsorted("candidateGroup", Kind::AnyText, |row| {
            Value::texts(&row.candidate_groups)
        }),
        Field::unsorted("candidateUser", Kind::AnyText, |row| {
            Value::texts(&row.candidate_users)
        }),
    ];
    const VARIABLES: &'static [VariableField<UserTask>] = &[
        VariableField {
            name: "processInstanceVariables",
            place: |row| (row.instance, Some(row.instance)),
        },
        VariableField {
            name: "localVariables",
            place: |row| (row.instance, Some(row.element_instance)),
        },
    ];

    fn position(record: &UserTask) -> [u64; 2] {
        [record.instance, record.key]
    }

    fn source<'r>(
        place: Place<'r>,
        filter: &Filter<UserTask>,
    ) -> Result<Source<'r, UserTask>, Problem> {
        let rows = place.rows();
        if let Some(instances) = place.instances(filter, &["userTaskKey", "elementInstanceKey"])? {
            return Ok(Source::chained(
                instances,
                move |instance, direction, after| {
                    let scan = rows.scan::<UserTask>((instance,), direction);
                    scan_after!(scan, after, |[instance, key]| (instance, key))
                },
            ));
        }
        if let Some(assignee) = filter.text("assignee") {
            let assignee = assignee.to_owned();
            return Ok(Source::by_key(move |direction, after: Option<[u64; 2]>| {
                let scan = rows.index::<UserTasksByAssignee>((&*assignee,), direction);
                scan_after!(scan, after, |[_, key]| (&*assignee, key))
            }));
        }
        let state = match filter.text("state") {
            Some("CREATED") => Some(UserTaskState::Created),
            Some("COMPLETED") => Some(UserTaskState::Completed),
            Some("CANCELED") => Some(UserTaskState::Canceled),
            Some("CREATING") => Some(UserTaskState::Creating),
            Some("ASSIGNING") => Some(UserTaskState::Assigning),
            Some("UPDATING") => Some(UserTaskState::Updating),
            Some("COMPLETING") => Some(UserTaskState::Completing),
            Some("CANCELING") => Some(UserTaskState::Canceling),
            _ => None,
        };
        if let Some(state) = state {
            return Ok(Source::by_key(move |direction, after: Option<[u64; 2]>| {
                let scan = rows.index::<UserTasksByState>((state,), direction);
                scan_after!(scan, after, |[_, key]| (state, key))
            }));
        }
        Ok(Source::own_order(
            move |direction, after: Option<[u64; 2]>| {
                let scan = rows.scan::<UserTask>((), direction);
                scan_after!(scan, after, |[instance, key]| (instance, key))
            },
        ))
    }

    fn item<'a>(place: &'a Place<'_>, record: &'a UserTask) -> Result<UserTaskResult, Problem> {
        UserTaskResult::new(place.tenant_name, place.rows(), record)
    }
}

type UserTasksQuery = SearchQuery<UserTasks>;

/// Search user tasks.
#[utoipa::path(post, path = "/v2/user-tasks/search", tag = "User tasks",
    request_body = Option<UserTasksQuery>,
    responses((status = 200, body = SearchResult<UserTaskResult>)))]
pub async fn search_user_tasks(State(api): State<Api>, body: SearchBody<UserTasks>) -> Answer {
    search::answer(&api, body).await
}
