//! The decisions of a case: compiled from its DMN files, found by id and binding.

use std::sync::Arc;

use anyam_bpmn::dmn;
use anyam_bpmn::graph::Binding;
use anyam_engine::key::DecisionKey;
use anyam_engine::{Decision, Decisions};
use anyam_feel::dmn::Model;

use super::deployment::feel_limits;

/// Every version of every decision, oldest first.
#[derive(Default)]
pub struct DecisionVersions(Vec<Version>);

struct Version {
    decision: Decision,
    tag: Option<Box<str>>,
    deployment: usize,
}

impl DecisionVersions {
    /// Adds the decisions of files that were deployed together.
    pub fn deploy(&mut self, files: &[Vec<u8>], deployment: usize) -> Result<(), String> {
        let limits = anyam_bpmn::Limits::default();
        let read = files.iter().map(|file| dmn::read(file, &limits));
        let read = read
            .collect::<Result<Vec<_>, _>>()
            .map_err(|e| e.to_string())?;
        for file in &read {
            let others: Vec<_> = read.iter().map(|other| &other.definitions).collect();
            let model = Model::compile(&file.definitions, &others, &feel_limits());
            let model = Arc::new(model.map_err(|findings| format!("{findings:?}"))?);
            for decision in &file.definitions.decisions {
                let decided = Decision {
                    key: DecisionKey(self.0.len() as u64 + 1),
                    id: decision.id.clone(),
                    model: model.clone(),
                };
                self.0.push(Version {
                    decision: decided,
                    tag: decision.version_tag.clone(),
                    deployment,
                });
            }
        }
        Ok(())
    }

    /// As a process of a deployment sees them.
    pub fn of(&self, deployment: usize) -> Seen<'_> {
        Seen {
            versions: &self.0,
            deployment,
        }
    }
}

pub struct Seen<'a> {
    versions: &'a [Version],
    deployment: usize,
}

impl Decisions for Seen<'_> {
    fn find(&self, id: &str, binding: &Binding) -> Result<Decision, String> {
        let fits = |version: &&Version| match binding {
            Binding::Latest => true,
            Binding::Deployment => version.deployment == self.deployment,
            Binding::VersionTag(tag) => version.tag.as_ref() == Some(tag),
        };
        let newest = self.versions.iter().rev();
        let mut newest = newest.filter(|version| *version.decision.id == *id);
        let found = newest.find(fits).map(|version| version.decision.clone());
        found.ok_or_else(|| format!("there is no decision '{id}' for the binding {binding:?}"))
    }
}
