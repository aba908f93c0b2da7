//! Processes that a time starts, or a condition.

use anyam_bpmn::graph::NodeIx;
use anyam_engine::value::{Timestamp, Variables};
use anyam_engine::{
    Command, Environment, StartAwaits, StartFrom, StartTime, StartWait, start_condition_holds,
    start_waits,
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
            evaluated: &[],
            limits: &self.shared.limits,
        });
        let waits = waits.map_err(|(node, why)| format!("`{}`: {why}", process.node(node).id))?;
        for StartWait { node, awaits } in waits {
            if let StartAwaits::Timer(time) = awaits {
                self.start_timers.push(StartTimer {
                    time,
                    deployed,
                    node,
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
        self.start_by_event(timer.deployed, timer.node, Variables::new())?;
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
            for start in process.graph().start_triggers() {
                let environment = Environment {
                    process: &process,
                    now: self.shared.now,
                    seed: anyam_feel::Seed(0),
                    keys: &mut self.shared.keys,
                    decisions: &anyam_engine::NoDecisions,
                    evaluated: &[],
                    limits: &self.shared.limits,
                };
                if start_condition_holds(environment, start.node, variables.clone())? {
                    self.start_by_event(at, start.node, variables.clone())?;
                }
            }
        }
        Ok(())
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
