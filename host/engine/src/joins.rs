//! Tokens that come together: what has to arrive at a node before it begins.

use anyam_bpmn::graph::{FlowIx, Node, NodeIx, NodeKind};

use crate::execution::Execution;
use crate::instance::Phase;
use crate::key::ElementInstanceKey;

/// What becomes of a token that reaches the end of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Arrival {
    /// It begins the node by itself.
    Pass,
    /// It waits for others.
    Wait,
    /// With it there is one token on each incoming flow.
    OneOfEach,
    /// With it there are as many as the activity needs.
    Enough(u32),
}

impl Execution<'_> {
    /// A token reaches the end of a flow. Gives the element instance it begins, unless it has to
    /// wait for others.
    pub(crate) fn arrive(
        &mut self,
        flow: FlowIx,
        scope: ElementInstanceKey,
    ) -> Option<ElementInstanceKey> {
        let target = self.process.graph().flow(flow).target;
        match self.arrival(target, flow, scope) {
            Arrival::Wait => return None,
            Arrival::OneOfEach => {
                let joined = self.take_one_of_each(target, scope);
                self.element_mut(scope).tokens -= joined - 1;
            }
            Arrival::Enough(quantity) => self.take_many(target, scope, quantity),
            Arrival::Pass => {}
        }
        Some(self.begin(target, scope, Phase::Entering))
    }

    fn arrival(&mut self, target: NodeIx, flow: FlowIx, scope: ElementInstanceKey) -> Arrival {
        let node = self.process.node(target);
        let quantity = node.extras().start_quantity;
        if quantity < 2 && !waits_for_others(node) {
            return Arrival::Pass;
        }
        let parent = self.element_mut(scope);
        let arrived = parent.arrivals.entry(target).or_default();
        let waiting = arrived.entry(flow).or_insert(0u32);
        *waiting = waiting.saturating_add(1);
        match node.kind {
            NodeKind::ParallelGateway if arrived.len() == node.incoming.len() => Arrival::OneOfEach,
            // Those fire once no token is on its way (`settling.rs`).
            NodeKind::ParallelGateway
            | NodeKind::InclusiveGateway
            | NodeKind::ComplexGateway { .. } => Arrival::Wait,
            _ if arrived
                .values()
                .fold(0, |sum: u32, n| sum.saturating_add(*n))
                >= quantity =>
            {
                Arrival::Enough(quantity)
            }
            _ => Arrival::Wait,
        }
    }

    /// Takes one waiting token from each incoming flow that has one, and tells how many. A second
    /// token on a flow waits for the next round. The scope's token count is the caller's.
    pub(crate) fn take_one_of_each(&mut self, target: NodeIx, scope: ElementInstanceKey) -> u32 {
        self.take_one_of(target, scope, |_| true)
    }

    /// The same, of some of the flows.
    pub(crate) fn take_one_of(
        &mut self,
        target: NodeIx,
        scope: ElementInstanceKey,
        is_meant: impl Fn(FlowIx) -> bool,
    ) -> u32 {
        let parent = self.element_mut(scope);
        let Some(arrived) = parent.arrivals.get_mut(&target) else {
            return 0;
        };
        let mut taken = 0;
        arrived.retain(|flow, waiting| {
            if is_meant(*flow) {
                *waiting -= 1;
                taken += 1;
            }
            *waiting > 0
        });
        if arrived.is_empty() {
            parent.arrivals.remove(&target);
        }
        taken
    }

    /// Merges as many tokens as an activity needs to begin (`startQuantity`, 13.3.2) into one.
    fn take_many(&mut self, target: NodeIx, scope: ElementInstanceKey, quantity: u32) {
        let parent = self.element_mut(scope);
        let Some(arrived) = parent.arrivals.get_mut(&target) else {
            return;
        };
        let mut missing = quantity;
        arrived.retain(|_, waiting| {
            let taken = missing.min(*waiting);
            missing -= taken;
            *waiting -= taken;
            *waiting > 0
        });
        if arrived.is_empty() {
            parent.arrivals.remove(&target);
        }
        parent.tokens -= quantity - 1;
    }
}

/// Whether a token at this node has to wait for others: at a parallel join for one on each incoming
/// flow (10.6.4), at an inclusive or complex one for those that can still come (10.6.3, 10.6.5).
fn waits_for_others(node: &Node) -> bool {
    let joins = matches!(
        node.kind,
        NodeKind::ParallelGateway | NodeKind::InclusiveGateway | NodeKind::ComplexGateway { .. }
    );
    joins && node.incoming.len() > 1
}
