//! What workers of listeners and ad-hoc sub-processes decide when they complete their jobs.

use anyam_engine::command::{AdHocElement, AdHocResult, JobResult, TaskResult};
use anyam_engine::value::Variables;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::limits::RequestLimits;
use crate::api::problem::Problem;
use crate::api::user_tasks::update::Changeset;
use crate::api::variables_json::{self, VariablesIn};

/// A decision that goes with a job's completion.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum JobResultIn {
    /// Of a task listener.
    UserTask(TaskDecision),
    /// Of an ad-hoc sub-process.
    AdHocSubProcess(AdHocDecision),
}

/// What a task listener decides about the change of its user task.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct TaskDecision {
    /// Whether the change is forgotten.
    denied: Option<bool>,
    /// Why it is forgotten; a search of jobs shows it.
    denied_reason: Option<String>,
    /// Attributes to set in the task.
    corrections: Option<Corrections>,
}

/// Attributes that a listener sets; what is absent or null stays as it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Corrections {
    /// Empty removes it.
    assignee: Option<String>,
    candidate_groups: Option<Vec<String>>,
    candidate_users: Option<Vec<String>>,
    /// RFC 3339; empty removes it.
    due_date: Option<String>,
    /// RFC 3339; empty removes it.
    follow_up_date: Option<String>,
    /// 0 to 100.
    priority: Option<i64>,
}

/// What the worker of an ad-hoc sub-process decides.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct AdHocDecision {
    /// What begins.
    activate_elements: Option<Vec<AdHocElementIn>>,
    /// Whether the sub-process is complete.
    is_completion_condition_fulfilled: Option<bool>,
    /// Whether what runs in it is terminated.
    is_cancel_remaining_instances: Option<bool>,
}

/// An element of an ad-hoc sub-process that is to begin.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct AdHocElementIn {
    element_id: String,
    /// Variables of its own.
    variables: Option<VariablesIn>,
}

impl JobResultIn {
    /// The decision for the engine.
    pub fn checked(self, limits: &RequestLimits) -> Result<JobResult, Problem> {
        match self {
            Self::UserTask(decision) => decision.checked(),
            Self::AdHocSubProcess(decision) => decision.checked(limits),
        }
    }
}

impl TaskDecision {
    fn checked(self) -> Result<JobResult, Problem> {
        let corrections = self.corrections.unwrap_or_default();
        let assignee = corrections.assignee;
        let changeset = Changeset::new(
            (corrections.candidate_groups, corrections.candidate_users),
            (corrections.due_date, corrections.follow_up_date),
            corrections.priority,
        );
        let mut corrections = changeset.attributes("corrections")?;
        corrections.assignee = assignee.map(|name| (!name.is_empty()).then(|| name.into()));
        Ok(JobResult::UserTask(TaskResult {
            denied: self.denied.unwrap_or(false),
            denied_reason: self.denied_reason.map(Into::into),
            corrections,
        }))
    }
}

impl AdHocDecision {
    fn checked(self, limits: &RequestLimits) -> Result<JobResult, Problem> {
        Ok(JobResult::AdHoc(AdHocResult {
            activate: elements(self.activate_elements.unwrap_or_default(), limits)?,
            completes: self.is_completion_condition_fulfilled.unwrap_or(false),
            cancel_remaining: self.is_cancel_remaining_instances.unwrap_or(false),
        }))
    }
}

/// What a step decides about the change of a user task.
///
/// # Errors
/// What is wrong with it.
pub fn task_decision(output: &str) -> Result<JobResult, Problem> {
    read::<TaskDecision>(output)?.checked()
}

/// What a step decides about an ad-hoc sub-process, and the variables that it brings.
///
/// # Errors
/// What is wrong with it.
pub fn ad_hoc_decision(
    output: &str,
    limits: &RequestLimits,
) -> Result<(Option<Variables>, JobResult), Problem> {
    let StepDecision {
        variables,
        activate_elements,
        is_completion_condition_fulfilled,
        is_cancel_remaining_instances,
    } = read(output)?;
    let decision = AdHocDecision {
        activate_elements,
        is_completion_condition_fulfilled,
        is_cancel_remaining_instances,
    };
    let variables = variables_json::checked(variables, limits)?;
    Ok((Some(variables), decision.checked(limits)?))
}

/// As [`AdHocDecision`], with the variables that a worker gives beside it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct StepDecision {
    variables: Option<VariablesIn>,
    activate_elements: Option<Vec<AdHocElementIn>>,
    is_completion_condition_fulfilled: Option<bool>,
    is_cancel_remaining_instances: Option<bool>,
}

fn read<'a, T: Deserialize<'a>>(output: &'a str) -> Result<T, Problem> {
    serde_json::from_str(output).map_err(|error| Problem::invalid(error.to_string()))
}

/// The elements to begin, for the engine.
pub fn elements(
    elements: Vec<AdHocElementIn>,
    limits: &RequestLimits,
) -> Result<Vec<AdHocElement>, Problem> {
    let elements = elements.into_iter().map(|element| {
        Ok(AdHocElement {
            element: element.element_id.into(),
            variables: variables_json::checked(element.variables, limits)?,
        })
    });
    elements.collect()
}
