//! User tasks: work for people.

use serde::{Deserialize, Serialize};

use crate::record::{Index, IndexSink, Record, TenantOwned, decode_since_version_1};
use crate::records::state_key;
use crate::{Result, Table};

/// Where a user task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum UserTaskState {
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

state_key!(UserTaskState);

/// A user task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserTask {
    /// Key.
    pub key: u64,
    /// The process instance.
    pub instance: u64,
    /// The process definition.
    pub definition_key: u64,
    /// Id of the process.
    pub process_id: String,
    /// Version of the process.
    pub process_version: i32,
    /// Name of the process.
    pub process_name: Option<String>,
    /// The user task in the model.
    pub element_id: String,
    /// Its name.
    pub element_name: Option<String>,
    /// The activation of it.
    pub element_instance: u64,
    /// Where it stands.
    pub state: UserTaskState,
    /// Who does it.
    pub assignee: Option<String>,
    /// Groups that may take it.
    pub candidate_groups: Vec<String>,
    /// People who may take it.
    pub candidate_users: Vec<String>,
    /// When it should be done; ISO 8601.
    pub due_date: Option<String>,
    /// When to come back to it; ISO 8601.
    pub follow_up_date: Option<String>,
    /// 0 to 100, higher is more urgent.
    pub priority: u8,
    /// Form to show that is kept elsewhere.
    pub form: Option<String>,
    /// Milliseconds since 1970, UTC.
    pub created_at: i64,
    /// Milliseconds since 1970, UTC.
    pub ended_at: Option<i64>,
    /// Deployed form to show: its [`DeployedFile`](super::DeployedFile).
    pub form_key: Option<u64>,
}

/// A user task as version 1 wrote it, which knew no deployed forms.
#[derive(Deserialize)]
struct UserTaskV1 {
    key: u64,
    instance: u64,
    definition_key: u64,
    process_id: String,
    process_version: i32,
    process_name: Option<String>,
    element_id: String,
    element_name: Option<String>,
    element_instance: u64,
    state: UserTaskState,
    assignee: Option<String>,
    candidate_groups: Vec<String>,
    candidate_users: Vec<String>,
    due_date: Option<String>,
    follow_up_date: Option<String>,
    priority: u8,
    form: Option<String>,
    created_at: i64,
    ended_at: Option<i64>,
}

impl From<UserTaskV1> for UserTask {
    fn from(old: UserTaskV1) -> Self {
        Self {
            key: old.key,
            instance: old.instance,
            definition_key: old.definition_key,
            process_id: old.process_id,
            process_version: old.process_version,
            process_name: old.process_name,
            element_id: old.element_id,
            element_name: old.element_name,
            element_instance: old.element_instance,
            state: old.state,
            assignee: old.assignee,
            candidate_groups: old.candidate_groups,
            candidate_users: old.candidate_users,
            due_date: old.due_date,
            follow_up_date: old.follow_up_date,
            priority: old.priority,
            form: old.form,
            created_at: old.created_at,
            ended_at: old.ended_at,
            form_key: None,
        }
    }
}

impl Record for UserTask {
    type Owner = TenantOwned;
    type Key<'a> = (u64, u64);
    const TABLE: Table = Table::UserTasks;
    const VERSION: u8 = 2;

    fn key(&self) -> (u64, u64) {
        (self.instance, self.key)
    }

    fn decode(version: u8, bytes: &[u8]) -> Result<Self> {
        decode_since_version_1::<UserTaskV1, Self>(version, bytes)
    }

    fn indexes(&self, sink: &mut IndexSink) {
        sink.entry::<UserTasksByState>(&(self.state, self.key));
        if let Some(assignee) = &self.assignee {
            sink.entry::<UserTasksByAssignee>(&(&**assignee, self.key));
        }
    }
}

/// User tasks by (state, key).
pub enum UserTasksByState {}

impl Index for UserTasksByState {
    type Record = UserTask;
    type Key<'a> = (UserTaskState, u64);
    const TABLE: Table = Table::UserTasksByState;
}

/// Assigned user tasks by (assignee, key).
pub enum UserTasksByAssignee {}

impl Index for UserTasksByAssignee {
    type Record = UserTask;
    type Key<'a> = (&'a str, u64);
    const TABLE: Table = Table::UserTasksByAssignee;
}
