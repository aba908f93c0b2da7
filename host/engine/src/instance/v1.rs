//! Format version 1 of an encoded instance, read and no longer written.

use std::collections::BTreeMap;

use anyam_bpmn::graph::{FlowIx, NodeIx};
use serde::Deserialize;

use super::{ElementInstance, Instance, Phase, Variable};
use crate::incidents::Incident;
use crate::jobs::{self, Job, JobKind};
use crate::key::{
    ElementInstanceKey, IncidentKey, InstanceKey, JobKey, SubscriptionKey, TimerKey, UserTaskKey,
};
use crate::subscriptions::OpenSubscription;
use crate::timers::{Purpose, Repeat, Timer};
use crate::transition::{Awaited, InstanceState, JobState};
use crate::user_tasks::UserTask;
use crate::value::Timestamp;
use crate::waits::EventAt;

#[derive(Deserialize)]
pub(super) struct InstanceV1 {
    key: InstanceKey,
    state: InstanceState,
    started: bool,
    started_at: Timestamp,
    ended_at: Option<Timestamp>,
    elements: BTreeMap<ElementInstanceKey, ElementInstanceV1>,
    jobs: BTreeMap<JobKey, JobV1>,
    timers: BTreeMap<TimerKey, TimerV1>,
    subscriptions: BTreeMap<SubscriptionKey, SubscriptionV1>,
    user_tasks: BTreeMap<UserTaskKey, UserTaskV1>,
    incidents: BTreeMap<IncidentKey, Incident>,
    variable_bytes: usize,
    variable_count: usize,
}

#[derive(Deserialize)]
struct ElementInstanceV1 {
    node: NodeIx,
    scope: ElementInstanceKey,
    phase: Phase,
    started_at: Timestamp,
    incident: Option<IncidentKey>,
    job: Option<JobKey>,
    user_task: Option<UserTaskKey>,
    timers: Vec<TimerKey>,
    subscriptions: Vec<SubscriptionKey>,
    variables: BTreeMap<Box<str>, Variable>,
    tokens: u32,
    arrivals: BTreeMap<NodeIx, BTreeMap<FlowIx, u32>>,
}

#[derive(Deserialize)]
struct JobV1 {
    element_instance: ElementInstanceKey,
    job_type: Box<str>,
    step: bool,
    retries: u32,
    attempt: u32,
    state: JobState,
    worker: Option<Box<str>>,
    deadline: Option<Timestamp>,
    error_message: Option<Box<str>>,
    error_code: Option<Box<str>>,
    created_at: Timestamp,
    timer: Option<TimerKey>,
}

#[derive(Deserialize)]
struct TimerV1 {
    due: Timestamp,
    purpose: PurposeV1,
}

#[derive(Deserialize)]
enum PurposeV1 {
    Catch(ElementInstanceKey),
    Boundary {
        host: ElementInstanceKey,
        boundary: NodeIx,
        repeat: Option<Repeat>,
    },
    JobBackoff(JobKey),
    JobDeadline(JobKey),
}

#[derive(Deserialize)]
struct SubscriptionV1 {
    element: NodeIx,
    element_instance: ElementInstanceKey,
    message_name: Box<str>,
    correlation_key: Box<str>,
}

#[derive(Deserialize)]
struct UserTaskV1 {
    element_instance: ElementInstanceKey,
    assignee: Option<Box<str>>,
    candidate_groups: Vec<Box<str>>,
    candidate_users: Vec<Box<str>>,
    due_date: Option<Timestamp>,
    follow_up_date: Option<Timestamp>,
    priority: u8,
    created_at: Timestamp,
}

impl InstanceV1 {
    /// The same instance in the present format. An error is what the bytes lack.
    pub(super) fn upgrade(self) -> Result<Instance, &'static str> {
        let mut timers = BTreeMap::new();
        for (key, timer) in self.timers {
            let purpose = match timer.purpose {
                PurposeV1::Catch(owner) => {
                    let element = self.elements.get(&owner);
                    let node = element
                        .ok_or("a timer belongs to no element instance")?
                        .node;
                    Purpose::Event {
                        at: EventAt::only(owner, node),
                        repeat: None,
                    }
                }
                PurposeV1::Boundary {
                    host,
                    boundary,
                    repeat,
                } => Purpose::Event {
                    at: EventAt::only(host, boundary),
                    repeat,
                },
                PurposeV1::JobBackoff(job) => Purpose::JobBackoff(job),
                PurposeV1::JobDeadline(job) => Purpose::JobDeadline(job),
            };
            let due = timer.due;
            timers.insert(key, Timer { due, purpose });
        }
        Ok(Instance {
            key: self.key,
            parent: None,
            state: self.state,
            started: self.started,
            started_at: self.started_at,
            ended_at: self.ended_at,
            elements: upgraded(self.elements),
            jobs: upgraded(self.jobs),
            timers,
            subscriptions: upgraded(self.subscriptions),
            conditions: BTreeMap::new(),
            user_tasks: upgraded(self.user_tasks),
            incidents: self.incidents,
            variable_bytes: self.variable_bytes,
            variable_count: self.variable_count,
        })
    }
}

fn upgraded<K: Ord, Old, New: From<Old>>(old: BTreeMap<K, Old>) -> BTreeMap<K, New> {
    let pairs = old.into_iter();
    pairs.map(|(key, value)| (key, value.into())).collect()
}

impl From<ElementInstanceV1> for ElementInstance {
    fn from(old: ElementInstanceV1) -> Self {
        Self {
            node: old.node,
            scope: old.scope,
            phase: old.phase,
            started_at: old.started_at,
            incident: old.incident,
            job: old.job,
            user_task: old.user_task,
            timers: old.timers,
            subscriptions: old.subscriptions,
            variables: old.variables,
            tokens: old.tokens,
            arrivals: old.arrivals,
            rare: None,
        }
    }
}

impl From<JobV1> for Job {
    fn from(old: JobV1) -> Self {
        Self {
            element_instance: old.element_instance,
            kind: JobKind::BpmnElement,
            listener: None,
            priority: jobs::DEFAULT_PRIORITY,
            job_type: old.job_type,
            step: old.step,
            retries: old.retries,
            attempt: old.attempt,
            state: old.state,
            worker: old.worker,
            deadline: old.deadline,
            error_message: old.error_message,
            error_code: old.error_code,
            headers: Vec::new(),
            created_at: old.created_at,
            timer: old.timer,
        }
    }
}

impl From<SubscriptionV1> for OpenSubscription {
    fn from(old: SubscriptionV1) -> Self {
        Self {
            at: EventAt::only(old.element_instance, old.element),
            awaits: Awaited::Message {
                name: old.message_name,
                correlation_key: old.correlation_key,
            },
        }
    }
}

impl From<UserTaskV1> for UserTask {
    fn from(old: UserTaskV1) -> Self {
        Self {
            element_instance: old.element_instance,
            assignee: old.assignee,
            candidate_groups: old.candidate_groups,
            candidate_users: old.candidate_users,
            due_date: old.due_date,
            follow_up_date: old.follow_up_date,
            priority: old.priority,
            external_form: None,
            form: None,
            created_at: old.created_at,
            change: None,
        }
    }
}
