//! Deployed process definitions, compiled once and shared.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use anyam_bpmn::graph::{Node, NodeIx};
use anyam_engine::{JobSlot, Process};
use anyam_sandbox::Grants;
use anyam_store::records::{
    DeletedDefinition, ProcessDefinition, Resource, StepBinding, StepVersion,
};
use anyam_store::{Database, TenantId};

use super::{bound_jobs, grants, reuse};
use crate::error::{Error, Result};
use crate::limits::Limits;

/// A process definition made ready to run.
#[derive(Debug)]
pub struct Deployed {
    /// The definition as stored, with the bindings of `revision`.
    pub record: ProcessDefinition,
    /// Which of its bindings it has: 0 for those of the deployment.
    pub revision: u32,
    /// Step versions that it is bound to and that were removed.
    pub removed: Vec<StepId>,
    /// Whether the definition was deleted, so that nothing begins with it.
    pub deleted: bool,
    /// The tenant that owns it.
    pub tenant: TenantId,
    /// The tenant's name.
    pub tenant_name: Arc<str>,
    /// The process's id, to share.
    pub process_id: Arc<str>,
    /// What the engine runs.
    pub process: Arc<Process>,
    /// The step that does the work of each node, by node position.
    bound: Vec<Option<BoundStep>>,
    /// The steps of listeners, by node and which of its listeners.
    listeners: HashMap<(NodeIx, JobSlot), BoundStep>,
}

/// A version of a step.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StepId {
    /// The step's name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// The step version that a service task calls.
#[derive(Clone, Debug)]
pub struct BoundStep {
    /// The component.
    pub digest: [u8; 32],
    /// The step's name and version, to share.
    pub step: Arc<StepId>,
    /// The function of it that is called, where the task names one.
    pub function: Option<Box<str>>,
    /// What the task leaves to it of what the tenant grants; all where absent.
    pub grants: Option<Arc<Grants>>,
    /// How many calls one instance of it may serve.
    pub reuse: u32,
    /// Whether it may run before a commit.
    pub pure_step: bool,
    /// The task's id, to share.
    pub element_id: Arc<str>,
    /// The task's headers, to share.
    pub headers: Arc<[(Box<str>, Box<str>)]>,
}

impl Deployed {
    /// Compiles a definition whose model was checked when it was deployed.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every finding, one a line.
    pub fn new(
        record: ProcessDefinition,
        tenant: TenantId,
        tenant_name: Arc<str>,
        graph: anyam_bpmn::graph::ProcessGraph,
        steps: &HashMap<[u8; 32], StepVersion>,
        limits: &Limits,
    ) -> Result<Self> {
        let mut bound = vec![None; graph.nodes.len()];
        let mut listeners = HashMap::new();
        let mut removed = Vec::new();
        for binding in &record.bindings {
            let (node, slot) = bound_jobs::find(&graph, &binding.element_id).ok_or_else(|| {
                Error::Internal(format!(
                    "element '{}' is bound but absent",
                    binding.element_id
                ))
            })?;
            let Some(step) = steps.get(&binding.digest) else {
                removed.push(StepId {
                    name: binding.step_name.clone(),
                    version: binding.step_version.clone(),
                });
                continue;
            };
            let narrowed = grants::of_task(&graph.node(node).properties, &limits.data);
            let narrowed = narrowed.map_err(|fault| {
                Error::Internal(format!(
                    "the grants of element '{}' are no longer accepted: {fault}",
                    binding.element_id
                ))
            })?;
            let element_id: &str = &graph.node(node).id;
            let step = BoundStep {
                digest: binding.digest,
                step: Arc::new(StepId {
                    name: binding.step_name.clone(),
                    version: binding.step_version.clone(),
                }),
                function: binding.function.as_deref().map(Box::from),
                grants: narrowed.map(Arc::new),
                reuse: reuse::of_task(
                    &graph.node(node).properties,
                    limits.runtime.calls_per_instance,
                )
                .unwrap_or(1),
                pure_step: step.effect == super::steps::PURE,
                element_id: element_id.into(),
                headers: graph.node(node).headers.clone().into(),
            };
            match slot {
                JobSlot::Work => bound[node.at()] = Some(step),
                JobSlot::Listener(_) => drop(listeners.insert((node, slot), step)),
            }
        }
        let is_step = |node: &Node, slot: JobSlot, _: &str| {
            let name = bound_jobs::name(node, slot);
            let mut bindings = record.bindings.iter();
            bindings.any(|binding| binding.element_id == name)
        };
        let process = Process::new(graph, &limits.expression, is_step).map_err(|findings| {
            let lines: Vec<_> = findings.iter().map(ToString::to_string).collect();
            Error::Invalid(format!("{}: {}", record.resource_name, lines.join("\n")))
        })?;
        let process_id = record.process_id.as_str().into();
        Ok(Self {
            record,
            revision: 0,
            removed,
            deleted: false,
            tenant,
            tenant_name,
            process_id,
            process: Arc::new(process),
            bound,
            listeners,
        })
    }

    /// Refuses new instances where a step that it is bound to was removed.
    ///
    /// # Errors
    /// [`Error::Conflict`].
    pub fn check_steps(&self) -> Result<()> {
        let Some(removed) = self.removed.first() else {
            return Ok(());
        };
        Err(Error::Conflict(format!(
            "version {} of process '{}' is bound to step {} {}, which was removed; deploy the \
             process again",
            self.record.version, self.record.process_id, removed.name, removed.version
        )))
    }

    /// The step that does a job of `node`, where it is bound to one.
    pub fn step(&self, node: NodeIx, slot: JobSlot) -> Option<&BoundStep> {
        match slot {
            JobSlot::Work => self.bound[node.at()].as_ref(),
            JobSlot::Listener(_) => self.listeners.get(&(node, slot)),
        }
    }
}

/// Definitions by key and revision.
type ByKey = HashMap<(u64, u32), Arc<Deployed>>;

/// Every definition in use, read from the store when it is first needed.
pub struct Catalog {
    by_key: RwLock<ByKey>,
    latest: RwLock<HashMap<(TenantId, String), Arc<Deployed>>>,
    capacity: usize,
}

impl Catalog {
    /// An empty catalog that keeps about `capacity` definitions in memory.
    pub fn new(capacity: usize) -> Self {
        Self {
            by_key: RwLock::default(),
            latest: RwLock::default(),
            capacity,
        }
    }

    /// Makes a fresh deployment known; it is its process id's latest version from now on.
    pub fn add_latest(&self, deployed: &Arc<Deployed>) {
        let mut by_key = self.by_key.write().unwrap_or_else(PoisonError::into_inner);
        self.remember(&mut by_key, deployed);
        drop(by_key);
        let id = (deployed.tenant, deployed.record.process_id.clone());
        let mut latest = self.latest.write().unwrap_or_else(PoisonError::into_inner);
        if latest.len() >= self.capacity {
            latest.clear();
        }
        latest.insert(id, deployed.clone());
    }

    /// A definition that is in memory.
    pub fn known(&self, tenant: TenantId, at: (u64, u32)) -> Option<Arc<Deployed>> {
        let by_key = self.by_key.read().unwrap_or_else(PoisonError::into_inner);
        let known = by_key.get(&at).cloned();
        known.filter(|deployed| deployed.tenant == tenant)
    }

    /// Forgets a revision of a definition.
    pub fn forget(&self, definition: u64, revision: u32) {
        let mut by_key = self.by_key.write().unwrap_or_else(PoisonError::into_inner);
        by_key.remove(&(definition, revision));
    }

    /// Forgets a definition that was deleted.
    pub fn forget_definition(&self, key: u64) {
        let mut by_key = self.by_key.write().unwrap_or_else(PoisonError::into_inner);
        by_key.retain(|(definition, _), _| *definition != key);
        drop(by_key);
        let mut latest = self.latest.write().unwrap_or_else(PoisonError::into_inner);
        latest.retain(|_, held| held.record.key != key);
    }

    /// Forgets every definition of a tenant; they are read again at need.
    pub fn forget_tenant(&self, tenant: TenantId) {
        let mut by_key = self.by_key.write().unwrap_or_else(PoisonError::into_inner);
        by_key.retain(|_, held| held.tenant != tenant);
        let mut latest = self.latest.write().unwrap_or_else(PoisonError::into_inner);
        latest.retain(|(of, _), _| *of != tenant);
    }

    /// The definition with this key, deleted or not, with the bindings of a revision; `None` for
    /// those of its deployment, which are revision 0.
    ///
    /// # Errors
    /// The store's, or [`Error::Internal`] where stored data does not fit together.
    pub fn get(
        &self,
        database: &Database,
        limits: &dyn Fn() -> Limits,
        tenant: (TenantId, Arc<str>),
        (key, (revision, bindings)): (u64, (u32, Option<Vec<StepBinding>>)),
    ) -> Result<Option<Arc<Deployed>>> {
        if let Some(known) = self.known(tenant.0, (key, revision)) {
            return Ok(Some(known));
        }
        let of = tenant.0;
        let Some((mut record, deleted)) = stored(database, of, key)? else {
            return Ok(None);
        };
        if let Some(bindings) = bindings {
            record.bindings = bindings;
        }
        let deployed = load(database, &limits(), tenant, record)?;
        let deployed = Arc::new(Deployed {
            revision,
            deleted,
            ..deployed
        });
        let mut by_key = self.by_key.write().unwrap_or_else(PoisonError::into_inner);
        // Who deletes it has it forgotten under this lock after the commit; what is read under it
        // is not older than that.
        if deleted || stored(database, of, key)?.is_some_and(|(_, deleted)| !deleted) {
            self.remember(&mut by_key, &deployed);
        }
        drop(by_key);
        Ok(Some(deployed))
    }

    /// The latest version of a process id.
    ///
    /// # Errors
    /// As [`Catalog::get`].
    pub fn latest(
        &self,
        database: &Database,
        limits: &dyn Fn() -> Limits,
        tenant: (TenantId, Arc<str>),
        process_id: &str,
    ) -> Result<Option<Arc<Deployed>>> {
        let id = (tenant.0, process_id.to_owned());
        let known = self
            .latest
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&id)
            .cloned();
        if known.is_some() {
            return Ok(known);
        }
        let record = super::deployment::latest_version(&database.read()?, tenant.0, process_id)?;
        let Some(record) = record else {
            return Ok(None);
        };
        let deployed = self.get(database, limits, tenant, (record.key, (0, None)))?;
        let deployed = deployed.filter(|deployed| !deployed.deleted);
        if let Some(deployed) = &deployed {
            let mut latest = self.latest.write().unwrap_or_else(PoisonError::into_inner);
            // A deployment that came in between makes itself known after its commit, under this
            // lock; what is read under it is not older than what that one will put here.
            let record = super::deployment::latest_version(&database.read()?, id.0, process_id)?;
            if record.is_some_and(|record| record.key == deployed.record.key) {
                latest.insert(id, deployed.clone());
            }
        }
        Ok(deployed)
    }

    fn remember(&self, by_key: &mut ByKey, deployed: &Arc<Deployed>) {
        if by_key.len() >= self.capacity {
            // Definitions in use are held by their instances; the rest are read again at need.
            by_key.retain(|_, held| Arc::strong_count(held) > 1);
        }
        by_key.insert((deployed.record.key, deployed.revision), deployed.clone());
    }
}

/// A definition's row, and whether it is deleted.
fn stored(
    database: &Database,
    tenant: TenantId,
    key: u64,
) -> Result<Option<(ProcessDefinition, bool)>> {
    let reader = database.read()?;
    let rows = reader.tenant(tenant);
    if let Some(record) = rows.get::<ProcessDefinition>(&key)? {
        return Ok(Some((record, false)));
    }
    let deleted = rows.get::<DeletedDefinition>(&key)?;
    Ok(deleted.map(|deleted| (deleted.definition, true)))
}

fn load(
    database: &Database,
    limits: &Limits,
    (tenant, name): (TenantId, Arc<str>),
    record: ProcessDefinition,
) -> Result<Deployed> {
    let reader = database.read()?;
    let rows = reader.tenant(tenant);
    let broken = |what: &str| Error::Internal(format!("definition {}: {what}", record.key));
    let resource = rows
        .get::<Resource>(&(record.deployment_key, &*record.resource_name))?
        .ok_or_else(|| broken("its resource is absent"))?;
    let compiled = anyam_bpmn::compile(&resource.bytes, &limits.model)
        .map_err(|_| broken("its stored model is no longer accepted"))?;
    let graph = compiled
        .processes
        .into_iter()
        .find(|graph| *graph.id == *record.process_id)
        .ok_or_else(|| broken("its stored model has no such process"))?;
    let mut steps = HashMap::new();
    for binding in &record.bindings {
        let key = (&*binding.step_name, &*binding.step_version);
        if let Some(step) = rows.get::<StepVersion>(&key)? {
            steps.insert(binding.digest, step);
        }
    }
    Deployed::new(record, tenant, name, graph, &steps, limits)
}
