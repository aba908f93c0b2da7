//! What of the API's answers the commands read.
//!
//! Members that are absent or null read as empty: a listing shows what there is.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::findings::FileFinding;

/// Variables as they were sent: numbers keep every digit.
pub type Variables = BTreeMap<String, Box<RawValue>>;

/// One page of a search.
#[derive(Debug, Deserialize)]
pub struct Page<T> {
    /// The matches.
    pub items: Vec<T>,
    /// How many there are in all.
    pub page: PageTotals,
}

/// How many matches a search has.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PageTotals {
    /// Matches in all, as far as they were counted.
    pub total_items: u64,
    /// Whether there are more than were counted.
    #[serde(default)]
    pub has_more_total_items: bool,
}

/// A text; null and absent are empty.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.unwrap_or_default())
}

/// A created, and perhaps awaited, process instance.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Created {
    /// Its key.
    pub process_instance_key: String,
    /// The process it runs.
    pub process_definition_id: String,
    /// The version of the process.
    pub process_definition_version: i64,
    /// The variables at the end, of an awaited instance.
    #[serde(default)]
    pub variables: Variables,
}

/// A process instance.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Instance {
    /// Its key.
    pub process_instance_key: String,
    /// The process it runs.
    pub process_definition_id: String,
    /// The version of the process.
    pub process_definition_version: i64,
    /// `ACTIVE`, `COMPLETED` or `TERMINATED`.
    pub state: String,
    /// When it began.
    pub start_date: String,
    /// When it ended.
    #[serde(default, deserialize_with = "text")]
    pub end_date: String,
    /// Whether an incident holds it up.
    #[serde(default)]
    pub has_incident: bool,
    /// The tenant it belongs to.
    #[serde(default, deserialize_with = "text")]
    pub tenant_id: String,
}

/// An activation of an element.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ElementInstance {
    /// Its key.
    pub element_instance_key: String,
    /// The instance it belongs to.
    #[serde(default, deserialize_with = "text")]
    pub process_instance_key: String,
    /// The element's `id`.
    pub element_id: String,
    /// The element's `name`.
    #[serde(default, deserialize_with = "text")]
    pub element_name: String,
    /// Such as `SERVICE_TASK`.
    pub r#type: String,
    /// `ACTIVE`, `COMPLETED` or `TERMINATED`.
    pub state: String,
    /// When it began.
    pub start_date: String,
    /// When it ended.
    #[serde(default, deserialize_with = "text")]
    pub end_date: String,
}

impl ElementInstance {
    /// How long it took; `None` while it is active.
    pub fn time_taken(&self) -> Option<Duration> {
        let start: Timestamp = self.start_date.parse().ok()?;
        let end: Timestamp = self.end_date.parse().ok()?;
        Duration::try_from(end.duration_since(start)).ok()
    }
}

/// A variable.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value as JSON text.
    pub value: String,
    /// The instance or element instance it belongs to.
    pub scope_key: String,
}

/// A job.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// Its key.
    pub job_key: String,
    /// Its type.
    pub r#type: String,
    /// Such as `CREATED` or `COMPLETED`.
    pub state: String,
    /// Retries left.
    pub retries: i64,
    /// The element it belongs to.
    #[serde(default, deserialize_with = "text")]
    pub element_id: String,
    /// Who works on it.
    #[serde(default, deserialize_with = "text")]
    pub worker: String,
}

/// What happened in an instance, in order.
#[derive(Debug, Deserialize)]
pub struct Events {
    /// Each thing that happened.
    pub items: Vec<StepEvent>,
}

/// Something that happened in an instance. All but the time and the type is that of a step's call.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StepEvent {
    /// When.
    pub time: String,
    /// Such as `STEP_CALLED`.
    pub r#type: String,
    /// The task or the flow.
    #[serde(default, deserialize_with = "text")]
    pub element_id: String,
    /// The job.
    #[serde(default, deserialize_with = "text")]
    pub job_key: String,
    /// Which attempt at the job.
    #[serde(default)]
    pub attempt: u32,
    /// Such as `COMPLETED`.
    #[serde(default, deserialize_with = "text")]
    pub outcome: String,
    /// The code of a BPMN error, or what went wrong.
    #[serde(default, deserialize_with = "text")]
    pub message: String,
    /// How long the call took.
    #[serde(default)]
    pub duration_micros: u64,
    /// What the step wrote.
    #[serde(default)]
    pub log: Vec<LoggedLine>,
}

/// A line that a step wrote.
#[derive(Debug, Deserialize)]
pub struct LoggedLine {
    /// `stdout` or `stderr`.
    pub stream: String,
    /// The line.
    pub text: String,
}

/// An incident.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Incident {
    /// Its key.
    pub incident_key: String,
    /// Such as `JOB_NO_RETRIES`.
    pub error_type: String,
    /// What went wrong.
    #[serde(default, deserialize_with = "text")]
    pub error_message: String,
    /// `ACTIVE` or `RESOLVED`.
    pub state: String,
    /// The element it stands at.
    #[serde(default, deserialize_with = "text")]
    pub element_id: String,
    /// The instance it holds up.
    pub process_instance_key: String,
    /// The job that failed.
    #[serde(default, deserialize_with = "text")]
    pub job_key: String,
    /// When it was raised.
    pub creation_time: String,
}

/// A user task.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserTask {
    /// Its key.
    pub user_task_key: String,
    /// The element's `name`.
    #[serde(default, deserialize_with = "text")]
    pub name: String,
    /// The element's `id`.
    pub element_id: String,
    /// Such as `CREATED` or `COMPLETED`.
    pub state: String,
    /// Who has it.
    #[serde(default, deserialize_with = "text")]
    pub assignee: String,
    /// The instance it belongs to.
    pub process_instance_key: String,
    /// When it was created.
    pub creation_date: String,
}

/// A stored version of a step.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StepVersion {
    /// The step's name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of the component.
    #[serde(default, deserialize_with = "text")]
    pub digest: String,
    /// Whether a call can change or see the outside world.
    #[serde(default, deserialize_with = "text")]
    pub effect: String,
    /// Bytes of the component.
    #[serde(default)]
    pub size: u64,
    /// When it was uploaded.
    #[serde(default, deserialize_with = "text")]
    pub uploaded_at: String,
}

/// A step with its versions, the newest first.
#[derive(Debug, Deserialize)]
pub struct Step {
    /// The versions.
    pub versions: Vec<StepVersion>,
}

/// An upload in pieces.
#[derive(Debug, Deserialize)]
pub struct ComponentUpload {
    /// How many bytes the server has.
    pub offset: usize,
}

/// What a deployment made or found.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deployment {
    /// One entry a resource.
    pub deployments: Vec<DeployedResource>,
    /// What is doubtful in the files.
    #[serde(default)]
    pub findings: Vec<FileFinding>,
}

/// One thing in a deployment.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeployedResource {
    /// A process.
    #[serde(default)]
    pub process_definition: Option<DeployedProcess>,
}

/// A deployed version of a process.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeployedProcess {
    /// The process `id`.
    pub process_definition_id: String,
    /// Its version, counted from 1.
    pub process_definition_version: i64,
    /// The key of this version.
    pub process_definition_key: String,
    /// The file it came in.
    #[serde(default, deserialize_with = "text")]
    pub resource_name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_and_null_are_empty() {
        let task = r#"{"userTaskKey":"1","elementId":"a","state":"CREATED","assignee":null,
            "processInstanceKey":"2","creationDate":"2026-01-31T12:00:00.000Z"}"#;
        let task: UserTask = serde_json::from_str(task).unwrap();
        assert_eq!((task.assignee.as_str(), task.name.as_str()), ("", ""));
    }

    #[test]
    fn an_element_takes_the_time_from_its_start_to_its_end() {
        let element = |end: &str| ElementInstance {
            element_instance_key: "1".into(),
            process_instance_key: "2".into(),
            element_id: "a".into(),
            element_name: String::new(),
            r#type: "SERVICE_TASK".into(),
            state: "ACTIVE".into(),
            start_date: "2026-01-31T12:00:00.000Z".into(),
            end_date: end.into(),
        };
        let took = element("2026-01-31T12:00:01.250Z").time_taken();
        assert_eq!(took, Some(Duration::from_millis(1250)));
        assert_eq!(element("").time_taken(), None);
        assert_eq!(element("2026-01-31T11:00:00.000Z").time_taken(), None);
    }
}
