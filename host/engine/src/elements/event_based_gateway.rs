//! Event-based gateway (10.6.6): waits for the first of the events behind it.

use anyam_bpmn::graph::NodeIx;

use super::Next;
use crate::execution::{Execution, Stop, Work};
use crate::instance::Phase;
use crate::key::ElementInstanceKey;
use crate::transition::{ElementState, Event};
use crate::value::Variables;
use crate::waits::EventAt;

pub(super) fn activate(x: &mut Execution<'_>, at: ElementInstanceKey) -> Result<Next, Stop> {
    let graph = x.process.graph();
    let flows = x.node_of(at).outgoing.iter();
    let events: Vec<NodeIx> = flows.map(|flow| graph.flow(*flow).target).collect();
    x.open_waits(at, &events)?;
    Ok(Next::Wait)
}

impl Execution<'_> {
    /// The first event behind a gateway has occurred: the others are waited for no more, and the
    /// token goes to it.
    pub(crate) fn choose_event(&mut self, at: EventAt, variables: Variables) {
        let (gateway, scope) = (at.owner, self.element(at.owner).scope);
        let outgoing = &self.node_of(gateway).outgoing;
        let graph = self.process.graph();
        let flow = outgoing
            .iter()
            .find(|flow| graph.flow(**flow).target == at.node);
        self.close_waits(gateway);
        self.end(gateway, ElementState::Completed);
        if let Some(flow) = flow {
            self.out.events.push(Event::FlowTaken { flow: *flow });
        }
        let key = self.begin(at.node, scope, Phase::Completing);
        self.take_result(key, variables);
        self.agenda.push_back(Work::Drive(key));
    }
}
