//! What somebody sees who only reads effects and events, as a runtime and its store do.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use anyam_bpmn::graph::ProcessGraph;
use anyam_engine::key::{
    ElementInstanceKey, IncidentKey, JobKey, SubscriptionKey, TimerKey, UserTaskKey,
};
use anyam_engine::transition::{
    Effect, ElementRecord, ElementState, Event, IncidentRecord, InstanceRecord, InstanceState,
    JobRecord, JobState, StepInvocation, Subscription, Transition, UserTaskRecord, UserTaskState,
};
use anyam_engine::value::{Json, Timestamp, Variables};
use anyam_feel::dmn::{Evaluated, Failed};

#[derive(Default)]
pub struct Seen {
    pub instance: Option<InstanceRecord>,
    pub elements: BTreeMap<ElementInstanceKey, ElementRecord>,
    pub jobs: BTreeMap<JobKey, JobRecord>,
    pub user_tasks: BTreeMap<UserTaskKey, UserTaskRecord>,
    pub incidents: BTreeMap<IncidentKey, IncidentRecord>,
    pub timers: BTreeMap<TimerKey, Timestamp>,
    pub subscriptions: BTreeMap<SubscriptionKey, Subscription>,
    pub variables: BTreeMap<(ElementInstanceKey, Box<str>), Json>,
    pub calls: BTreeMap<JobKey, StepInvocation>,
    pub ended: Option<(InstanceState, Variables)>,
    /// Every job there ever was, by task, oldest first.
    pub all_jobs: BTreeMap<String, Vec<JobKey>>,
    pub all_user_tasks: BTreeMap<String, UserTaskKey>,
    pub completed: Vec<String>,
    pub terminated: Vec<String>,
    pub flows: Vec<String>,
    /// What became of decisions, such as `price: 12` or `price failed`.
    pub decisions: Vec<String>,
    /// What goes to other instances and nobody has taken yet.
    pub sent: VecDeque<Effect>,
}

impl Seen {
    /// Takes a transition in. An error tells what does not fit what was seen before.
    pub fn take(&mut self, graph: &ProcessGraph, transition: &Transition) -> Result<(), String> {
        for event in &transition.events {
            self.event(graph, event)?;
        }
        transition
            .effects
            .iter()
            .try_for_each(|effect| self.effect(effect))
    }

    fn event(&mut self, graph: &ProcessGraph, event: &Event) -> Result<(), String> {
        match event {
            Event::Instance(record) => self.instance = Some(record.clone()),
            Event::Element(record) => self.element(graph, record)?,
            Event::Variable(v) => {
                self.variables
                    .insert((v.scope, v.name.clone()), v.value.clone());
            }
            Event::Job(record) => {
                let id = &graph.node(record.element).id;
                let known = self.all_jobs.entry(id.to_string()).or_default();
                if !known.contains(&record.key) {
                    known.push(record.key);
                }
                if record.ended_at.is_some() {
                    self.jobs.remove(&record.key);
                    self.calls.remove(&record.key);
                } else {
                    if record.state != JobState::Created {
                        self.calls.remove(&record.key);
                    }
                    self.jobs.insert(record.key, record.clone());
                }
            }
            Event::UserTask(record) => {
                let id = &graph.node(record.element).id;
                self.all_user_tasks.insert(id.to_string(), record.key);
                if record.state == UserTaskState::Created {
                    self.user_tasks.insert(record.key, record.clone());
                } else {
                    self.user_tasks
                        .remove(&record.key)
                        .ok_or("an unknown user task ended")?;
                }
            }
            Event::Incident(record) => {
                if record.resolved_at.is_none() {
                    self.incidents.insert(record.key, record.clone());
                } else {
                    self.incidents
                        .remove(&record.key)
                        .ok_or("an unknown incident was resolved")?;
                }
            }
            Event::FlowTaken { flow } => self.flows.push(graph.flow(*flow).id.to_string()),
            Event::DecisionEvaluated(record) => self.decisions.push(decided(&record.result)),
            Event::MessageCorrelated { .. } | Event::SignalReceived { .. } => {}
        }
        Ok(())
    }

    fn element(&mut self, graph: &ProcessGraph, record: &ElementRecord) -> Result<(), String> {
        let id = &graph.node(record.element).id;
        if record.state == ElementState::Active {
            self.elements.insert(record.key, record.clone());
            return Ok(());
        }
        let known = self.elements.remove(&record.key);
        known.ok_or_else(|| format!("`{id}` ended and was not alive"))?;
        if record.incident.is_some() {
            return Err(format!("`{id}` ended with an incident open"));
        }
        self.variables.retain(|(scope, _), _| *scope != record.key);
        match record.state {
            ElementState::Completed => self.completed.push(id.to_string()),
            _ => self.terminated.push(id.to_string()),
        }
        Ok(())
    }

    fn effect(&mut self, effect: &Effect) -> Result<(), String> {
        match effect {
            Effect::InvokeStep(call) => {
                self.calls.insert(call.job, call.clone());
            }
            Effect::ScheduleTimer { timer, due } => {
                self.timers.insert(*timer, *due);
            }
            Effect::CancelTimer { timer, due } => {
                let known = self.timers.remove(timer);
                if known != Some(*due) {
                    return Err(format!(
                        "timer {timer} was cancelled for {due:?}, not {known:?}"
                    ));
                }
            }
            Effect::OpenSubscription(open) => {
                self.subscriptions.insert(open.key, open.clone());
            }
            Effect::CloseSubscription(open) => {
                let known = self.subscriptions.remove(&open.key);
                if known.as_ref() != Some(open) {
                    return Err(format!("subscription {} was closed and not open", open.key));
                }
            }
            Effect::StartChild { .. }
            | Effect::CancelChild { .. }
            | Effect::ThrowToParent { .. }
            | Effect::PublishMessage { .. }
            | Effect::BroadcastSignal { .. } => self.sent.push_back(effect.clone()),
            Effect::Ended { how, variables } => {
                if self.ended.is_some() {
                    return Err("the instance ended twice".to_owned());
                }
                self.ended = Some((*how, variables.clone()));
            }
        }
        Ok(())
    }

    /// The distinct live element instances of an element.
    pub fn alive(&self, graph: &ProcessGraph, id: &str) -> BTreeSet<ElementInstanceKey> {
        let alive = self
            .elements
            .values()
            .filter(|e| *graph.node(e.element).id == *id);
        alive.map(|e| e.key).collect()
    }
}

fn decided(result: &Result<Evaluated, Box<Failed>>) -> String {
    match result {
        Ok(evaluated) => {
            let asked = evaluated.decisions.last();
            let id = asked.map_or("a decision service", |asked| &*asked.id);
            format!("{id}: {}", evaluated.output)
        }
        Err(failed) => format!("{} failed", failed.decision_id),
    }
}
