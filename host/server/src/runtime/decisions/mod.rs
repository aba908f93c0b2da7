//! DMN: deployed decisions, ready to be made, and what becomes of them.

mod checking;
mod deletion;
mod deployment;
mod evaluation;
mod instances;
mod lookup;
mod source;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use anyam_bpmn::dmn;
use anyam_feel::dmn::Model;
use anyam_store::records::{Decision, DecisionRequirements, Resource};
use anyam_store::{Database, TenantId};

use crate::error::{Error, Result};
use crate::limits::Limits;

pub(crate) use checking::{CheckedDecisions, check};
pub(in crate::runtime) use deletion::delete;
pub use deployment::DeployedDecisions;
pub(crate) use deployment::{Terms, add, binds_fresh};
pub use evaluation::{DecisionSelector, EvaluatedDecisions};
pub(in crate::runtime) use source::CommandDecisions;

/// A version of a DMN file, ready for its decisions to be made.
#[derive(Debug)]
pub struct DecisionModel {
    /// The tenant that owns it.
    pub tenant: TenantId,
    /// The file.
    pub requirements: DecisionRequirements,
    /// Its decisions, and those of the files it imports.
    pub decisions: Vec<Decision>,
    /// How they are made.
    pub model: Arc<Model>,
}

impl DecisionModel {
    /// The stored version of a decision that was made in an evaluation.
    pub fn decision(&self, id: &str) -> Option<&Decision> {
        self.decisions
            .iter()
            .find(|decision| decision.decision_id == id)
    }

    /// How one of its own decisions is made.
    pub fn kind(&self, id: &str) -> &'static str {
        let mut decisions = self.model.decisions();
        decisions
            .find(|decision| decision.id == id)
            .map_or("UNKNOWN", |decision| decision.kind)
    }
}

/// Every decision model in use, read from the store when it is first needed.
pub(super) struct Decisions {
    models: RwLock<HashMap<u64, Arc<DecisionModel>>>,
    capacity: usize,
}

impl Decisions {
    /// None yet; about `capacity` are kept in memory.
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            models: RwLock::default(),
            capacity,
        }
    }

    /// Forgets a model that was deleted.
    pub(super) fn forget(&self, requirements: u64) {
        let mut models = self.models.write().unwrap_or_else(PoisonError::into_inner);
        models.remove(&requirements);
    }

    /// The model that a decision belongs to.
    ///
    /// # Errors
    /// The store's; [`Error::Internal`] where stored data does not fit together.
    pub(super) fn model(
        &self,
        database: &Database,
        limits: &dyn Fn() -> Limits,
        tenant: TenantId,
        decision: &Decision,
    ) -> Result<Arc<DecisionModel>> {
        let key = decision.requirements_key;
        let known = {
            let models = self.models.read().unwrap_or_else(PoisonError::into_inner);
            models.get(&key).cloned()
        };
        if let Some(known) = known.filter(|model| model.tenant == tenant) {
            return Ok(known);
        }
        let model = Arc::new(load(database, &limits(), tenant, key)?);
        let mut models = self.models.write().unwrap_or_else(PoisonError::into_inner);
        if models.len() >= self.capacity {
            models.clear();
        }
        models.insert(key, model.clone());
        Ok(model)
    }
}

fn load(database: &Database, limits: &Limits, tenant: TenantId, key: u64) -> Result<DecisionModel> {
    let reader = database.read()?;
    let rows = reader.tenant(tenant);
    let broken = |what: &str| Error::Internal(format!("decision requirements {key}: {what}"));
    let requirements = rows
        .get::<DecisionRequirements>(&key)?
        .ok_or_else(|| broken("their row is absent"))?;
    let read = |name: &str| -> Result<dmn::Definitions> {
        let resource = rows
            .get::<Resource>(&(requirements.deployment_key, name))?
            .ok_or_else(|| broken("a resource is absent"))?;
        let read = dmn::read(&resource.bytes, &limits.model);
        Ok(read
            .map_err(|_| broken("their stored model is no longer accepted"))?
            .definitions)
    };
    let main = read(&requirements.resource_name)?;
    let imports = requirements.imports.iter().map(|name| read(name));
    let imports = imports.collect::<Result<Vec<_>>>()?;
    let others: Vec<_> = imports.iter().collect();
    let model = Model::compile(&main, &others, &limits.expression)
        .map_err(|_| broken("their stored model is no longer accepted"))?;
    let mut decisions = lookup::decisions_of(rows, key)?;
    for imported in imports.iter().flat_map(|file| &file.decisions) {
        let deployment = requirements.deployment_key;
        decisions.extend(lookup::latest_of_deployment(
            rows,
            &imported.id,
            deployment,
        )?);
    }
    Ok(DecisionModel {
        tenant,
        requirements,
        decisions,
        model: Arc::new(model),
    })
}
