//! What starts instances of a process without being asked (10.5.2, 10.3.3, 10.6.6).

use super::{EventTrigger, Instantiation, NodeIx, NodeKind, ProcessGraph};

/// One trigger that starts an instance of a process.
#[derive(Clone, Debug, PartialEq)]
pub struct StartTrigger {
    /// Where the instance begins: a start event, an instantiating receive task, or an event behind an
    /// instantiating event-based gateway.
    pub node: NodeIx,
    /// Which of the element's triggers it is: its position in [`EventTrigger::parts`].
    pub part: u8,
    /// The trigger; a message, timer, signal or condition.
    pub trigger: EventTrigger,
}

impl ProcessGraph {
    /// Every trigger that starts an instance, in document order.
    pub fn start_triggers(&self) -> Vec<StartTrigger> {
        let mut found = Vec::new();
        for ix in &self.root().event_starts {
            match &self.node(*ix).kind {
                NodeKind::EventBasedGateway(_) => {
                    for node in self.events_behind(*ix) {
                        self.add_triggers(node, &mut found);
                    }
                }
                _ => self.add_triggers(*ix, &mut found),
            }
        }
        found
    }

    /// The events and receive tasks that the flows of an event-based gateway lead to.
    pub fn events_behind(&self, gateway: NodeIx) -> impl Iterator<Item = NodeIx> + '_ {
        let flows = self.node(gateway).outgoing.iter();
        flows.map(|flow| self.flow(*flow).target)
    }

    /// The instantiating event-based gateway in front of an event, and whether all of its events
    /// must occur.
    pub fn instantiating_gateway(&self, event: NodeIx) -> Option<(NodeIx, bool)> {
        self.root().event_starts.iter().find_map(|ix| {
            let parallel = match self.node(*ix).kind {
                NodeKind::EventBasedGateway(Instantiation::Parallel) => true,
                NodeKind::EventBasedGateway(Instantiation::Exclusive) => false,
                _ => return None,
            };
            let is_behind = self.events_behind(*ix).any(|behind| behind == event);
            is_behind.then_some((*ix, parallel))
        })
    }

    fn add_triggers(&self, node: NodeIx, found: &mut Vec<StartTrigger>) {
        let kind = &self.node(node).kind;
        if let NodeKind::ReceiveTask { message, .. } = kind {
            let trigger = EventTrigger::Message(*message);
            found.push(StartTrigger {
                node,
                part: 0,
                trigger,
            });
        }
        let parts = kind.trigger().map_or(&[][..], EventTrigger::parts).iter();
        found.extend((0..).zip(parts).map(|(part, trigger)| StartTrigger {
            node,
            part,
            trigger: trigger.clone(),
        }));
    }

    /// How many triggers of an element must come before it starts an instance: all of a parallel
    /// multiple start event (10.5.2), else one.
    pub fn start_needs(&self, node: NodeIx) -> usize {
        match self.node(node).kind.trigger() {
            Some(EventTrigger::Multiple {
                triggers,
                parallel: true,
            }) => triggers.len(),
            _ => 1,
        }
    }
}
