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
        let (node, brought) = match from {
            StartFrom::NoneStart => (self.none_start()?, None),
            StartFrom::Event { node, variables } => (self.event_of_start(node)?, Some(variables)),
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
        self.element_mut(scope).tokens = 1;
        match brought {
            None => self.agenda.push_back(Work::Activate { node, scope }),
            Some(brought) => {
                let key = self.begin(node, scope, Phase::Starting);
                self.take_result(key, brought);
                self.agenda.push_back(Work::Drive(key));
            }
        }
        Ok(())
    }

    fn none_start(&self) -> Result<NodeIx, Rejection> {
        let graph = self.process.graph();
        graph.root().none_start().ok_or_else(|| {
            Rejection::Invalid(format!(
                "the process `{}` has no none start event",
                graph.id
            ))
        })
    }

    fn event_of_start(&self, node: NodeIx) -> Result<NodeIx, Rejection> {
        let graph = self.process.graph();
        if graph.root().event_starts.contains(&node) {
            return Ok(node);
        }
        Err(Rejection::Invalid(format!(
            "the element {} starts no instance of the process `{}`",
            node.0, graph.id
        )))
    }
}
