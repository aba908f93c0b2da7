//! How an instance begins (10.5.2).

use anyam_bpmn::graph::{NodeIx, NodeKind};

use crate::command::{Activate, StartFrom};
use crate::execution::{Execution, Work};
use crate::instance::Phase;
use crate::key::ElementInstanceKey;
use crate::outcome::Rejection;
use crate::transition::{ElementState, Event, Parent};
use crate::value::Variables;
use crate::variables::Place;

impl Execution<'_> {
    /// Starts the instance.
    pub(crate) fn start(
        &mut self,
        variables: Variables,
        from: StartFrom,
        parent: Option<Parent>,
    ) -> Result<(), Rejection> {
        let (nodes, brought) = match from {
            StartFrom::Elements(elements) => return self.start_at(variables, elements, parent),
            StartFrom::NoneStart => (self.plain_starts()?, None),
            StartFrom::Event { node, variables } => (self.begun_by(node)?, Some(variables)),
        };
        let scope = self.instance.root();
        self.check_payload(&variables, Place::In(scope))?;
        if let Some(brought) = &brought {
            self.check_payload(brought, Place::New)?;
        }
        self.instance.started = true;
        self.instance.parent = parent;
        self.instance_event();
        self.set_local(scope, variables);
        self.element_mut(scope).tokens = nodes.len() as u32;
        let waits_first = !self.process.graph().root().event_sub_processes.is_empty();
        if waits_first {
            self.element_mut(scope).phase = Phase::Starting;
            self.agenda.push_back(Work::Drive(scope));
            if brought.is_none() {
                self.element_mut(scope).tokens = 0;
                return Ok(());
            }
        }
        let Some(mut brought) = brought else {
            for node in nodes {
                self.agenda.push_back(Work::Activate { node, scope });
            }
            return Ok(());
        };
        self.pass_gateway(nodes[0], scope);
        for (at, node) in nodes.into_iter().enumerate() {
            let is_start = matches!(self.process.node(node).kind, NodeKind::StartEvent { .. });
            let key = match (at, is_start) {
                (0, true) => self.begin(node, scope, Phase::Starting),
                (0, false) => self.begin(node, scope, Phase::Completing),
                _ => self.begin(node, scope, Phase::Entering),
            };
            if at == 0 {
                self.take_result(key, std::mem::take(&mut brought));
            }
            if !waits_first {
                self.agenda.push_back(Work::Drive(key));
            }
        }
        Ok(())
    }

    /// Starts the instance at other elements than its start event.
    fn start_at(
        &mut self,
        variables: Variables,
        elements: Vec<Activate>,
        parent: Option<Parent>,
    ) -> Result<(), Rejection> {
        let scope = self.instance.root();
        let begins = self.plan_start(elements)?;
        self.check_payload(&variables, Place::In(scope))?;
        self.instance.started = true;
        self.instance.parent = parent;
        self.instance_event();
        self.set_local(scope, variables);
        let root = self.element_mut(scope);
        root.phase = Phase::Starting;
        root.rare_mut().begins = begins;
        self.agenda.push_back(Work::Drive(scope));
        Ok(())
    }

    /// An instantiating event-based gateway is passed before the event behind it begins.
    fn pass_gateway(&mut self, event: NodeIx, scope: ElementInstanceKey) {
        let graph = self.process.graph();
        let Some((gateway, parallel)) = graph.instantiating_gateway(event) else {
            return;
        };
        let key = self.begin(gateway, scope, Phase::Waiting);
        self.end(key, ElementState::Completed);
        for flow in &graph.node(gateway).outgoing {
            if parallel || graph.flow(*flow).target == event {
                self.out.events.push(Event::FlowTaken { flow: *flow });
            }
        }
    }

    fn plain_starts(&self) -> Result<Vec<NodeIx>, Rejection> {
        let graph = self.process.graph();
        let problem = match graph.plain_starts() {
            Some(nodes) if nodes.len() < self.limits.max_elements => return Ok(nodes),
            Some(_) => "begins at more elements than may be alive (limit max_elements)",
            None if graph.root().none_starts.is_empty() => "has no none start event",
            None => "has several none start events; name the one to begin at",
        };
        Err(Rejection::Invalid(format!(
            "the process `{}` {problem}",
            graph.id
        )))
    }

    /// What begins where the trigger of an element has occurred: that, and what a parallel
    /// event-based gateway waits for beside it.
    fn begun_by(&self, node: NodeIx) -> Result<Vec<NodeIx>, Rejection> {
        let graph = self.process.graph();
        let root = graph.root();
        if let Some((gateway, parallel)) = graph.instantiating_gateway(node) {
            let others = graph.events_behind(gateway);
            let others = others.filter(|other| parallel && *other != node);
            return Ok(std::iter::once(node).chain(others).collect());
        }
        let is_gateway = matches!(graph.node(node).kind, NodeKind::EventBasedGateway(_));
        if (root.event_starts.contains(&node) && !is_gateway) || root.none_starts.contains(&node) {
            return Ok(vec![node]);
        }
        Err(Rejection::Invalid(format!(
            "the element {} starts no instance of the process `{}`",
            node.0, graph.id
        )))
    }
}
