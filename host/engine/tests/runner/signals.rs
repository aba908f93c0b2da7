//! Signals: broadcast to every instance that waits and to every process that one starts.

use anyam_bpmn::graph::{EventTrigger, Value};
use anyam_engine::transition::Awaited;
use anyam_engine::value::Variables;
use anyam_engine::{Command, StartFrom};

use super::world::World;

impl World {
    pub fn broadcast(&mut self, name: &str, variables: &Variables) -> Result<(), String> {
        let wanted = Awaited::Signal { name: name.into() };
        let mut waiting = Vec::new();
        for (at, running) in self.instances.iter().enumerate() {
            let open = running.seen.subscriptions.values();
            let fits = open.filter(|open| open.awaits == wanted);
            waiting.extend(fits.map(|open| (at, open.key)));
        }
        for (at, subscription) in waiting {
            let variables = variables.clone();
            let command = Command::ReceiveSignal {
                subscription,
                variables,
            };
            // Another of the instance's waits for the signal may have ended this one.
            self.instances[at].command(&mut self.shared, &command)?.ok();
        }
        let name = Value::Literal(name.into());
        let starts = self.event_starts(|graph, trigger| match trigger {
            EventTrigger::Signal(ix) => graph.signals[ix.at()].name == name,
            _ => false,
        });
        for (at, node, part) in starts {
            let Some(brought) = self.all_came((at, node), part, variables.clone()) else {
                continue;
            };
            let (process, deployment) = {
                let deployed = &self.deployed[at];
                (deployed.process.clone(), deployed.deployment)
            };
            let new = self.create(process, deployment);
            let start = Command::Start {
                variables: Variables::new(),
                from: StartFrom::Event {
                    node,
                    variables: brought,
                },
                parent: None,
            };
            let started = self.instances[new].command(&mut self.shared, &start)?;
            started.map_err(|why| format!("the signal started no instance: {why}"))?;
        }
        Ok(())
    }
}
