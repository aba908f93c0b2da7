//! Processes that a time starts, or a condition.

use anyam_bpmn::graph::NodeIx;
use anyam_engine::value::{Timestamp, Variables};
use anyam_engine::{
    Command, Environment, StartAwaits, StartFrom, StartTime, StartWait, Undecided,
    start_conditions_holding, start_waits,
};
use serde::Deserialize;

use super::scenario::Members;
use super::world::World;

/// A process that is to start at a time.
pub struct StartTimer {
    pub time: StartTime,
    /// The position of the process.
    pub deployed: usize,
    pub node: NodeIx,
    pub part: u8,
}

/// What has come to a start event that needs several triggers.
pub struct PartialStart {
    /// The position of the process.
    pub deployed: usize,
    pub node: NodeIx,
    pub parts: Vec<(u8, Variables)>,
}

/// Has the conditions of start events evaluated.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evaluate {
    #[serde(default)]
    pub variables: Members,
}

impl World {
    /// Notes when the process at a position starts.
    pub fn note_timers(&mut self, deployed: usize) -> Result<(), String> {
        let process = self.deployed[deployed].process.clone();
        let waits = start_waits(Environment {
            process: &process,
            now: self.shared.now,
            seed: anyam_feel::Seed(0),
            keys: &mut self.shared.keys,
            decisions: &anyam_engine::NoDecisions,
            resources: &anyam_engine::NoResources,
            evaluated: &[],
            limits: &self.shared.limits,
        });
        let waits = waits.map_err(|(node, why)| format!("`{}`: {why}", process.node(node).id))?;
        for StartWait { node, part, awaits } in waits {
            if let StartAwaits::Timer(time) = awaits {
                self.start_timers.push(StartTimer {
                    time,
                    deployed,
                    node,
                    part,
                });
            }
        }
        Ok(())
    }

    /// When the next process is to start, if that is not after `until`.
    pub fn next_start(&self, until: Timestamp) -> Option<Timestamp> {
        let times = self.start_timers.iter().map(|timer| timer.time.due);
        times.min().filter(|due| *due <= until)
    }

    /// Starts what is due first.
    pub fn start_due(&mut self) -> Result<(), String> {
        let timers = self.start_timers.iter().enumerate();
        let Some((at, _)) = timers.min_by_key(|(_, timer)| timer.time.due) else {
            return Ok(());
        };
        let timer = self.start_timers.remove(at);
        if !self.is_newest(timer.deployed) {
            return Ok(());
        }
        let start = (timer.deployed, timer.node);
        if let Some(brought) = self.all_came(start, timer.part, Variables::new()) {
            self.start_by_event(timer.deployed, timer.node, brought)?;
        }
        if let Some(time) = timer.time.next(self.shared.now) {
            self.start_timers.push(StartTimer { time, ..timer });
        }
        Ok(())
    }

    /// Starts an instance of each process with a start event whose condition holds.
    pub fn evaluate_conditions(&mut self, variables: &Variables) -> Result<(), String> {
        for at in 0..self.deployed.len() {
            if !self.is_newest(at) {
                continue;
            }
            let process = self.deployed[at].process.clone();
            let mut nodes: Vec<_> = process.graph().start_triggers();
            nodes.dedup_by_key(|start| start.node);
            for start in nodes {
                let mut evaluated = Vec::new();
                let holding = loop {
                    let environment = Environment {
                        process: &process,
                        now: self.shared.now,
                        seed: anyam_feel::Seed(0),
                        keys: &mut self.shared.keys,
                        decisions: &anyam_engine::NoDecisions,
                        resources: &anyam_engine::NoResources,
                        evaluated: &evaluated,
                        limits: &self.shared.limits,
                    };
                    match start_conditions_holding(environment, start.node, variables.clone()) {
                        Ok(holding) => break holding,
                        Err(Undecided::Failed(why)) => return Err(why),
                        Err(Undecided::Evaluate(request)) => evaluated.push(request.evaluate()),
                    }
                };
                let mut brought = None;
                for part in holding {
                    let came = self.all_came((at, start.node), part, variables.clone());
                    brought = came.or(brought);
                }
                if let Some(brought) = brought {
                    self.start_by_event(at, start.node, brought)?;
                }
            }
        }
        Ok(())
    }

    /// What a start event brings once everything has come that it needs; one trigger of most.
    pub fn all_came(
        &mut self,
        (deployed, node): (usize, NodeIx),
        part: u8,
        variables: Variables,
    ) -> Option<Variables> {
        let needs = self.deployed[deployed].process.graph().start_needs(node);
        if needs == 1 {
            return Some(variables);
        }
        let mut known = self.partial_starts.iter_mut();
        let known = known.find(|known| (known.deployed, known.node) == (deployed, node));
        let Some(known) = known else {
            self.partial_starts.push(PartialStart {
                deployed,
                node,
                parts: vec![(part, variables)],
            });
            return None;
        };
        if known.parts.iter().all(|(came, _)| *came != part) {
            known.parts.push((part, variables));
        }
        if known.parts.len() < needs {
            return None;
        }
        let parts = std::mem::take(&mut known.parts);
        Some(parts.into_iter().flat_map(|(_, brought)| brought).collect())
    }

    /// Whether a start event that needs several triggers has this one already.
    pub fn has_come(&self, (deployed, node): (usize, NodeIx), part: u8) -> bool {
        let mut known = self.partial_starts.iter();
        known.any(|known| {
            (known.deployed, known.node) == (deployed, node)
                && known.parts.iter().any(|(came, _)| *came == part)
        })
    }

    fn is_newest(&self, at: usize) -> bool {
        let id = self.deployed[at].id();
        self.deployed[at + 1..].iter().all(|newer| newer.id() != id)
    }

    fn start_by_event(
        &mut self,
        at: usize,
        node: NodeIx,
        variables: Variables,
    ) -> Result<(), String> {
        let deployed = &self.deployed[at];
        let (process, deployment) = (deployed.process.clone(), deployed.deployment);
        let new = self.create(process, deployment);
        let start = Command::Start {
            variables: Variables::new(),
            from: StartFrom::Event { node, variables },
            parent: None,
        };
        self.command_to(new, &start)?
    }
}
