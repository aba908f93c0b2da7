//! The processes of a case: compiled from its files, found by id and binding.

use std::sync::Arc;

use anyam_bpmn::graph::Binding;
use anyam_engine::{JobSlot, Process};

use super::folder::{self, Case};
use super::scenario::Scenario;
use super::world::World;

/// A deployed process. Later ones of the same id are newer versions.
pub struct Deployed {
    pub process: Arc<Process>,
    /// Files that were deployed together have the same number.
    pub deployment: usize,
}

impl Deployed {
    pub fn id(&self) -> &str {
        &self.process.graph().id
    }
}

impl World {
    /// Deploys files together.
    pub fn deploy(&mut self, case: &Case, files: &[String]) -> Result<(), String> {
        let deployment = self.deployments;
        self.deployments += 1;
        let models = files.iter().filter(|file| file.ends_with(".dmn"));
        let models = models.map(|file| case.file(file));
        let models = models.collect::<Result<Vec<_>, _>>()?;
        self.shared.decisions.deploy(&models, deployment)?;
        for file in files.iter().filter(|file| folder::is_resource(file)) {
            let bytes = case.file(file)?;
            self.shared.resources.deploy(file, &bytes, deployment);
        }
        for file in files.iter().filter(|file| file.ends_with(".bpmn")) {
            for process in compile(&case.file(file)?, &self.steps)? {
                let process = Arc::new(process);
                self.deployed.push(Deployed {
                    process,
                    deployment,
                });
                self.note_timers(self.deployed.len() - 1)?;
            }
        }
        Ok(())
    }

    /// The newest process with an id.
    pub fn latest(&self, id: &str) -> Result<&Deployed, String> {
        self.bound(id, &Binding::Latest, 0)
    }

    /// The process that a call from `deployment` means.
    pub fn bound(
        &self,
        id: &str,
        binding: &Binding,
        deployment: usize,
    ) -> Result<&Deployed, String> {
        let fits = |deployed: &&Deployed| match binding {
            Binding::Latest => true,
            Binding::Deployment => deployed.deployment == deployment,
            Binding::VersionTag(tag) => deployed.process.graph().version_tag.as_ref() == Some(tag),
        };
        let mut newest = self.deployed.iter().rev().filter(|d| d.id() == id);
        newest
            .find(fits)
            .ok_or_else(|| format!("no process `{id}` is deployed for {binding:?}"))
    }
}

/// The process that `start` starts: the one the scenario names, else the last of `process.bpmn`.
pub fn main_process(case: &Case, scenario: &Scenario) -> Result<String, String> {
    if let Some(id) = &scenario.process {
        return Ok(id.clone());
    }
    let processes = compile(&case.file("process.bpmn")?, &scenario.steps)?;
    let last = processes
        .last()
        .ok_or("the file has no executable process")?;
    Ok(last.graph().id.to_string())
}

/// The executable processes of a file. `steps` are the task types that are done by steps.
pub fn compile(file: &[u8], steps: &[String]) -> Result<Vec<Process>, String> {
    let compiled = anyam_bpmn::compile(file, &anyam_bpmn::Limits::default());
    let compiled = compiled.map_err(|rejected| rejected.to_string())?;
    let is_step = |_: &_, _: JobSlot, job_type: &str| steps.iter().any(|step| step == job_type);
    let processes = compiled.processes.into_iter().map(|graph| {
        Process::new(graph, &feel_limits(), is_step).map_err(|findings| {
            let lines: Vec<_> = findings.iter().map(ToString::to_string).collect();
            lines.join("\n")
        })
    });
    processes.collect()
}

/// A small budget for costly expressions: those that are meant to fail should fail soon.
pub fn feel_limits() -> anyam_feel::Limits {
    let isolated = anyam_feel::Budget {
        steps: 20_000,
        bytes: 1 << 20,
    };
    anyam_feel::Limits {
        isolated,
        ..anyam_feel::Limits::default()
    }
}
