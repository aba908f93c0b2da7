//! How an instance begins (10.5.2).

use anyam_bpmn::graph::NodeIx;

use crate::command::StartFrom;
use crate::execution::{Execution, Work};
use crate::instance::Phase;
use crate::outcome::Rejection;
use crate::transition::Parent;
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
            StartFrom::NoneStart => (self.plain_starts()?, None),
            StartFrom::Event { node, variables } => {
                (vec![self.event_of_start(node)?], Some(variables))
            }
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
        for node in nodes {
            match &brought {
                None => self.agenda.push_back(Work::Activate { node, scope }),
                Some(brought) => {
                    let key = self.begin(node, scope, Phase::Starting);
                    self.take_result(key, brought.clone());
                    if !waits_first {
                        self.agenda.push_back(Work::Drive(key));
                    }
                }
            }
        }
        Ok(())
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

    fn event_of_start(&self, node: NodeIx) -> Result<NodeIx, Rejection> {
        let graph = self.process.graph();
        let root = graph.root();
        if root.event_starts.contains(&node) || root.none_starts.contains(&node) {
            return Ok(node);
        }
        Err(Rejection::Invalid(format!(
            "the element {} starts no instance of the process `{}`",
            node.0, graph.id
        )))
    }
}
