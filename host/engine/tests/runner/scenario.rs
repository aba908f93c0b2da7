//! `scenario.yaml` as it is written. Times are in seconds.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::starts::Evaluate;

use super::modification::Modify;

/// JSON members by name.
pub type Members = Map<String, Value>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What the case shows, as a sentence.
    pub shows: String,
    /// Task types that are done by steps; all others are jobs for workers.
    #[serde(default)]
    pub steps: Vec<String>,
    /// The process that `start` starts; without it the last one of `process.bpmn`.
    pub process: Option<String>,
    /// Engine limits that differ from the default, by name.
    #[serde(default)]
    pub limits: BTreeMap<String, u64>,
    /// What is done, in order.
    pub scenario: Vec<Step>,
}

/// One command (or none) and what must hold after it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Which instance the step is about: a process id, `id 2` for the second instance of it, and so
    /// on; without it the first of all.
    pub instance: Option<String>,
    /// Starts the first instance with these variables.
    pub start: Option<Members>,
    /// Starts another instance.
    pub start_at: Option<StartAt>,
    /// Deploys a file of the folder, which is not deployed at the beginning then.
    pub deploy: Option<String>,
    pub activate: Option<Activate>,
    pub complete: Option<OfJob>,
    pub fail: Option<Fail>,
    pub step_failed: Option<StepFailed>,
    pub throw: Option<Throw>,
    pub update: Option<Update>,
    /// Moves the clock on and fires each timer at its time.
    pub advance: Option<f64>,
    /// Moves the clock on as if the host had been down, then fires what is due.
    pub downtime: Option<f64>,
    pub publish: Option<Publish>,
    pub broadcast: Option<Broadcast>,
    /// Evaluates the conditions that start processes, with these variables.
    pub evaluate: Option<Evaluate>,
    pub assign: Option<Assign>,
    pub complete_task: Option<CompleteTask>,
    pub set: Option<SetVariables>,
    /// Migrates the instance to the latest version of its process, or to another process.
    pub migrate: Option<Migrate>,
    /// Activates, terminates and moves elements by hand.
    pub modify: Option<Modify>,
    pub update_task: Option<super::results::UpdateTask>,
    pub activate_ad_hoc: Option<super::results::ActivateAdHoc>,
    /// Resolves the incident of this element.
    pub resolve: Option<String>,
    pub cancel: Option<bool>,
    /// The command must be refused with a message that contains this text.
    pub rejected: Option<String>,
    pub expect: Option<Expect>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfJob {
    /// The task.
    pub job: String,
    /// Which of its jobs, oldest first, from 1; without it the oldest that is open.
    pub nth: Option<usize>,
    #[serde(default)]
    pub variables: Members,
    /// What the worker of a listener or an ad-hoc sub-process decides.
    pub result: Option<super::results::Decided>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Activate {
    pub job: String,
    #[serde(rename = "for")]
    pub seconds: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fail {
    pub job: String,
    pub retries: u32,
    #[serde(default)]
    pub backoff: f64,
    #[serde(default)]
    pub message: String,
    #[serde(default)]
    pub variables: Members,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepFailed {
    pub job: String,
    /// The attempt that answers; without it the running one.
    pub attempt: Option<u32>,
    #[serde(default)]
    pub permanent: bool,
    pub retry_after: Option<f64>,
    #[serde(default)]
    pub message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Throw {
    pub job: String,
    pub code: String,
    #[serde(default)]
    pub message: String,
    #[serde(default)]
    pub variables: Members,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Update {
    pub job: String,
    pub retries: Option<u32>,
    /// Seconds from now.
    pub deadline: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publish {
    pub name: String,
    #[serde(default)]
    pub key: String,
    /// How long it is kept for whoever comes to wait for it; without it somebody must wait already.
    pub ttl: Option<f64>,
    #[serde(default)]
    pub variables: Members,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Broadcast {
    pub signal: String,
    #[serde(default)]
    pub variables: Members,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartAt {
    pub process: String,
    /// The start event whose trigger has occurred; without it the none start event.
    pub at: Option<String>,
    #[serde(default)]
    pub variables: Members,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Migrate {
    /// A file that is deployed first.
    pub to: String,
    /// The process in it; without it the one of the instance.
    pub process: Option<String>,
    #[serde(default)]
    pub map: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assign {
    pub task: String,
    /// Without it the assignee is removed.
    pub assignee: Option<String>,
    #[serde(default, rename = "override")]
    pub allow_override: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompleteTask {
    pub task: String,
    #[serde(default)]
    pub variables: Members,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetVariables {
    /// The element whose scope is meant; without it the process.
    pub scope: Option<String>,
    #[serde(default)]
    pub local: bool,
    pub variables: Members,
}

/// What must hold. What is not named is not looked at, but for incidents: without `incidents` there
/// must be none.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// `active`, `completed` or `terminated`.
    pub state: Option<String>,
    /// Live element instances by element: how many.
    pub active: Option<BTreeMap<String, usize>>,
    /// Elements that completed since the start, in order.
    pub completed: Option<Vec<String>>,
    /// Elements that were terminated since the start, in order.
    pub terminated: Option<Vec<String>>,
    /// Sequence flows taken since the start, in order.
    pub flows: Option<Vec<String>>,
    /// The process's variables, all of them.
    pub variables: Option<Members>,
    /// The variables that an element's own scope holds, all of them.
    pub local: Option<BTreeMap<String, Members>>,
    /// Open jobs by task: state, retries and attempt, such as `created 3 attempt 1`.
    pub jobs: Option<BTreeMap<String, String>>,
    /// Types of the open jobs by task, and their priorities where they are not 0: `review 5`.
    pub job_types: Option<BTreeMap<String, String>>,
    /// The variables that open jobs see, by task.
    pub seen: Option<BTreeMap<String, Members>>,
    /// Every header of the open jobs, by task.
    pub headers: Option<BTreeMap<String, BTreeMap<String, String>>>,
    /// Inputs of the step calls that are under way, by task.
    pub inputs: Option<BTreeMap<String, Members>>,
    /// Seconds until each timer is due, in order.
    pub timers: Option<Vec<f64>>,
    /// Open subscriptions to messages as `name/correlation key`, sorted.
    pub subscriptions: Option<Vec<String>>,
    /// Names of the signals that are waited for, sorted.
    pub signals: Option<Vec<String>>,
    /// Elements whose conditions are waited for, sorted.
    pub conditions: Option<Vec<String>>,
    /// What became of decisions since the start, such as `price: 12` or `price failed`.
    pub decisions: Option<Vec<String>>,
    /// Numbers of the iterations that are alive, by activity.
    pub iterations: Option<BTreeMap<String, Vec<u32>>>,
    /// Open user tasks by element, with the members that are to be looked at.
    pub user_tasks: Option<BTreeMap<String, Members>>,
    /// Open incidents by element: the kind, or the kind and a part of the message, such as
    /// `JobNoRetries: down`.
    pub incidents: Option<BTreeMap<String, String>>,
    /// The state of every instance, by name.
    pub instances: Option<BTreeMap<String, String>>,
    /// What must hold of other instances, by name.
    pub of: Option<BTreeMap<String, Expect>>,
}

impl Scenario {
    /// Files that steps deploy.
    pub fn later_files(&self) -> Vec<String> {
        let steps = self.scenario.iter();
        let named = |step: &Step| {
            let target = step.migrate.as_ref().map(|migrate| migrate.to.clone());
            step.deploy.clone().or(target)
        };
        steps.filter_map(named).collect()
    }
}
