//! User tasks: work for people.

use serde::{Deserialize, Serialize};

use crate::Table;
use crate::record::{Index, IndexSink, Record, TenantOwned};
use crate::records::state_key;

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
    /// Form to show.
    pub form: Option<String>,
    /// Milliseconds since 1970, UTC.
    pub created_at: i64,
    /// Milliseconds since 1970, UTC.
    pub ended_at: Option<i64>,
}

impl Record for UserTask {
    type Owner = TenantOwned;
    type Key<'a> = (u64, u64);
    const TABLE: Table = Table::UserTasks;

    fn key(&self) -> (u64, u64) {
        (self.instance, self.key)
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
