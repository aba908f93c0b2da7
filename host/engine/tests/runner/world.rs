//! Everything a case plays with: deployed processes, their instances, and what lies between them.

use std::sync::Arc;

use anyam_engine::value::Timestamp;
use anyam_engine::{Command, Instance, Limits, Process};

use super::deployment::{self, Deployed};
use super::folder::Case;
use super::messages::Messages;
use super::running::{Running, Shared};
use super::scenario::Scenario;
use super::starts::{PartialStart, StartTimer};

pub struct World {
    pub shared: Shared,
    pub deployed: Vec<Deployed>,
    pub deployments: usize,
    /// Instances in the order they were created; the ended ones stay.
    pub instances: Vec<Running>,
    pub messages: Messages,
    pub start_timers: Vec<StartTimer>,
    pub partial_starts: Vec<PartialStart>,
    /// Files that were deployed to migrate to.
    pub files: Vec<String>,
    /// Task types that are done by steps.
    pub steps: Vec<String>,
    /// The process that `start` starts.
    main: String,
}

impl World {
    /// The world of a case: every file is deployed but those that a step deploys later.
    pub fn new(
        case: &Case,
        scenario: &Scenario,
        limits: Limits,
        stored: bool,
    ) -> Result<Self, String> {
        let main = deployment::main_process(case, scenario)?;
        let mut world = Self::empty(main, limits, stored);
        world.steps.clone_from(&scenario.steps);
        let later = scenario.later_files();
        let mut files = case.models()?;
        files.retain(|file| !later.contains(file));
        world.deploy(case, &files)?;
        Ok(world)
    }

    /// The world of one process.
    pub fn of(process: Process, limits: Limits, stored: bool) -> Self {
        let mut world = Self::empty(process.graph().id.to_string(), limits, stored);
        world.deployed.push(Deployed {
            process: Arc::new(process),
            deployment: 0,
        });
        world
    }

    fn empty(main: String, limits: Limits, stored: bool) -> Self {
        Self {
            shared: Shared::new(limits, stored),
            deployed: Vec::new(),
            deployments: 0,
            instances: Vec::new(),
            messages: Messages::default(),
            start_timers: Vec::new(),
            partial_starts: Vec::new(),
            files: Vec::new(),
            steps: Vec::new(),
            main,
        }
    }

    /// Creates an instance of a process, not started, and gives its position.
    pub fn create(&mut self, process: Arc<Process>, deployment: usize) -> usize {
        let running = Running::new(process, deployment, &mut self.shared);
        self.instances.push(running);
        self.instances.len() - 1
    }

    /// The position of the first instance; before there is any, one of the main process is created.
    pub fn first(&mut self) -> Result<usize, String> {
        if self.instances.is_empty() {
            let main = self.latest(&self.main)?;
            let (process, deployment) = (main.process.clone(), main.deployment);
            self.create(process, deployment);
        }
        Ok(0)
    }

    /// The first instance.
    pub fn instance(&self) -> &Instance {
        &self.instances[0].instance
    }

    /// Applies a command to the first instance, and then what follows in others.
    pub fn command(&mut self, command: &Command) -> Result<Result<(), String>, String> {
        let at = self.first()?;
        self.command_to(at, command)
    }

    /// Applies a command to an instance, and then what follows in others. `Ok(Err(..))` is a
    /// rejection, `Err` a fault.
    pub fn command_to(
        &mut self,
        at: usize,
        command: &Command,
    ) -> Result<Result<(), String>, String> {
        let outcome = self.instances[at].command(&mut self.shared, command)?;
        self.route()?;
        Ok(outcome)
    }

    /// The position of an instance by the name that [`World::names`] gives it.
    pub fn named(&self, name: &str) -> Result<usize, String> {
        let names = self.names();
        let found = names.iter().position(|known| known == name);
        found.ok_or_else(|| format!("there is no instance `{name}`, but {names:?}"))
    }

    /// The name of each instance: its process id, the second one's `id 2` and so on.
    pub fn names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for (at, running) in self.instances.iter().enumerate() {
            let id = &running.graph().id;
            let before = self.instances[..at].iter();
            let same = before.filter(|other| other.graph().id == *id).count();
            names.push(match same {
                0 => id.to_string(),
                _ => format!("{id} {}", same + 1),
            });
        }
        names
    }

    pub fn now(&self) -> Timestamp {
        self.shared.now
    }
}
