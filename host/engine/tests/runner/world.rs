//! One instance of a case's process, its clock and its keys.

use anyam_bpmn::graph::ProcessGraph;
use anyam_engine::key::{InstanceKey, KeySource};
use anyam_engine::transition::Transition;
use anyam_engine::value::Timestamp;
use anyam_engine::{Command, Environment, Instance, Limits, Outcome, Process, apply};

use super::consistency;
use super::seen::Seen;

/// 2030-01-01T00:00:00Z.
const BEGIN: Timestamp = Timestamp(1_893_456_000_000);

/// Keys counted up from a fixed one.
pub struct Counter(pub u64);

impl KeySource for Counter {
    fn next_key(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }
}

pub struct World {
    pub process: Process,
    pub limits: Limits,
    pub now: Timestamp,
    pub instance: Instance,
    pub seen: Seen,
    keys: Counter,
    /// Whether the instance is encoded and decoded before every command.
    stored: bool,
    /// The encoded instance and the transition after every command.
    pub log: Vec<(Vec<u8>, Transition)>,
}

impl World {
    pub fn new(process: Process, limits: Limits, stored: bool) -> Self {
        Self {
            process,
            limits,
            now: BEGIN,
            instance: Instance::new(InstanceKey(1_000), BEGIN),
            seen: Seen::default(),
            keys: Counter(1_000),
            stored,
            log: Vec::new(),
        }
    }

    pub fn graph(&self) -> &ProcessGraph {
        self.process.graph()
    }

    /// Applies a command. `Ok(Err(..))` is a rejection, `Err` a fault of the engine.
    pub fn command(&mut self, command: &Command) -> Result<Result<(), String>, String> {
        let before = encoded(&self.instance);
        if self.stored {
            self.instance = Instance::decode(&before).map_err(|e| e.to_string())?;
        }
        let mut evaluated = Vec::new();
        let first_key = self.keys.0;
        loop {
            self.keys.0 = first_key;
            let environment = Environment {
                process: &self.process,
                now: self.now,
                keys: &mut self.keys,
                evaluated: &evaluated,
                limits: &self.limits,
            };
            match apply(self.instance.clone(), command.clone(), environment) {
                Outcome::Applied(instance, transition) => {
                    self.seen.take(self.process.graph(), &transition)?;
                    if let Command::FireTimer { timer } = command {
                        self.seen.timers.remove(timer);
                    }
                    self.instance = instance;
                    self.log.push((encoded(&self.instance), transition));
                    consistency::check(&self.seen, &self.instance, &self.process)?;
                    return Ok(Ok(()));
                }
                Outcome::Rejected(instance, rejection) => {
                    if encoded(&instance) != before {
                        return Err(format!("`{rejection}` changed the instance"));
                    }
                    return Ok(Err(rejection.to_string()));
                }
                Outcome::Evaluate(instance, request) => {
                    if encoded(&instance) != before {
                        return Err("asking for a value changed the instance".to_owned());
                    }
                    evaluated.push(anyam_feel::isolated::evaluate(&request));
                }
            }
        }
    }
}

pub fn encoded(instance: &Instance) -> Vec<u8> {
    let mut bytes = Vec::new();
    instance.encode(&mut bytes);
    bytes
}
