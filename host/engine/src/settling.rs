//! What can be decided only once no token is on its way: conditional events, and joins that wait for
//! tokens that can still come (13.4.3, 13.4.5).

use std::collections::BTreeMap;

use anyam_bpmn::graph::{FlowIx, Join, NodeIx, NodeKind};

use crate::evaluation::Request;
use crate::execution::{Execution, Work};
use crate::instance::{Phase, Rare};
use crate::key::ElementInstanceKey;
use crate::transition::IncidentKind;

impl Execution<'_> {
    /// Looks at what had to wait for the agenda to be empty, and tells whether that put something on
    /// it. Comes again after that work is done, so one round decides one thing at a time; what a
    /// round begins counts as an activation, which bounds the rounds.
    pub(crate) fn settle(&mut self) -> Result<bool, Box<Request>> {
        if !self.to_look_at.is_empty() || !self.changed.is_empty() {
            self.settle_conditions()?;
        }
        if self.agenda.is_empty() && !self.process.graph().joins.is_empty() {
            self.settle_joins()?;
        }
        Ok(!self.agenda.is_empty())
    }

    /// Fires the first join that can fire: the one of the oldest scope, of these the one that stands
    /// first in the model.
    fn settle_joins(&mut self) -> Result<(), Box<Request>> {
        for (scope, node) in self.waiting_joins() {
            match self.process.node(node).kind {
                NodeKind::InclusiveGateway => {
                    let full = |flow| self.waits_on(scope, node, flow);
                    if !self.can_fill(scope, node, full) {
                        self.fire_inclusive(scope, node);
                    }
                }
                _ => self.settle_complex(scope, node)?,
            }
            if !self.agenda.is_empty() {
                return Ok(());
            }
        }
        self.settle_deadlocks();
        Ok(())
    }

    fn fire_inclusive(&mut self, scope: ElementInstanceKey, join: NodeIx) {
        let joined = self.take_one_of_each(join, scope);
        self.element_mut(scope).tokens -= joined - 1;
        let key = self.begin(join, scope, Phase::Entering);
        self.agenda.push_back(Work::Drive(key));
    }

    /// Inclusive joins that wait for each other wait for ever: 13.4.3 lets none of them fire. Where
    /// nothing else is alive in their scope that is an incident of the scope; resolved, it has the
    /// join that stands first in the model fire with the tokens that are there.
    fn settle_deadlocks(&mut self) {
        let mut by_scope: BTreeMap<ElementInstanceKey, Vec<NodeIx>> = BTreeMap::new();
        for (scope, node) in self.waiting_joins() {
            let is_inclusive = matches!(self.process.node(node).kind, NodeKind::InclusiveGateway);
            if is_inclusive && !self.has_children(scope) {
                by_scope.entry(scope).or_default().push(node);
            }
        }
        self.forget_deadlocks(&by_scope);
        for (scope, joins) in by_scope {
            if self.released == Some(scope) {
                self.released = None;
                return self.fire_inclusive(scope, joins[0]);
            }
            if self.element(scope).incident.is_none() {
                let ids = joins
                    .iter()
                    .map(|join| format!("`{}`", self.process.node(*join).id));
                let message = format!(
                    "tokens wait at {} for tokens that wait themselves, and nothing else runs; \
                     resolve the incident to have the first of these gateways go on with what it \
                     has, or begin an element by a modification",
                    ids.collect::<Vec<_>>().join(" and ")
                );
                self.raise(scope, IncidentKind::JoinDeadlock, &message, None);
            }
        }
    }

    /// Closes the incidents of joins that wait for each other no more.
    fn forget_deadlocks(&mut self, stuck: &BTreeMap<ElementInstanceKey, Vec<NodeIx>>) {
        let open = self.instance.incidents.values();
        let open = open.filter(|incident| incident.kind == IncidentKind::JoinDeadlock);
        let over: Vec<_> = open
            .map(|incident| incident.element_instance)
            .filter(|scope| !stuck.contains_key(scope))
            .collect();
        for scope in over {
            self.forget_incident(scope);
        }
    }

    fn has_children(&self, scope: ElementInstanceKey) -> bool {
        let younger = (std::ops::Bound::Excluded(scope), std::ops::Bound::Unbounded);
        let mut alive = self.instance.elements.range(younger);
        alive.any(|(_, element)| element.scope == scope)
    }

    /// Inclusive and complex joins at which a token waits, or that have fired and wait for the rest
    /// of their tokens.
    fn waiting_joins(&self) -> Vec<(ElementInstanceKey, NodeIx)> {
        let mut waiting = Vec::new();
        for (scope, element) in &self.instance.elements {
            let arrived = element.arrivals.keys();
            let fired = element.rare().map(|rare| rare.activated.keys());
            let mut here: Vec<_> = arrived
                .chain(fired.into_iter().flatten())
                .copied()
                .collect();
            here.retain(|node| self.process.graph().join(*node).is_some());
            here.sort_unstable();
            here.dedup();
            waiting.extend(here.into_iter().map(|node| (*scope, node)));
        }
        waiting
    }

    /// Whether a token waits at a join on this flow.
    pub(crate) fn waits_on(&self, scope: ElementInstanceKey, join: NodeIx, flow: FlowIx) -> bool {
        let arrived = self.element(scope).arrivals.get(&join);
        arrived.is_some_and(|arrived| arrived.contains_key(&flow))
    }

    /// Whether a token of the scope can still come to an incoming flow of the join that is not
    /// `full`. One that can come to a full flow as well does not count: it may choose that one
    /// (13.4.3).
    pub(crate) fn can_fill(
        &self,
        scope: ElementInstanceKey,
        join: NodeIx,
        full: impl Fn(FlowIx) -> bool,
    ) -> bool {
        let Some(reach) = self.process.graph().join(join) else {
            return false;
        };
        let incoming = &self.process.node(join).incoming;
        let (full, empty): (Vec<usize>, Vec<usize>) =
            (0..incoming.len()).partition(|at| full(incoming[*at]));
        if empty.is_empty() {
            return false;
        }
        let can_reach = |flows: &[usize], from| {
            let mut flows = flows.iter();
            flows.any(|at| Join::can_reach(reach, *at, from))
        };
        let blocks = |from: NodeIx| can_reach(&empty, from) && !can_reach(&full, from);
        let inside = self.instance.elements.iter();
        // A scope that lives again to be compensated leads nowhere.
        let leads_on = |rare: Option<&Rare>| rare.is_none_or(|rare| !rare.revived);
        let mut alive = inside.filter(|(key, element)| {
            element.scope == scope && **key != scope && leads_on(element.rare())
        });
        alive.any(|(_, element)| blocks(element.node))
            || self
                .element(scope)
                .arrivals
                .keys()
                .any(|node| *node != join && blocks(*node))
    }
}
