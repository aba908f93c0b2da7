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
    Fire,
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
            Arrival::Fire => self.take_one_of_each(target, scope),
            Arrival::Pass => {}
        }
        Some(self.begin(target, scope, Phase::Entering))
    }

    fn arrival(&mut self, target: NodeIx, flow: FlowIx, scope: ElementInstanceKey) -> Arrival {
        let node = self.process.node(target);
        if !waits_for_others(node) {
            return Arrival::Pass;
        }
        let parent = self.element_mut(scope);
        let arrived = parent.arrivals.entry(target).or_default();
        let waiting = arrived.entry(flow).or_insert(0u32);
        *waiting = waiting.saturating_add(1);
        if arrived.len() < node.incoming.len() {
            Arrival::Wait
        } else {
            Arrival::Fire
        }
    }

    /// Merges the tokens of a join that has one on each incoming flow into one. A second token on a
    /// flow waits for the next round.
    fn take_one_of_each(&mut self, target: NodeIx, scope: ElementInstanceKey) {
        let joined = self.process.node(target).incoming.len() as u32;
        let parent = self.element_mut(scope);
        if let Some(arrived) = parent.arrivals.get_mut(&target) {
            arrived.retain(|_, waiting| {
                *waiting -= 1;
                *waiting > 0
            });
            if arrived.is_empty() {
                parent.arrivals.remove(&target);
            }
            parent.tokens -= joined - 1;
        }
    }
}

/// Whether a token at this node has to wait for others: at a parallel join for one on each incoming
/// flow (10.6.4).
fn waits_for_others(node: &Node) -> bool {
    matches!(node.kind, NodeKind::ParallelGateway) && node.incoming.len() > 1
}
