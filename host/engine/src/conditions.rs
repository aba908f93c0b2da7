//! Which outgoing flows a token takes.

use anyam_bpmn::graph::{FlowIx, Node, NodeKind};

use crate::execution::{Execution, Stop};
use crate::key::ElementInstanceKey;
use crate::transition::IncidentKind;

impl Execution<'_> {
    /// The flows that leave an element instance, in document order.
    pub(crate) fn choose_flows(&mut self, key: ElementInstanceKey) -> Result<Vec<FlowIx>, Stop> {
        let node = self.node_of(key);
        match node.kind {
            NodeKind::ExclusiveGateway => self.choose_one(key, node),
            NodeKind::ParallelGateway => Ok(node.outgoing.clone()),
            NodeKind::ComplexGateway { .. } => self.choose_complex(key, node),
            _ => self.choose_all(key, node),
        }
    }

    /// Exclusive gateway (10.6.2): the first flow whose condition holds, else the default flow.
    fn choose_one(&mut self, key: ElementInstanceKey, node: &Node) -> Result<Vec<FlowIx>, Stop> {
        for flow in &node.outgoing {
            if Some(*flow) != node.default_flow && self.holds(key, *flow)? {
                return Ok(vec![*flow]);
            }
        }
        match node.default_flow {
            Some(default) => Ok(vec![default]),
            None if node.outgoing.is_empty() => Ok(Vec::new()),
            None => Err(no_flow(node)),
        }
    }

    /// Any other node (8.4.13): every flow whose condition holds or that has none; the default
    /// flow where no condition holds.
    fn choose_all(&mut self, key: ElementInstanceKey, node: &Node) -> Result<Vec<FlowIx>, Stop> {
        let mut chosen = Vec::with_capacity(node.outgoing.len());
        let mut conditional = false;
        let mut fulfilled = false;
        for flow in &node.outgoing {
            if Some(*flow) == node.default_flow {
                continue;
            }
            let has_condition = self.process.graph().flow(*flow).condition.is_some();
            conditional |= has_condition;
            if self.holds(key, *flow)? {
                fulfilled |= has_condition;
                chosen.push(*flow);
            }
        }
        if !fulfilled && let Some(default) = node.default_flow {
            chosen.push(default);
        }
        if chosen.is_empty() && conditional {
            return Err(no_flow(node));
        }
        Ok(chosen)
    }

    fn holds(&mut self, key: ElementInstanceKey, flow: FlowIx) -> Result<bool, Stop> {
        match self.process.graph().flow(flow).condition {
            None => Ok(true),
            Some(condition) => self.boolean(condition, key, IncidentKind::ConditionError),
        }
    }
}

pub(crate) fn no_flow(node: &Node) -> Stop {
    let message = format!(
        "no outgoing flow of `{}` has a condition that holds, and it has no default flow",
        node.id
    );
    Stop::Incident(IncidentKind::ConditionError, message)
}
