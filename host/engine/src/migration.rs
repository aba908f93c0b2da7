//! Moving a running instance to another version of its process, or to another process.
//!
//! Everything that lives keeps its key, variables, job, timers and incidents; what changes is the
//! element it stands for. Whatever cannot go on there is refused before anything is changed. Waits
//! of events that have no counterpart are closed, those of new events opened.

use std::collections::BTreeMap;
use std::mem::discriminant;

use anyam_bpmn::graph::{
    EventTrigger, FlowIx, Node, NodeIx, NodeKind, ProcessGraph, ROOT, Repetition,
};

use crate::command::Migration;
use crate::execution::{Execution, Stop};
use crate::instance::rare::Compensable;
use crate::instance::{ElementInstance, Phase};
use crate::key::ElementInstanceKey;
use crate::outcome::Rejection;
use crate::process::Process;
use crate::timers::Purpose;
use crate::transition::{Effect, ElementState, Event, Role, Transition, UserTaskState};
use crate::waits::EventAt;

/// Which element of the target each element becomes.
struct Renames<'a> {
    from: &'a ProcessGraph,
    to: &'a ProcessGraph,
    nodes: BTreeMap<NodeIx, NodeIx>,
}

impl Execution<'_> {
    /// Carries a migration out.
    pub(crate) fn migrate(&mut self, migration: &Migration) -> Result<(), Rejection> {
        let Some(target) = self.target else {
            return Err(invalid("the migration has no target".to_owned()));
        };
        let source = self.process;
        let renames = Renames::new(source.graph(), target.graph(), &migration.mapping)?;
        for (key, element) in &self.instance.elements {
            self.check_element(*key, element, &renames)?;
        }
        let before = self.instance.clone();
        let known = self.close_unmapped(&renames);
        self.rename(&renames);
        self.process = target;
        if let Err(stop) = self.open_new(&known) {
            self.instance = before;
            self.out = Transition::default();
            self.process = source;
            return Err(refusal(stop));
        }
        self.show_all();
        Ok(())
    }

    fn check_element(
        &self,
        key: ElementInstanceKey,
        element: &ElementInstance,
        renames: &Renames<'_>,
    ) -> Result<(), Rejection> {
        let old = renames.from.node(element.node);
        let new = renames.of(element.node, "it has a live instance")?;
        let model = renames.to.node(new);
        if let Some(why) = unlike(old, model) {
            return Err(invalid(format!(
                "`{}` cannot become `{}`: {why}",
                old.id, model.id
            )));
        }
        if key != self.instance.root() {
            let around = self.element(element.scope).node;
            // An iteration stands in its body, which is of the same element.
            if around != element.node && renames.of(around, "it is alive")? != model.scope {
                return Err(invalid(format!(
                    "`{}` cannot become `{}`: they stand in different scopes",
                    old.id, model.id
                )));
            }
        }
        let is_busy = element.rare().is_some_and(|rare| {
            let compensates = rare.compensates || !rare.compensations.is_empty();
            compensates
                || rare.listener.is_some()
                || rare.ending.is_some()
                || !rare.begins.is_empty()
        });
        let waits_for_others = !matches!(
            element.phase,
            Phase::Entering
                | Phase::Opening
                | Phase::Starting
                | Phase::Waiting
                | Phase::Completing
                | Phase::Leaving
        );
        if is_busy || waits_for_others {
            return Err(Rejection::WrongState(format!(
                "`{}` is at its beginning or end and waits for a listener, a handler or somebody to \
                 resolve its incident; migrate the instance after that",
                old.id
            )));
        }
        for (join, arrived) in &element.arrivals {
            let new = renames.of(*join, "tokens wait at it")?;
            if let Some(why) = unlike(renames.from.node(*join), renames.to.node(new)) {
                let id = &renames.from.node(*join).id;
                return Err(invalid(format!("tokens wait at `{id}`: {why}")));
            }
            for flow in arrived.keys() {
                renames.flow(*flow, new)?;
            }
        }
        let done = element.rare().map_or(&[][..], |rare| &rare.compensable);
        for compensable in done {
            renames.check_compensable(compensable)?;
        }
        self.check_waits(key, element, renames)
    }

    /// Each event that is waited for has a counterpart that waits for the same kind of thing, or
    /// none.
    fn check_waits(
        &self,
        key: ElementInstanceKey,
        element: &ElementInstance,
        renames: &Renames<'_>,
    ) -> Result<(), Rejection> {
        let owner = renames.of(element.node, "it is alive")?;
        let target = renames.to.node(owner);
        let may_own = events_of(renames.to, target);
        for at in self.waits_of(key, element) {
            if at.node == element.node {
                continue;
            }
            let Some(new) = renames.nodes.get(&at.node) else {
                if matches!(target.kind, NodeKind::EventBasedGateway(_)) {
                    renames.of(at.node, "the event-based gateway before it waits for it")?;
                }
                continue;
            };
            let (old, new) = (renames.from.node(at.node), (*new, renames.to.node(*new)));
            if !may_own.contains(&new.0) {
                return Err(invalid(format!(
                    "`{}` cannot become `{}`: that does not belong to `{}`",
                    old.id, new.1.id, target.id
                )));
            }
            if let Some(why) = unlike(old, new.1) {
                return Err(invalid(format!(
                    "`{}` cannot become `{}`: {why}",
                    old.id, new.1.id
                )));
            }
        }
        Ok(())
    }

    /// Everything that an element instance waits for.
    fn waits_of(&self, key: ElementInstanceKey, element: &ElementInstance) -> Vec<EventAt> {
        let timers = element.timers.iter().filter_map(|timer| {
            match &self.instance.timers.get(timer)?.purpose {
                Purpose::Event { at, .. } => Some(*at),
                _ => None,
            }
        });
        let open = element.subscriptions.iter();
        let open = open.filter_map(|open| Some(self.instance.subscriptions.get(open)?.at));
        let conditions = self.instance.conditions.values().map(|open| open.at);
        let conditions = conditions.filter(|at| at.owner == key);
        timers.chain(open).chain(conditions).collect()
    }

    /// Closes the waits for events without a counterpart. Gives for each element instance the events
    /// of the target that it knows already.
    fn close_unmapped(
        &mut self,
        renames: &Renames<'_>,
    ) -> BTreeMap<ElementInstanceKey, Vec<NodeIx>> {
        let mut known = BTreeMap::new();
        let keys: Vec<_> = self.instance.elements.keys().copied().collect();
        for key in keys {
            let node = self.element(key).node;
            let events = events_of(renames.from, renames.from.node(node));
            let mut has = Vec::new();
            for event in events {
                match renames.nodes.get(&event) {
                    Some(new) => has.push(*new),
                    None => self.close_waits_for(key, event),
                }
            }
            known.insert(key, has);
        }
        known
    }

    fn rename(&mut self, renames: &Renames<'_>) {
        let to = |node: &mut NodeIx| {
            if let Some(new) = renames.nodes.get(node) {
                *node = *new;
            }
        };
        for element in self.instance.elements.values_mut() {
            to(&mut element.node);
            element.arrivals = std::mem::take(&mut element.arrivals)
                .into_iter()
                .map(|(mut join, arrived)| {
                    to(&mut join);
                    let flows = arrived.into_iter();
                    let flow = |flow| renames.flow(flow, join).unwrap_or(flow);
                    (join, flows.map(|(at, count)| (flow(at), count)).collect())
                })
                .collect();
            if element.rare().is_none() {
                continue;
            }
            let rare = element.rare_mut();
            rare.occurred = std::mem::take(&mut rare.occurred)
                .into_iter()
                .map(|(mut node, came)| {
                    to(&mut node);
                    (node, came)
                })
                .collect();
            rare.activated = std::mem::take(&mut rare.activated)
                .into_iter()
                .filter_map(|(node, flows)| {
                    let join = *renames.nodes.get(&node)?;
                    let flows = flows.into_iter();
                    let flows = flows.filter_map(|flow| renames.flow(flow, join).ok());
                    Some((join, flows.collect()))
                })
                .collect();
            for done in &mut rare.compensable {
                to(&mut done.node);
            }
        }
        for timer in self.instance.timers.values_mut() {
            if let Purpose::Event { at, .. } = &mut timer.purpose {
                to(&mut at.node);
            }
        }
        for open in self.instance.conditions.values_mut() {
            to(&mut open.at.node);
        }
        for (key, open) in &mut self.instance.subscriptions {
            to(&mut open.at.node);
            // The same subscription, of another element now.
            let record = open.record(*key);
            self.out.effects.push(Effect::OpenSubscription(record));
        }
    }

    /// Opens the waits for events of the target that nobody has waited for before.
    fn open_new(&mut self, known: &BTreeMap<ElementInstanceKey, Vec<NodeIx>>) -> Result<(), Stop> {
        for (key, known) in known {
            let element = self.element(*key);
            if element.phase != Phase::Waiting {
                continue;
            }
            let role = element.role();
            let graph = self.process.graph();
            let node = self.node_of(*key);
            let mut new = events_of(graph, node);
            new.retain(|event| {
                let of_body = graph.node(*event).kind.is_boundary();
                !(known.contains(event) || of_body && matches!(role, Role::Iteration(_)))
            });
            self.open_waits(*key, &new)?;
        }
        Ok(())
    }

    /// Shows everything under its new element.
    fn show_all(&mut self) {
        let keys: Vec<_> = self.instance.elements.keys().copied().collect();
        for key in keys {
            self.element_event(key, ElementState::Active);
        }
        let jobs = self.instance.jobs().map(Event::Job);
        let incidents = self.instance.incidents().map(Event::Incident);
        let shown: Vec<_> = jobs.chain(incidents).collect();
        self.out.events.extend(shown);
        let tasks: Vec<_> = self.instance.user_tasks.keys().copied().collect();
        for task in tasks {
            self.user_task_event(task, UserTaskState::Created);
        }
        self.instance_event();
    }
}

impl<'a> Renames<'a> {
    fn new(
        from: &'a ProcessGraph,
        to: &'a ProcessGraph,
        mapping: &[(Box<str>, Box<str>)],
    ) -> Result<Self, Rejection> {
        let mut nodes = BTreeMap::from([(ROOT, ROOT)]);
        let find = |graph: &ProcessGraph, id: &str| {
            graph.find(id).filter(|ix| *ix != ROOT).ok_or_else(|| {
                let shown: String = id.chars().take(100).collect();
                invalid(format!(
                    "the process `{}` has no element `{shown}`",
                    graph.id
                ))
            })
        };
        for (source, target) in mapping {
            let (source_ix, target_ix) = (find(from, source)?, find(to, target)?);
            if nodes.insert(source_ix, target_ix).is_some() {
                return Err(invalid(format!("`{source}` is mapped twice")));
            }
        }
        Ok(Self { from, to, nodes })
    }

    /// What an element becomes.
    fn of(&self, node: NodeIx, why: &str) -> Result<NodeIx, Rejection> {
        self.nodes.get(&node).copied().ok_or_else(|| {
            let id = &self.from.node(node).id;
            invalid(format!("`{id}` has no mapping, and {why}; map it"))
        })
    }

    /// The incoming flow of a join of the target that has the id of this one.
    fn flow(&self, flow: FlowIx, join: NodeIx) -> Result<FlowIx, Rejection> {
        let id = &self.from.flow(flow).id;
        let join = self.to.node(join);
        let same = |ix: &&FlowIx| self.to.flow(**ix).id == *id;
        join.incoming.iter().find(same).copied().ok_or_else(|| {
            invalid(format!(
                "a token has come to a join by the sequence flow `{id}`, and none of that id leads \
                 to `{}`",
                join.id
            ))
        })
    }

    fn check_compensable(&self, done: &Compensable) -> Result<(), Rejection> {
        let new = self.of(done.node, "it has completed and may be compensated")?;
        let (old, new) = (self.from.node(done.node), self.to.node(new));
        if old.extras().compensation.is_some() && new.extras().compensation.is_none() {
            return Err(invalid(format!(
                "`{}` has completed and may be compensated; `{}` has no compensation handler",
                old.id, new.id
            )));
        }
        Ok(())
    }
}

/// The events that an instance of a node waits for beside its own: boundary events, start events of
/// the event sub-processes in it, events behind an event-based gateway.
fn events_of(graph: &ProcessGraph, node: &Node) -> Vec<NodeIx> {
    let mut events = node.boundaries.clone();
    if let Some(scope) = node.kind.scope() {
        let starts = scope.event_sub_processes.iter().filter_map(|ix| {
            let inside = graph.node(*ix).kind.scope()?;
            inside.event_starts.first().copied()
        });
        events.extend(starts);
    }
    if matches!(node.kind, NodeKind::EventBasedGateway(_)) {
        events.extend(node.outgoing.iter().map(|flow| graph.flow(*flow).target));
    }
    events
}

/// Why one node cannot become the other.
fn unlike(old: &Node, new: &Node) -> Option<&'static str> {
    let interrupts = |node: &Node| match node.kind {
        NodeKind::BoundaryEvent { interrupting, .. }
        | NodeKind::StartEvent { interrupting, .. } => interrupting,
        _ => false,
    };
    let parts = |node: &Node| -> Vec<_> {
        let trigger = node.kind.trigger();
        let parts = trigger.map_or(&[][..], EventTrigger::parts);
        parts.iter().map(discriminant).collect()
    };
    let repeated = |node: &Node| match &node.extras().repetition {
        None => 0,
        Some(Repetition::Standard(_)) => 1,
        Some(Repetition::Multi(multi)) => 2 + u8::from(multi.sequential),
    };
    if old.element_type() != new.element_type()
        || discriminant(&old.kind) != discriminant(&new.kind)
    {
        Some("they are elements of different types")
    } else if old.job().is_some() != new.job().is_some() {
        Some("one is done by a job and the other is not")
    } else if parts(old) != parts(new) {
        Some("they wait for or throw different things")
    } else if interrupts(old) != interrupts(new) {
        Some("one interrupts and the other does not")
    } else if repeated(old) != repeated(new) {
        Some("one is repeated in another way than the other")
    } else {
        None
    }
}

fn refusal(stop: Stop) -> Rejection {
    invalid(match stop {
        Stop::Incident(_, message) => message,
        Stop::Evaluate(_) => {
            "a new event needs an expression that is too costly to be evaluated in a migration"
                .to_owned()
        }
    })
}

fn invalid(message: String) -> Rejection {
    Rejection::Invalid(message)
}

impl Migration {
    /// The process that the instance runs from now on.
    pub fn target(&self) -> &Process {
        &self.target.0
    }
}
