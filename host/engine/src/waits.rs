//! Waits for events: opened together, closed with their owner, and what follows when one occurs.
//!
//! A wait is known by its [`EventAt`]. Whatever it is for (a message, signal, time or condition),
//! what it leads to is decided in one place, [`Execution::occurred`].

use anyam_bpmn::graph::{EventTrigger, MessageIx, NodeIx, NodeKind};
use serde::{Deserialize, Serialize};

use crate::execution::{Execution, Stop, Work};
use crate::instance::Phase;
use crate::key::{ElementInstanceKey, SubscriptionKey, TimerKey};
use crate::outcome::Rejection;
use crate::subscriptions::OpenSubscription;
use crate::timers::{Planned, Purpose};
use crate::transition::{Awaited, Role};
use crate::value::Variables;
use crate::variables::Place;

/// One trigger of one event that is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct EventAt {
    /// Who waits: the catching event or task itself, the activity that a boundary event sits on, the
    /// scope that an event sub-process stands in, or the event-based gateway before an event.
    pub(crate) owner: ElementInstanceKey,
    /// The event or task that is waited for.
    pub(crate) node: NodeIx,
    /// Which of the event's triggers: its position in [`EventTrigger::parts`].
    pub(crate) trigger: u8,
}

impl EventAt {
    /// The only trigger of an event.
    pub(crate) fn only(owner: ElementInstanceKey, node: NodeIx) -> Self {
        Self {
            owner,
            node,
            trigger: 0,
        }
    }
}

/// A wait for a condition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct OpenCondition {
    pub(crate) at: EventAt,
    /// What the condition gave when it was last evaluated: it occurs when it becomes true.
    pub(crate) last: bool,
}

/// A wait whose expressions are evaluated and which is not open yet: either all waits of an
/// element open or, where one expression fails, none.
#[derive(Debug)]
pub(crate) enum Prepared {
    Subscription(OpenSubscription),
    Timer(Planned, EventAt),
    Condition(EventAt),
}

impl Execution<'_> {
    /// Opens the waits of an activity's boundary events (10.5.4).
    pub(crate) fn open_boundaries(&mut self, host: ElementInstanceKey) -> Result<(), Stop> {
        if matches!(self.element(host).role(), Role::Iteration(_)) {
            return Ok(());
        }
        let boundaries = &self.node_of(host).boundaries;
        self.open_waits(host, boundaries)
    }

    /// Opens the waits for every trigger of these events, or none where an expression fails.
    pub(crate) fn open_waits(
        &mut self,
        owner: ElementInstanceKey,
        events: &[NodeIx],
    ) -> Result<(), Stop> {
        let mut waits = Vec::new();
        for node in events {
            self.prepare_waits(owner, *node, &mut waits)?;
        }
        for wait in waits {
            match wait {
                Prepared::Subscription(subscription) => self.open(subscription),
                Prepared::Timer(planned, at) => {
                    let repeat = planned.repeat;
                    self.schedule(planned.due, Purpose::Event { at, repeat });
                }
                Prepared::Condition(at) => self.open_condition(at),
            }
        }
        Ok(())
    }

    /// Evaluates what the waits for one event need.
    fn prepare_waits(
        &mut self,
        owner: ElementInstanceKey,
        node: NodeIx,
        waits: &mut Vec<Prepared>,
    ) -> Result<(), Stop> {
        let kind = &self.process.node(node).kind;
        if let NodeKind::ReceiveTask { message, .. } = kind {
            waits.push(self.message_wait(EventAt::only(owner, node), *message)?);
        }
        let parts = kind.trigger().map_or(&[][..], EventTrigger::parts);
        for (trigger, part) in (0..).zip(parts) {
            let at = EventAt {
                owner,
                node,
                trigger,
            };
            match part {
                EventTrigger::Message(message) => waits.push(self.message_wait(at, *message)?),
                EventTrigger::Timer(definition) => {
                    let mut planned = self.plan(definition, owner)?;
                    if !self.can_repeat(node) {
                        // Of a cycle the first time counts: the event is passed once.
                        planned.repeat = None;
                    }
                    waits.push(Prepared::Timer(planned, at));
                }
                EventTrigger::Signal(signal) => {
                    let definition = &self.process.graph().signals[signal.at()];
                    let name = self.text(&definition.name, owner, "signal name")?;
                    let awaits = Awaited::Signal { name };
                    waits.push(Prepared::Subscription(OpenSubscription { at, awaits }));
                }
                EventTrigger::Conditional(_) => waits.push(Prepared::Condition(at)),
                // Nothing is opened for what is thrown to its catcher.
                _ => {}
            }
        }
        Ok(())
    }

    fn message_wait(&mut self, at: EventAt, message: MessageIx) -> Result<Prepared, Stop> {
        let subscription = self.prepare_subscription(at, message)?;
        Ok(Prepared::Subscription(subscription))
    }

    /// Whether an event can occur more than once.
    fn can_repeat(&self, node: NodeIx) -> bool {
        matches!(
            self.process.node(node).kind,
            NodeKind::BoundaryEvent {
                interrupting: false,
                ..
            } | NodeKind::StartEvent {
                interrupting: false,
                ..
            }
        )
    }

    /// Closes every wait that an element instance owns.
    pub(crate) fn close_waits(&mut self, owner: ElementInstanceKey) {
        let element = self.element_mut(owner);
        let timers = std::mem::take(&mut element.timers);
        let subscriptions = std::mem::take(&mut element.subscriptions);
        self.forget_waits(timers, subscriptions);
        if self.element(owner).rare().is_some() {
            let rare = self.element_mut(owner).rare_mut();
            rare.occurred.clear();
            for condition in std::mem::take(&mut rare.conditions) {
                self.instance.conditions.remove(&condition);
            }
        }
    }

    /// Closes the waits of an element instance for one event.
    pub(crate) fn close_waits_for(&mut self, owner: ElementInstanceKey, node: NodeIx) {
        let (timers, subscriptions) = (&self.instance.timers, &self.instance.subscriptions);
        let is_timer = |key: &TimerKey| matches!(&timers.get(key).map(|timer| &timer.purpose), Some(Purpose::Event { at, .. }) if at.node == node);
        let is_open = |key: &SubscriptionKey| {
            subscriptions
                .get(key)
                .is_some_and(|open| open.at.node == node)
        };
        let element = self.element(owner);
        let timers: Vec<_> = element.timers.iter().copied().filter(is_timer).collect();
        let open = element.subscriptions.iter().copied();
        let open: Vec<_> = open.filter(is_open).collect();
        let element = self.element_mut(owner);
        element.timers.retain(|key| !timers.contains(key));
        element.subscriptions.retain(|key| !open.contains(key));
        self.forget_waits(timers, open);
        if self.element(owner).rare().is_some() {
            let conditions = &mut self.instance.conditions;
            let element = self.instance.elements.get_mut(&owner);
            let rare = element.expect("it is alive").rare_mut();
            rare.occurred.remove(&node);
            rare.conditions.retain(|key| {
                let closes = conditions.get(key).is_some_and(|open| open.at.node == node);
                if closes {
                    conditions.remove(key);
                }
                !closes
            });
        }
    }

    /// Closes what its owner no longer notes.
    fn forget_waits(&mut self, timers: Vec<TimerKey>, subscriptions: Vec<SubscriptionKey>) {
        for timer in timers {
            self.cancel_timer(timer);
        }
        for key in subscriptions {
            self.close(key);
        }
    }

    /// Refuses an event whose payload or token the instance has no room for. For commands, which
    /// are checked before they change anything.
    pub(crate) fn check_occurrence(
        &self,
        at: EventAt,
        variables: &Variables,
    ) -> Result<(), Rejection> {
        let node = self.process.node(at.node);
        let is_own = self.element(at.owner).node == at.node;
        let starts = matches!(node.kind, NodeKind::StartEvent { .. });
        let place = if is_own {
            self.result_place(at.owner)
        } else if starts && node.mappings.outputs.is_empty() {
            Place::From(at.owner)
        } else if node.mappings.outputs.is_empty() {
            Place::From(self.element(at.owner).scope)
        } else {
            Place::New
        };
        self.check_payload(variables, place)?;
        if (starts || node.kind.is_boundary()) && !self.has_room_for(at.node) {
            return Err(Rejection::Invalid(format!(
                "the process instance has {} live element instances (limit max_elements)",
                self.instance.elements.len()
            )));
        }
        Ok(())
    }

    /// What was waited for has occurred. The owner is alive; the wait itself may be closed already.
    pub(crate) fn occurred(&mut self, at: EventAt, variables: Variables) {
        let Some(variables) = self.whole_occurrence(at, variables) else {
            return;
        };
        match self.process.node(at.node).kind {
            NodeKind::BoundaryEvent { .. } => self.trigger_boundary(at.owner, at.node, variables),
            NodeKind::StartEvent { .. } => self.start_event_sub_process(at, variables),
            _ if self.element(at.owner).node != at.node => self.choose_event(at, variables),
            _ => self.catch(at, variables),
        }
    }

    /// What an event brings once it has occurred as a whole: a parallel multiple event only with the
    /// last of its triggers (10.5.5), with what all of them brought.
    fn whole_occurrence(&mut self, at: EventAt, variables: Variables) -> Option<Variables> {
        let trigger = self.process.node(at.node).kind.trigger();
        let Some(EventTrigger::Multiple {
            triggers,
            parallel: true,
        }) = trigger
        else {
            return Some(variables);
        };
        let rare = self.element_mut(at.owner).rare_mut();
        let came = rare.occurred.entry(at.node).or_default();
        came.triggers.insert(at.trigger);
        came.variables.extend(variables);
        if came.triggers.len() < triggers.len() {
            return None;
        }
        rare.occurred.remove(&at.node).map(|came| came.variables)
    }

    /// A catching event or receive task goes on. Whatever becomes of its output mappings, it takes
    /// one occurrence.
    fn catch(&mut self, at: EventAt, variables: Variables) {
        self.close_waits_for(at.owner, at.node);
        self.take_result(at.owner, variables);
        self.element_mut(at.owner).phase = Phase::Completing;
        self.agenda.push_back(Work::Drive(at.owner));
    }
}
