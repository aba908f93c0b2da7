//! One command being carried out: the agenda, and the life of an element instance.

use std::collections::{BTreeSet, VecDeque};

use anyam_bpmn::graph::{FlowIx, ListenerEvent, Node, NodeIx};
use anyam_feel::Seed;

use crate::apply::Environment;
use crate::decisions::Decisions;
use crate::elements::{self, Next};
use crate::evaluation::{Request, Response};
use crate::instance::{ElementInstance, Instance, Phase};
use crate::key::{ConditionKey, ElementInstanceKey, KeySource};
use crate::limits::Limits;
use crate::process::Process;
use crate::resources::Resources;
use crate::transition::{
    Effect, ElementState, Event, IncidentKind, InstanceState, Role, Transition,
};
use crate::value::Timestamp;
use crate::watched::Changed;

/// What still has to happen in this command, first in first out. A loop in the model lengthens
/// the agenda, never the host's stack.
#[derive(Debug)]
pub(crate) enum Work {
    /// A token begins in a scope.
    Activate {
        node: NodeIx,
        scope: ElementInstanceKey,
    },
    /// A token reaches the end of a flow.
    Arrive {
        flow: FlowIx,
        scope: ElementInstanceKey,
    },
    /// An element instance goes on from its phase.
    Drive(ElementInstanceKey),
    /// Compensation in a scope goes on with the next handler.
    Compensate(ElementInstanceKey),
}

/// Why an element instance cannot go on.
#[derive(Debug)]
pub(crate) enum Stop {
    /// An operator must mend something.
    Incident(IncidentKind, String),
    /// An expression or decision must be evaluated elsewhere first.
    Evaluate(Box<Request>),
}

/// A command being carried out.
pub(crate) struct Execution<'a> {
    pub(crate) process: &'a Process,
    /// Where a migration leads.
    pub(crate) target: Option<&'a Process>,
    pub(crate) now: Timestamp,
    pub(crate) limits: &'a Limits,
    seed: Seed,
    /// Expressions this command has evaluated.
    evaluations: u64,
    keys: &'a mut dyn KeySource,
    pub(crate) decisions: &'a dyn Decisions,
    pub(crate) resources: &'a dyn Resources,
    pub(crate) evaluated: std::slice::Iter<'a, Response>,
    pub(crate) instance: Instance,
    pub(crate) out: Transition,
    pub(crate) agenda: VecDeque<Work>,
    /// Element instances begun by this command.
    pub(crate) activations: u32,
    /// Bytes of the inputs of the steps that this command starts.
    pub(crate) step_input_bytes: usize,
    /// Bytes of the variables that this command's expressions have read.
    pub(crate) expression_bytes: usize,
    /// Bytes that they have read in vain before an isolated expression had its value.
    pub(crate) replayed_bytes: usize,
    /// Isolated expressions of this command.
    pub(crate) isolated: u32,
    /// Changes of variables that conditions have not been looked at for.
    pub(crate) changed: Vec<Changed>,
    /// The scope in which the first of the joins that wait for each other is to fire.
    pub(crate) released: Option<ElementInstanceKey>,
    /// Open conditions that there is reason to look at.
    pub(crate) to_look_at: BTreeSet<ConditionKey>,
}

impl<'a> Execution<'a> {
    pub(crate) fn new(instance: Instance, env: Environment<'a>) -> Self {
        Self {
            process: env.process,
            target: None,
            now: env.now,
            limits: env.limits,
            seed: env.seed,
            evaluations: 0,
            keys: env.keys,
            decisions: env.decisions,
            resources: env.resources,
            evaluated: env.evaluated.iter(),
            instance,
            out: Transition::default(),
            agenda: VecDeque::new(),
            activations: 0,
            step_input_bytes: 0,
            expression_bytes: 0,
            replayed_bytes: 0,
            isolated: 0,
            changed: Vec::new(),
            released: None,
            to_look_at: BTreeSet::new(),
        }
    }

    /// A seed for the next evaluation; numbered, so that a command that begins anew gives each the
    /// same one.
    pub(crate) fn next_seed(&mut self) -> Seed {
        self.evaluations += 1;
        self.seed.part(self.evaluations)
    }

    /// Carries on until nothing is left to do. An error asks for an expression's value.
    pub(crate) fn run(&mut self) -> Result<(), Box<Request>> {
        loop {
            self.work_off()?;
            if self.instance.is_ended() || !self.settle()? {
                return Ok(());
            }
        }
    }

    /// Works the agenda off.
    fn work_off(&mut self) -> Result<(), Box<Request>> {
        while let Some(work) = self.agenda.pop_front() {
            match work {
                Work::Activate { node, scope } => {
                    if self.instance.contains(scope) {
                        let key = self.begin(node, scope, Phase::Entering);
                        self.drive(key)?;
                    }
                }
                Work::Arrive { flow, scope } => {
                    if self.instance.contains(scope)
                        && let Some(key) = self.arrive(flow, scope)
                    {
                        self.drive(key)?;
                    }
                }
                Work::Drive(key) => self.drive(key)?,
                Work::Compensate(scope) => self.compensate_on(scope),
            }
        }
        Ok(())
    }

    /// Takes an element instance as far as it gets.
    fn drive(&mut self, key: ElementInstanceKey) -> Result<(), Box<Request>> {
        while let Some(element) = self.instance.elements.get(&key) {
            let result = match element.phase {
                Phase::Entering => self.apply_inputs(key).map(|()| Some(Phase::StartListeners)),
                Phase::StartListeners => {
                    let done = self.listen(key, ListenerEvent::Start);
                    done.map(|done| done.then_some(Phase::Opening))
                }
                Phase::Opening => self.open_boundaries(key).map(|()| Some(Phase::Starting)),
                Phase::Starting => elements::activate(self, key).map(|next| match next {
                    Next::Wait => Some(Phase::Waiting),
                    Next::Complete => Some(Phase::Completing),
                    Next::Leave => Some(Phase::EndListeners),
                    Next::Compensate => Some(Phase::Compensating),
                    Next::Gone => None,
                }),
                Phase::Waiting if element.user_task.is_some() => self.go_on_with_change(key),
                Phase::Waiting if self.is_ad_hoc(key) => self.go_on_with_ad_hoc(key),
                Phase::Waiting
                | Phase::CancelListeners
                | Phase::Compensating
                | Phase::Cancelling => return Ok(()),
                Phase::Completing => self.apply_outputs(key).map(|()| {
                    self.close_waits(key);
                    Some(Phase::EndListeners)
                }),
                Phase::EndListeners => {
                    let done = self.listen(key, ListenerEvent::End);
                    done.map(|done| done.then_some(Phase::Leaving))
                }
                Phase::Leaving => match element.role() {
                    Role::Iteration(_) => self.leave_iteration(key).map(|()| None),
                    Role::Inner => self.leave_inner(key).map(|()| None),
                    _ => self.leave(key).map(|()| None),
                },
            };
            match result {
                Ok(Some(phase)) => self.element_mut(key).phase = phase,
                Ok(None) => return Ok(()),
                Err(Stop::Incident(kind, message)) => {
                    self.raise(key, kind, &message, None);
                    return Ok(());
                }
                Err(Stop::Evaluate(request)) => return Err(request),
            }
        }
        Ok(())
    }

    pub(crate) fn next_key(&mut self) -> u64 {
        self.keys.next_key()
    }

    /// A live element instance.
    pub(crate) fn element(&self, key: ElementInstanceKey) -> &ElementInstance {
        self.instance
            .elements
            .get(&key)
            .expect("only live element instances are on their way")
    }

    /// A live element instance, to change.
    pub(crate) fn element_mut(&mut self, key: ElementInstanceKey) -> &mut ElementInstance {
        self.instance
            .elements
            .get_mut(&key)
            .expect("only live element instances are on their way")
    }

    /// The model's node of a live element instance.
    pub(crate) fn node_of(&self, key: ElementInstanceKey) -> &'a Node {
        self.process.node(self.element(key).node)
    }

    /// Begins an element instance. The scope's token count already includes it.
    pub(crate) fn begin(
        &mut self,
        node: NodeIx,
        scope: ElementInstanceKey,
        phase: Phase,
    ) -> ElementInstanceKey {
        let key = ElementInstanceKey(self.next_key());
        self.activations += 1;
        let role = match phase {
            Phase::Entering => self.role_at(node, scope),
            Phase::Waiting if self.is_inner(node, scope) => Role::Inner,
            _ => Role::Plain,
        };
        let mut element = ElementInstance::new(node, scope, phase, self.now);
        if role != Role::Plain {
            element.rare_mut().role = role;
        }
        self.instance.elements.insert(key, element);
        self.element_event(key, ElementState::Active);
        if let Role::Iteration(number) = role {
            self.hand_item(key, number);
        }
        key
    }

    /// Ends an element instance whose waits are closed; its scope's token count is the caller's.
    pub(crate) fn end(&mut self, key: ElementInstanceKey, state: ElementState) {
        self.clear_incident(key);
        self.element_event(key, state);
        if state == ElementState::Terminated {
            self.count_terminated(key);
        }
        if let Some(element) = self.instance.elements.remove(&key) {
            self.forget_variables(&element);
            if element.rare().is_some_and(|rare| rare.compensates) {
                self.agenda.push_back(Work::Compensate(element.scope));
            }
        }
    }

    /// Shows an element instance as it is now. The process itself is shown as the instance.
    pub(crate) fn element_event(&mut self, key: ElementInstanceKey, state: ElementState) {
        if key == self.instance.root() {
            return;
        }
        let mut record = self.element(key).record(key);
        record.state = state;
        record.ended_at = (state != ElementState::Active).then_some(self.now);
        self.out.events.push(Event::Element(record));
    }

    /// Shows the process instance as it is now.
    pub(crate) fn instance_event(&mut self) {
        self.out
            .events
            .push(Event::Instance(self.instance.record()));
    }

    /// Ends the process instance; nothing but the root scope is alive.
    pub(crate) fn end_instance(&mut self, how: InstanceState) {
        debug_assert_eq!(self.instance.elements.len(), 1);
        self.agenda.clear();
        self.close_waits(self.instance.root());
        self.clear_incident(self.instance.root());
        self.instance.state = how;
        self.instance.ended_at = Some(self.now);
        self.instance_event();
        let variables = self.instance.root_variables();
        self.out.effects.push(Effect::Ended { how, variables });
    }
}
