//! Complex gateway (10.6.5, 13.4.5).
//!
//! As a join it waits for its `activationCondition`, fires with the tokens that are there, and then
//! swallows those that can still come before it begins anew. The condition reads
//! `activationCount`, the number of tokens that wait, and by the id of each incoming flow how many
//! wait there. The conditions of its outgoing flows read `waitingForStart`, which is false for the
//! tokens that come late; a flow without condition is taken at the start alone.

use anyam_bpmn::graph::{FlowIx, Node, NodeIx, NodeKind, Value};

use super::Next;
use crate::evaluation::Request;
use crate::execution::{Execution, Stop, Work};
use crate::instance::Phase;
use crate::key::ElementInstanceKey;
use crate::transition::{ElementState, IncidentKind};
use crate::value::{Json, Variables};

/// What the outgoing conditions read.
const WAITING_FOR_START: &str = "waitingForStart";
/// What the activation condition reads.
const ACTIVATION_COUNT: &str = "activationCount";

/// A gateway instance that has its tokens passes; one that stands for a condition that failed looks
/// at it again.
pub(super) fn activate(x: &mut Execution<'_>, at: ElementInstanceKey) -> Result<Next, Stop> {
    let (node, scope) = (x.element(at).node, x.element(at).scope);
    let is_trial = x.element(at).rare().is_some_and(|rare| rare.trial);
    if !is_trial {
        return Ok(Next::Complete);
    }
    if x.activates(node, scope, at)? {
        x.element_mut(at).rare_mut().trial = false;
        x.take_for_start(node, scope);
        return Ok(Next::Complete);
    }
    if !x.can_fill(scope, node, |flow| x.waits_on(scope, node, flow)) {
        return Err(x.never_activates(node));
    }
    x.end(at, ElementState::Terminated);
    x.element_mut(scope).tokens -= 1;
    Ok(Next::Gone)
}

impl Execution<'_> {
    /// Decides about a complex join once no token is on its way.
    pub(crate) fn settle_complex(
        &mut self,
        scope: ElementInstanceKey,
        node: NodeIx,
    ) -> Result<(), Box<Request>> {
        if self.is_tried(scope, node) {
            return Ok(());
        }
        let fired = self.element(scope).rare();
        match fired.and_then(|rare| rare.activated.get(&node)).cloned() {
            Some(taken) => {
                let full = |flow| taken.contains(&flow) || self.waits_on(scope, node, flow);
                if !self.can_fill(scope, node, full) {
                    self.element_mut(scope).rare_mut().activated.remove(&node);
                    self.reset(scope, node, |flow| !taken.contains(&flow));
                }
                Ok(())
            }
            None => self.try_to_start(scope, node),
        }
    }

    /// Whether an incident about the join's condition is open.
    fn is_tried(&self, scope: ElementInstanceKey, node: NodeIx) -> bool {
        let mut alive = self.instance.elements.values();
        alive.any(|element| {
            let trial = element.rare().is_some_and(|rare| rare.trial);
            trial && element.scope == scope && element.node == node
        })
    }

    fn try_to_start(
        &mut self,
        scope: ElementInstanceKey,
        node: NodeIx,
    ) -> Result<(), Box<Request>> {
        let problem = match self.activates(node, scope, scope) {
            Ok(true) => {
                self.take_for_start(node, scope);
                self.element_mut(scope).tokens += 1;
                let key = self.begin(node, scope, Phase::Entering);
                self.agenda.push_back(Work::Drive(key));
                return Ok(());
            }
            Ok(false) if self.can_fill(scope, node, |flow| self.waits_on(scope, node, flow)) => {
                return Ok(());
            }
            Ok(false) => self.never_activates(node),
            Err(stop) => stop,
        };
        let Stop::Incident(kind, message) = problem else {
            let Stop::Evaluate(request) = problem else {
                return Ok(());
            };
            return Err(request);
        };
        // The incident needs an element instance to belong to.
        self.element_mut(scope).tokens += 1;
        let key = self.begin(node, scope, Phase::Starting);
        self.element_mut(key).rare_mut().trial = true;
        self.raise(key, kind, &message, None);
        Ok(())
    }

    /// Whether the activation condition holds for the tokens that wait.
    fn activates(
        &mut self,
        node: NodeIx,
        scope: ElementInstanceKey,
        at: ElementInstanceKey,
    ) -> Result<bool, Stop> {
        let model = self.process.node(node);
        let NodeKind::ComplexGateway { activation } = &model.kind else {
            return Ok(true);
        };
        match activation {
            None => Ok(true),
            Some(Value::Literal(text)) => Ok(&**text == "true"),
            Some(Value::Expression(ix)) => {
                let counts = self.counts(model, node, scope);
                self.boolean_with(*ix, at, &counts, IncidentKind::ConditionError)
            }
        }
    }

    fn counts(&self, model: &Node, node: NodeIx, scope: ElementInstanceKey) -> Variables {
        let arrived = self.element(scope).arrivals.get(&node);
        let waiting = |flow: &FlowIx| arrived.and_then(|all| all.get(flow)).copied().unwrap_or(0);
        let number = |count: u64| Json::from_valid(count.to_string());
        let sum = model
            .incoming
            .iter()
            .map(|flow| u64::from(waiting(flow)))
            .sum();
        let mut counts = Variables::from([(ACTIVATION_COUNT.into(), number(sum))]);
        for flow in &model.incoming {
            let id = self.process.graph().flow(*flow).id.clone();
            counts.insert(id, number(u64::from(waiting(flow))));
        }
        counts
    }

    /// Takes the tokens with which the gateway fires; from now on it waits for the others. The one
    /// that goes on is the caller's to count.
    fn take_for_start(&mut self, node: NodeIx, scope: ElementInstanceKey) {
        let arrived = self.element(scope).arrivals.get(&node);
        let flows = arrived
            .map(|all| all.keys().copied().collect())
            .unwrap_or_default();
        let taken = self.take_one_of_each(node, scope);
        let element = self.element_mut(scope);
        element.tokens -= taken;
        element.rare_mut().activated.insert(node, flows);
    }

    /// The tokens that came late become one, which takes the flows whose conditions want it.
    fn reset(
        &mut self,
        scope: ElementInstanceKey,
        node: NodeIx,
        came_late: impl Fn(FlowIx) -> bool,
    ) {
        let taken = self.take_one_of(node, scope, came_late);
        if taken == 0 {
            // What waits now is for the next start.
            return;
        }
        self.element_mut(scope).tokens -= taken - 1;
        let key = self.begin(node, scope, Phase::Entering);
        self.element_mut(key).rare_mut().late = true;
        self.agenda.push_back(Work::Drive(key));
    }

    fn never_activates(&self, node: NodeIx) -> Stop {
        let message = format!(
            "the activation condition of `{}` does not hold, and no further token can come; change \
             the variables it reads, then resolve the incident",
            self.process.node(node).id
        );
        Stop::Incident(IncidentKind::ConditionError, message)
    }

    /// The flows that leave a complex gateway (13.4.5).
    pub(crate) fn choose_complex(
        &mut self,
        key: ElementInstanceKey,
        node: &Node,
    ) -> Result<Vec<FlowIx>, Stop> {
        let late = self.element(key).rare().is_some_and(|rare| rare.late);
        let truth = Json::from_valid(if late { "false" } else { "true" });
        let extra = Variables::from([(WAITING_FOR_START.into(), truth)]);
        let mut chosen = Vec::new();
        for flow in &node.outgoing {
            if Some(*flow) == node.default_flow {
                continue;
            }
            let takes = match self.process.graph().flow(*flow).condition {
                None => !late,
                Some(condition) => {
                    self.boolean_with(condition, key, &extra, IncidentKind::ConditionError)?
                }
            };
            if takes {
                chosen.push(*flow);
            }
        }
        match node.default_flow {
            Some(default) if chosen.is_empty() && !late => Ok(vec![default]),
            None if chosen.is_empty() && !late && !node.outgoing.is_empty() => {
                Err(crate::conditions::no_flow(node))
            }
            _ => Ok(chosen),
        }
    }
}
