//! Each instance's history is a run that its model allows.
//!
//! Tokens are counted: what goes into an element is what its activations take, and what comes out is
//! what its completions give (BPMN 2.0, 10.6 and 13.3), worked out from the model alone and not by
//! the engine.

use std::collections::BTreeMap;

use anyam::runtime::history::Happening;
use anyam_bpmn::graph::{FlowIx, Node, NodeIx, NodeKind, ProcessGraph, ROOT};
use anyam_store::records::{ElementInstance, InstanceState, ProcessInstance};

use super::Rows;
use crate::models::graphs;

pub fn check(rows: &Rows, wrong: &mut Vec<String>) {
    for row in rows.instances.values() {
        let Some(graph) = graphs().get(&row.process_id) else {
            wrong.push(format!("{} runs the unknown {}", row.key, row.process_id));
            continue;
        };
        let mut faults = Vec::new();
        Run::of(rows, row, graph).check(&mut faults);
        let of = |fault| format!("{} of {}: {fault}", row.key, row.process_id);
        wrong.extend(faults.into_iter().map(of));
    }
}

/// What happened in one instance.
struct Run<'r> {
    row: &'r ProcessInstance,
    graph: &'r ProcessGraph,
    elements: Vec<&'r ElementInstance>,
    flows: BTreeMap<FlowIx, usize>,
}

/// How often an element was begun and how its activations stand.
#[derive(Debug, Default)]
struct Count {
    begun: usize,
    completed: usize,
    active: usize,
}

impl<'r> Run<'r> {
    fn of(rows: &'r Rows, row: &'r ProcessInstance, graph: &'r ProcessGraph) -> Self {
        let mut flows = BTreeMap::new();
        for entry in rows.history.get(&row.key).into_iter().flatten() {
            if let Happening::FlowTaken { flow } = entry.what {
                *flows.entry(flow).or_default() += 1;
            }
        }
        let elements = rows.elements.get(&row.key);
        Self {
            row,
            graph,
            elements: elements.into_iter().flatten().collect(),
            flows,
        }
    }

    fn check(&self, faults: &mut Vec<String>) {
        for (at, node) in self.graph.nodes.iter().enumerate() {
            if NodeIx(u32::try_from(at).unwrap()) != ROOT {
                self.check_node(node, faults);
            }
        }
        let active = self
            .elements
            .iter()
            .filter(|e| e.state == InstanceState::Active);
        let active = active.filter(|e| e.element_id != *self.graph.id).count();
        match self.row.state {
            InstanceState::Active if active == 0 => {
                faults.push("it is active and nothing in it is".to_owned());
            }
            InstanceState::Completed | InstanceState::Terminated if active > 0 => {
                faults.push(format!("it is over and {active} elements are active"));
            }
            _ => {}
        }
        if self.row.ended_at.is_some() != (self.row.state != InstanceState::Active) {
            faults.push("its end does not fit its state".to_owned());
        }
        for element in &self.elements {
            if element.ended_at.is_some() != (element.state != InstanceState::Active) {
                faults.push(format!("the end of {} does not fit", element.element_id));
            }
        }
    }

    fn count(&self, node: &Node) -> Count {
        let mut count = Count::default();
        let ours = self.elements.iter().filter(|e| e.element_id == *node.id);
        for element in ours.filter(|element| !self.is_iteration(element)) {
            count.begun += 1;
            match element.state {
                InstanceState::Active => count.active += 1,
                InstanceState::Completed => count.completed += 1,
                InstanceState::Terminated => {}
            }
        }
        count
    }

    /// Whether it is one of the repetitions of an element and not the element as a whole.
    fn is_iteration(&self, element: &ElementInstance) -> bool {
        let mut bodies = self.elements.iter();
        bodies.any(|body| {
            body.key == element.scope
                && body.element_id == element.element_id
                && body.element_type == "MULTI_INSTANCE_BODY"
        })
    }

    fn taken(&self, flow: FlowIx) -> usize {
        self.flows.get(&flow).copied().unwrap_or(0)
    }

    fn check_node(&self, node: &Node, faults: &mut Vec<String>) {
        let count = self.count(node);
        let mut expect = |right: bool, what: &str| {
            if !right {
                let flow = |ix: &FlowIx| self.taken(*ix);
                let (inn, out): (Vec<_>, Vec<_>) = (
                    node.incoming.iter().map(flow).collect(),
                    node.outgoing.iter().map(flow).collect(),
                );
                faults.push(format!(
                    "{} {what}: {count:?}, in {inn:?}, out {out:?}",
                    node.id
                ));
            }
        };
        let arrived: usize = node.incoming.iter().map(|flow| self.taken(*flow)).sum();
        let over = self.row.state != InstanceState::Active;
        match &node.kind {
            NodeKind::StartEvent { .. } if node.scope == ROOT => {
                expect(count.begun == 1, "begins an instance once");
            }
            NodeKind::StartEvent { .. } => {
                let scope = self.count(self.graph.node(node.scope));
                expect(count.begun == scope.begun, "begins each sub-process once");
            }
            NodeKind::BoundaryEvent {
                attached_to,
                interrupting,
                ..
            } => {
                let host = self.graph.node(*attached_to);
                let hosts = self.count(host);
                let broken_off = hosts.begun - hosts.completed - hosts.active;
                if *interrupting {
                    expect(count.begun <= broken_off, "interrupts what it sits on");
                } else {
                    expect(count.begun <= hosts.begun, "occurs once for a timer");
                }
            }
            NodeKind::ParallelGateway if node.incoming.len() > 1 => {
                let each = node.incoming.iter().map(|flow| self.taken(*flow));
                let least = each.clone().min().unwrap_or(0);
                expect(count.begun == least, "joins one token of each flow");
                let rest = each.max().unwrap_or(0) - least;
                expect(
                    !over || rest == 0 || self.was_broken_off(),
                    "leaves no token",
                );
            }
            _ => expect(count.begun == arrived, "is begun by each token"),
        }
        let outgoing = || node.outgoing.iter().map(|flow| self.taken(*flow));
        match &node.kind {
            NodeKind::ExclusiveGateway | NodeKind::EventBasedGateway(_) => {
                let sum: usize = outgoing().sum();
                expect(sum == count.completed, "takes one way");
            }
            _ => expect(
                outgoing().all(|taken| taken == count.completed),
                "gives a token to each flow",
            ),
        }
    }

    fn was_broken_off(&self) -> bool {
        self.row.state == InstanceState::Terminated
    }
}
