//! The decisions that one command to a process instance calls.

use std::cell::RefCell;
use std::sync::Arc;

use anyam_bpmn::graph::Binding;
use anyam_engine::Decisions;
use anyam_engine::key::DecisionKey;
use anyam_engine::transition::{DecisionRecord, Event, Transition};
use anyam_store::TenantId;
use anyam_store::records::{Decision, DecisionInstance};

use super::instances::{self, Origin};
use super::{DecisionModel, lookup};
use crate::runtime::Inner;
use crate::runtime::catalog::Deployed;

/// Finds decisions in the store. What was found stays the same for the whole command.
pub(in crate::runtime) struct CommandDecisions<'a> {
    inner: &'a Inner,
    tenant: TenantId,
    deployment: u64,
    found: RefCell<Vec<Found>>,
}

struct Found {
    id: Box<str>,
    binding: Binding,
    version: Result<(Decision, Arc<DecisionModel>), String>,
}

impl<'a> CommandDecisions<'a> {
    /// For a command to an instance of a process.
    pub(in crate::runtime) fn of(inner: &'a Inner, deployed: &Deployed) -> Self {
        Self {
            inner,
            tenant: deployed.tenant,
            deployment: deployed.record.deployment_key,
            found: RefCell::default(),
        }
    }

    fn look(&self, id: &str, binding: &Binding) -> Result<(Decision, Arc<DecisionModel>), String> {
        let unreadable = |error| format!("the decision '{id}' cannot be read: {error}");
        let reader = self.inner.database.read();
        let reader = reader.map_err(|error| unreadable(error.into()))?;
        let rows = reader.tenant(self.tenant);
        let decision = lookup::bound(rows, id, binding, self.deployment).map_err(unreadable)?;
        let decision = decision.ok_or_else(|| match binding {
            Binding::Latest => format!("there is no decision '{id}'; deploy it"),
            Binding::Deployment => {
                format!("there was no decision '{id}' when the process was deployed")
            }
            Binding::VersionTag(tag) => {
                format!("there is no decision '{id}' with the version tag '{tag}'; deploy it")
            }
        })?;
        let model = self.inner.decision_model(self.tenant, &decision);
        Ok((decision, model.map_err(unreadable)?))
    }

    /// The rows of what a transition says of decisions.
    pub(in crate::runtime) fn rows(
        &self,
        transition: &Transition,
        (instance, definition): (u64, u64),
    ) -> Vec<DecisionInstance> {
        let made = transition.events.iter().filter_map(|event| match event {
            Event::DecisionEvaluated(record) => Some(record),
            _ => None,
        });
        made.flat_map(|record| self.rows_of(record, instance, definition))
            .collect()
    }

    fn rows_of(
        &self,
        record: &DecisionRecord,
        instance: u64,
        definition: u64,
    ) -> Vec<DecisionInstance> {
        let origin = Origin {
            evaluation: record.key.0,
            instance,
            element_instance: record.element_instance.0,
            definition,
            now: record.evaluated_at.0,
        };
        let found = self.found.borrow();
        let mut versions = found.iter().filter_map(|found| found.version.as_ref().ok());
        let version = versions.find(|(decision, _)| decision.key == record.decision.0);
        version.map_or_else(Vec::new, |(decision, model)| {
            instances::rows(&origin, model, decision, &record.result)
        })
    }
}

impl Decisions for CommandDecisions<'_> {
    fn find(&self, id: &str, binding: &Binding) -> Result<anyam_engine::Decision, String> {
        let mut found = self.found.borrow_mut();
        let known = found
            .iter()
            .position(|known| *known.id == *id && known.binding == *binding);
        let at = known.unwrap_or_else(|| {
            found.push(Found {
                id: id.into(),
                binding: binding.clone(),
                version: self.look(id, binding),
            });
            found.len() - 1
        });
        let (decision, model) = found[at].version.as_ref().map_err(Clone::clone)?;
        Ok(anyam_engine::Decision {
            key: DecisionKey(decision.key),
            id: decision.decision_id.as_str().into(),
            model: model.model.clone(),
        })
    }
}
