//! The state of one process instance: what is alive, and nothing else.

pub(crate) mod rare;
mod v1;

use std::collections::BTreeMap;

use anyam_bpmn::graph::{FlowIx, NodeIx, ROOT};
use serde::{Deserialize, Serialize};

use crate::incidents::Incident;
use crate::jobs::{Job, JobKind};
use crate::key::{
    ConditionKey, ElementInstanceKey, IncidentKey, InstanceKey, JobKey, SubscriptionKey, TimerKey,
    UserTaskKey, VariableKey,
};
use crate::process::Process;
use crate::subscriptions::OpenSubscription;
use crate::timers::Timer;
use crate::transition::{
    ElementRecord, ElementState, IncidentRecord, InstanceRecord, InstanceState, JobRecord, Parent,
    Role, StepInvocation, Subscription, UserTaskRecord,
};
use crate::user_tasks::{Change, UserTask};
use crate::value::{Json, Timestamp, Variables};
use crate::waits::OpenCondition;

pub(crate) use rare::Rare;

/// One process instance. What has ended is not in it; history lives in the events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Instance {
    pub(crate) key: InstanceKey,
    /// Who called it.
    pub(crate) parent: Option<Parent>,
    pub(crate) state: InstanceState,
    pub(crate) started: bool,
    pub(crate) started_at: Timestamp,
    pub(crate) ended_at: Option<Timestamp>,
    /// Live element instances; the process itself is the one with the instance's own key.
    pub(crate) elements: BTreeMap<ElementInstanceKey, ElementInstance>,
    pub(crate) jobs: BTreeMap<JobKey, Job>,
    pub(crate) timers: BTreeMap<TimerKey, Timer>,
    pub(crate) subscriptions: BTreeMap<SubscriptionKey, OpenSubscription>,
    pub(crate) conditions: BTreeMap<ConditionKey, OpenCondition>,
    pub(crate) user_tasks: BTreeMap<UserTaskKey, UserTask>,
    pub(crate) incidents: BTreeMap<IncidentKey, Incident>,
    /// Bytes of all variables, names included.
    pub(crate) variable_bytes: usize,
    /// Number of all variables.
    pub(crate) variable_count: usize,
}

/// One live activation of an element.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ElementInstance {
    pub(crate) node: NodeIx,
    /// The scope it runs in; of the process, itself.
    pub(crate) scope: ElementInstanceKey,
    pub(crate) phase: Phase,
    pub(crate) started_at: Timestamp,
    pub(crate) incident: Option<IncidentKey>,
    pub(crate) job: Option<JobKey>,
    pub(crate) user_task: Option<UserTaskKey>,
    /// Timers of the element and of the events it owns: boundary events of an activity, start events
    /// of the event sub-processes in a scope, events after an event-based gateway.
    pub(crate) timers: Vec<TimerKey>,
    /// Subscriptions of the element and of the events it owns.
    pub(crate) subscriptions: Vec<SubscriptionKey>,
    pub(crate) variables: BTreeMap<Box<str>, Variable>,
    /// Live children and tokens on their way to become one. A scope with none is done.
    pub(crate) tokens: u32,
    /// Tokens that wait at joins in this scope, by join and incoming flow.
    pub(crate) arrivals: BTreeMap<NodeIx, BTreeMap<FlowIx, u32>>,
    /// See [`ElementInstance::rare`].
    rare: Option<Box<Rare>>,
}

/// A variable in a scope.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Variable {
    pub(crate) key: VariableKey,
    pub(crate) value: Json,
}

/// How far an element instance has come. An incident leaves it in the phase that failed, so that
/// resolving repeats exactly that part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Phase {
    /// Input mappings come next.
    Entering,
    /// Timers and subscriptions of its boundary events come next.
    Opening,
    /// Its own behaviour comes next.
    Starting,
    /// Waits for a command or for its children.
    Waiting,
    /// Output mappings come next.
    Completing,
    /// Choosing and taking its outgoing flows comes next.
    Leaving,
    /// Waits for its `start` or `creating` listeners.
    StartListeners,
    /// Waits for its `end` or `completing` listeners.
    EndListeners,
    /// Is to end and waits for its `canceling` listeners.
    CancelListeners,
    /// Waits for the compensation handlers that it has set off.
    Compensating,
    /// A transaction that is cancelled and waits for its compensation handlers.
    Cancelling,
}

/// Why bytes are not an encoded instance.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// There is no byte at all.
    #[error("the encoded process instance is empty")]
    Empty,
    /// Written by a version this one does not know.
    #[error("the encoded process instance has format version {0}, known are 1 to {FORMAT}")]
    UnknownVersion(u8),
    /// The bytes do not follow the format.
    #[error("the encoded process instance is corrupt: {0}")]
    Corrupt(String),
}

/// The version byte in front of every encoded instance.
const FORMAT: u8 = 2;

impl Instance {
    /// A fresh instance; [`crate::Command::Start`] sets it going.
    pub fn new(key: InstanceKey, started_at: Timestamp) -> Self {
        let root_key = ElementInstanceKey(key.0);
        let root = ElementInstance::new(ROOT, root_key, Phase::Waiting, started_at);
        Self {
            key,
            parent: None,
            state: InstanceState::Active,
            started: false,
            started_at,
            ended_at: None,
            elements: BTreeMap::from([(root_key, root)]),
            jobs: BTreeMap::new(),
            timers: BTreeMap::new(),
            subscriptions: BTreeMap::new(),
            conditions: BTreeMap::new(),
            user_tasks: BTreeMap::new(),
            incidents: BTreeMap::new(),
            variable_bytes: 0,
            variable_count: 0,
        }
    }

    /// Its key.
    pub fn key(&self) -> InstanceKey {
        self.key
    }

    /// The call activity that it runs for, where it was called.
    pub fn parent(&self) -> Option<Parent> {
        self.parent
    }

    /// The key of its root scope.
    pub fn root(&self) -> ElementInstanceKey {
        ElementInstanceKey(self.key.0)
    }

    /// Its state.
    pub fn state(&self) -> InstanceState {
        self.state
    }

    /// Bytes of all its variables, names included.
    pub fn variable_bytes(&self) -> usize {
        self.variable_bytes
    }

    /// Whether it is over and accepts no command.
    pub fn is_ended(&self) -> bool {
        self.state != InstanceState::Active
    }

    /// When it was started.
    pub fn started_at(&self) -> Timestamp {
        self.started_at
    }

    /// Its own record, as the last [`crate::transition::Event::Instance`] showed it.
    pub fn record(&self) -> InstanceRecord {
        InstanceRecord {
            state: self.state,
            parent: self.parent,
            started_at: self.started_at,
            ended_at: self.ended_at,
            has_incident: !self.incidents.is_empty(),
        }
    }

    /// A job that is not over.
    pub fn job(&self, job: JobKey) -> Option<JobRecord> {
        self.jobs.get(&job).map(|state| state.record(self, job))
    }

    /// Every job that is not over, by key.
    pub fn jobs(&self) -> impl Iterator<Item = JobRecord> + '_ {
        self.jobs.iter().map(|(key, job)| job.record(self, *key))
    }

    /// Every timer that is scheduled, with the time it is due.
    pub fn timers(&self) -> impl Iterator<Item = (TimerKey, Timestamp)> + '_ {
        self.timers.iter().map(|(key, timer)| (*key, timer.due))
    }

    /// Every open subscription.
    pub fn subscriptions(&self) -> impl Iterator<Item = Subscription> + '_ {
        self.subscriptions
            .iter()
            .map(|(key, open)| open.record(*key))
    }

    /// Every open wait for a condition: the event, and the element instance that owns the wait.
    pub fn conditions(
        &self,
    ) -> impl Iterator<Item = (ConditionKey, NodeIx, ElementInstanceKey)> + '_ {
        let open = self.conditions.iter();
        open.map(|(key, open)| (*key, open.at.node, open.at.owner))
    }

    /// The variables that the worker of a job that is not over sees: those that the element sees, and
    /// for a `completing` listener what its user task is to be completed with.
    pub fn job_variables(&self, job: JobKey) -> Option<Variables> {
        let job = self.jobs.get(&job)?;
        Some(self.variables_for(job.element_instance, job.kind))
    }

    /// As [`Instance::job_variables`], for a job of this kind that an element instance is to get.
    pub(crate) fn variables_for(&self, at: ElementInstanceKey, kind: JobKind) -> Variables {
        let mut visible = self.visible_variables(at);
        let task = self.elements.get(&at).and_then(|element| element.user_task);
        let change = task.and_then(|task| self.user_tasks.get(&task)?.change.as_deref());
        if let (JobKind::TaskListener, Some(Change::Completing(pending))) = (kind, change) {
            visible.extend(pending.clone());
        }
        visible
    }

    /// A user task that is not over.
    pub fn user_task(&self, task: UserTaskKey) -> Option<UserTaskRecord> {
        self.user_tasks
            .get(&task)
            .map(|state| state.record(self, task))
    }

    /// Every user task that is not over, by key.
    pub fn user_tasks(&self) -> impl Iterator<Item = UserTaskRecord> + '_ {
        self.user_tasks
            .iter()
            .map(|(key, task)| task.record(self, *key))
    }

    /// An open incident.
    pub fn incident(&self, incident: IncidentKey) -> Option<IncidentRecord> {
        self.incidents
            .get(&incident)
            .map(|state| state.record(self, incident))
    }

    /// Every open incident, by key.
    pub fn incidents(&self) -> impl Iterator<Item = IncidentRecord> + '_ {
        self.incidents
            .iter()
            .map(|(key, incident)| incident.record(self, *key))
    }

    /// A live element instance other than the process itself.
    pub fn element_instance(&self, key: ElementInstanceKey) -> Option<ElementRecord> {
        let element = self.elements.get(&key).filter(|_| key != self.root())?;
        Some(element.record(key))
    }

    /// Whether the element instance is alive.
    pub fn contains(&self, element_instance: ElementInstanceKey) -> bool {
        self.elements.contains_key(&element_instance)
    }

    /// Every live element instance but the process itself: key, element and scope.
    pub fn element_instances(
        &self,
    ) -> impl Iterator<Item = (ElementInstanceKey, NodeIx, ElementInstanceKey)> + '_ {
        let root = self.root();
        self.elements
            .iter()
            .filter(move |(key, _)| **key != root)
            .map(|(key, element)| (*key, element.node, element.scope))
    }

    /// The variables of the root scope.
    pub fn root_variables(&self) -> Variables {
        self.local_variables(self.root())
    }

    /// The variables that `scope` itself holds; none where it is not alive.
    pub fn local_variables(&self, scope: ElementInstanceKey) -> Variables {
        let element = self.elements.get(&scope);
        let own = element.iter().flat_map(|e| e.variables.iter());
        own.map(|(name, variable)| (name.clone(), variable.value.clone()))
            .collect()
    }

    /// The variables that `scope` sees: its own and those of the scopes around it, the inner one
    /// winning. The input of a job.
    pub fn visible_variables(&self, scope: ElementInstanceKey) -> Variables {
        let mut visible = Variables::new();
        for element in self.scopes(scope) {
            for (name, variable) in &element.variables {
                if !visible.contains_key(name) {
                    visible.insert(name.clone(), variable.value.clone());
                }
            }
        }
        visible
    }

    /// The calls of steps that are under way: what a runtime starts again after a crash. Each one
    /// copies its input, so take them one at a time where memory matters.
    pub fn pending_invocations<'a>(
        &'a self,
        process: &'a Process,
    ) -> impl Iterator<Item = StepInvocation> + 'a {
        let running = self.jobs.iter().filter(|(_, job)| job.is_running_step());
        running.map(|(key, job)| job.invocation(self, process, *key))
    }

    /// Appends the encoded state: a version byte, then postcard. Equal instances give equal bytes.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.push(FORMAT);
        let buffer = std::mem::take(out);
        *out = postcard::to_extend(self, buffer)
            .expect("maps, vectors and numbers always fit a growing buffer");
    }

    /// Reads what [`Instance::encode`] wrote.
    ///
    /// # Errors
    /// The bytes are of another version or damaged. Damage that gives another well-formed instance
    /// is the store's to detect.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (version, body) = bytes.split_first().ok_or(DecodeError::Empty)?;
        let corrupt = |error: postcard::Error| DecodeError::Corrupt(error.to_string());
        let (instance, rest) = match *version {
            1 => {
                let (old, rest): (v1::InstanceV1, _) =
                    postcard::take_from_bytes(body).map_err(corrupt)?;
                let upgraded = old.upgrade();
                let instance = upgraded.map_err(|what| DecodeError::Corrupt(what.to_owned()))?;
                (instance, rest)
            }
            FORMAT => postcard::take_from_bytes(body).map_err(corrupt)?,
            unknown => return Err(DecodeError::UnknownVersion(unknown)),
        };
        if !rest.is_empty() {
            return Err(DecodeError::Corrupt(format!(
                "{} bytes too many",
                rest.len()
            )));
        }
        instance
            .check()
            .map_err(|what| DecodeError::Corrupt(what.to_owned()))?;
        Ok(instance)
    }

    /// The value `scope` sees under a name: its own or that of the nearest scope around it.
    pub(crate) fn visible(&self, scope: ElementInstanceKey, name: &str) -> Option<&Json> {
        self.scopes(scope)
            .find_map(|e| e.variables.get(name))
            .map(|v| &v.value)
    }

    /// `from` and the scopes around it, inner to outer.
    pub(crate) fn scopes(
        &self,
        from: ElementInstanceKey,
    ) -> impl Iterator<Item = &ElementInstance> + '_ {
        self.scope_keys(from)
            .filter_map(|key| self.elements.get(&key))
    }

    /// The keys of `from` and the scopes around it, inner to outer.
    pub(crate) fn scope_keys(
        &self,
        from: ElementInstanceKey,
    ) -> impl Iterator<Item = ElementInstanceKey> + '_ {
        let root = self.root();
        let up = move |key: &ElementInstanceKey| {
            if *key == root {
                None
            } else {
                self.elements.get(key).map(|e| e.scope)
            }
        };
        std::iter::successors(Some(from), up)
    }
}

impl ElementInstance {
    pub(crate) fn new(
        node: NodeIx,
        scope: ElementInstanceKey,
        phase: Phase,
        started_at: Timestamp,
    ) -> Self {
        Self {
            node,
            scope,
            phase,
            started_at,
            incident: None,
            job: None,
            user_task: None,
            timers: Vec::new(),
            subscriptions: Vec::new(),
            variables: BTreeMap::new(),
            tokens: 0,
            arrivals: BTreeMap::new(),
            rare: None,
        }
    }

    /// What only few element instances hold, to read.
    pub(crate) fn rare(&self) -> Option<&Rare> {
        self.rare.as_deref()
    }

    /// What only few element instances hold, to change; from now on it holds some.
    pub(crate) fn rare_mut(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// Its part in a repeated activity.
    pub(crate) fn role(&self) -> Role {
        self.rare().map_or(Role::Plain, |rare| rare.role)
    }

    pub(crate) fn record(&self, key: ElementInstanceKey) -> ElementRecord {
        ElementRecord {
            key,
            element: self.node,
            role: self.role(),
            scope: self.scope,
            state: ElementState::Active,
            started_at: self.started_at,
            ended_at: None,
            incident: self.incident,
        }
    }
}
