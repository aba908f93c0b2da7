//! Migrating a process instance to another process definition.

use std::sync::Arc;

use anyam_engine::Command;
use anyam_engine::command::{Migration, Target};

use super::catalog::Deployed;
use super::shard::Request;
use super::{Runtime, rollouts};
use crate::error::{Error, Result};

/// Where an instance goes on.
pub(super) struct Destination {
    pub(super) deployed: Arc<Deployed>,
    /// As [`rollouts::Rollouts::moved`] before it was looked up.
    pub(super) moved: u64,
    /// Source and target id of elements.
    pub(super) mapping: Vec<(Box<str>, Box<str>)>,
}

impl Destination {
    /// What the engine is told.
    pub(super) fn command(&self) -> Command {
        Command::Migrate(Box::new(Migration {
            target: Target(self.deployed.process.clone()),
            mapping: self.mapping.clone(),
        }))
    }
}

impl Runtime {
    /// Migrates a process instance to the definition `target` of its tenant; answers after the
    /// commit. `mapping` gives source and target id of elements.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is no such instance or definition, [`Error::Invalid`] where
    /// something that is alive cannot go on there, [`Error::Conflict`], and overload.
    pub async fn migrate(
        &self,
        instance: u64,
        target: u64,
        mapping: Vec<(Box<str>, Box<str>)>,
    ) -> Result<()> {
        let none = |what: &str, key| Error::NotFound(format!("there is no {what} {key}"));
        let address = self.locate(instance)?;
        let address = address.ok_or_else(|| none("process instance", instance))?;
        let moved = rollouts::Rollouts::moved(&self.inner.rollouts);
        let deployed = self.inner.definition(address.tenant, target)?;
        let deployed = deployed.ok_or_else(|| none("process definition", target))?;
        let destination = Destination {
            deployed,
            moved,
            mapping,
        };
        let request = Request::Migrate(Box::new(destination));
        self.inner.send(address, request).await.map(|_| ())
    }
}
