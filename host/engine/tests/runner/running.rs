//! One instance being played, and what all instances of a case share.

use std::sync::Arc;

use anyam_bpmn::graph::ProcessGraph;
use anyam_engine::key::{ElementInstanceKey, InstanceKey, KeySource};
use anyam_engine::transition::Transition;
use anyam_engine::value::Timestamp;
use anyam_engine::{Command, Environment, Instance, Limits, Outcome, Process, apply};

use super::consistency;
use super::decisions::DecisionVersions;
use super::resources::ResourceVersions;
use super::seen::Seen;

/// 2030-01-01T00:00:00Z.
const BEGIN: Timestamp = Timestamp(1_893_456_000_000);

/// The key before the first one.
const FIRST_KEY: u64 = 999;

/// Keys counted up from a fixed one.
pub struct Counter(pub u64);

impl KeySource for Counter {
    fn next_key(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }
}

/// What all instances share.
pub struct Shared {
    pub limits: Limits,
    pub now: Timestamp,
    pub keys: Counter,
    /// Whether an instance is encoded and decoded before every command.
    stored: bool,
    pub decisions: DecisionVersions,
    pub resources: ResourceVersions,
    /// The encoded instance and the transition after every command.
    pub log: Vec<(Vec<u8>, Transition)>,
}

impl Shared {
    pub fn new(limits: Limits, stored: bool) -> Self {
        Self {
            limits,
            now: BEGIN,
            keys: Counter(FIRST_KEY),
            stored,
            decisions: DecisionVersions::default(),
            resources: ResourceVersions::default(),
            log: Vec::new(),
        }
    }
}

/// An instance with what was seen of it.
pub struct Running {
    pub process: Arc<Process>,
    /// Which deployment its process came with.
    pub deployment: usize,
    pub instance: Instance,
    pub seen: Seen,
    /// The caller's position and its call activity, where it was called.
    pub parent: Option<(usize, ElementInstanceKey)>,
    /// The correlation key of the message that started it.
    pub started_with: Option<Box<str>>,
    /// Whether its end was told to others.
    pub end_told: bool,
}

impl Running {
    /// An instance that is not started.
    pub fn new(process: Arc<Process>, deployment: usize, shared: &mut Shared) -> Self {
        let key = InstanceKey(shared.keys.next_key());
        Self {
            process,
            deployment,
            instance: Instance::new(key, shared.now),
            seen: Seen::default(),
            parent: None,
            started_with: None,
            end_told: false,
        }
    }

    pub fn graph(&self) -> &ProcessGraph {
        self.process.graph()
    }

    /// Applies a command. `Ok(Err(..))` is a rejection, `Err` a fault of the engine.
    pub fn command(
        &mut self,
        shared: &mut Shared,
        command: &Command,
    ) -> Result<Result<(), String>, String> {
        let before = encoded(&self.instance);
        if shared.stored {
            self.instance = Instance::decode(&before).map_err(|e| e.to_string())?;
        }
        let mut evaluated = Vec::new();
        let first_key = shared.keys.0;
        loop {
            shared.keys.0 = first_key;
            let environment = Environment {
                process: &self.process,
                now: shared.now,
                // Every command of a scenario has a seed of its own, the same in every run.
                seed: anyam_feel::Seed(shared.log.len() as u64),
                keys: &mut shared.keys,
                decisions: &shared.decisions.of(self.deployment),
                resources: &shared.resources.of(self.deployment),
                evaluated: &evaluated,
                limits: &shared.limits,
            };
            match apply(self.instance.clone(), command.clone(), environment) {
                Outcome::Applied(instance, transition) => {
                    if let Command::Migrate(migration) = command {
                        self.process = migration.target.0.clone();
                    }
                    self.seen.take(self.process.graph(), &transition)?;
                    if let Command::FireTimer { timer } = command {
                        self.seen.timers.remove(timer);
                    }
                    self.instance = instance;
                    shared.log.push((encoded(&self.instance), transition));
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
                    evaluated.push(request.evaluate());
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
