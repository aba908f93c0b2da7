//! Deployments: checked whole, then stored whole.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use anyam_bpmn::graph::ProcessGraph;
use anyam_engine::key::KeySource;
use anyam_store::records::{
    BlockOwner, DefinitionsByProcess, ProcessDefinition, Resource, StepBinding, StepVersion,
};
use anyam_store::{Batch, Direction, Reader, TenantId};
use sha2::{Digest, Sha256};

use super::binding::Task;
use super::bound_jobs;
use super::catalog::Deployed;
use super::decisions::{self, CheckedDecisions, DeployedDecisions};
use super::files::{self, CheckedFile, FileVersion};
use super::keys::InstanceKeys;
use super::requests::{Deployment, ResourceFile};
use super::{Inner, Runtime, checking, deletion, grants, off_thread, start_events, steps};
use crate::error::{Error, Result};
use crate::findings::{FileFinding, FindingSeverity};
use crate::limits::Limits;

/// Longest name of a resource, in bytes.
pub const MAX_RESOURCE_NAME: usize = 255;

/// How the names of BPMN models end.
const MODEL_ENDINGS: [&str; 2] = [".bpmn", ".xml"];

/// A process of a deployment, checked but not stored.
struct Checked<'a> {
    file: &'a ResourceFile,
    digest: [u8; 32],
    graph: ProcessGraph,
}

impl Runtime {
    /// Deploys files for a tenant, which is made where it is new: every process of every file, or
    /// nothing. A process that is the same as its latest version, steps included, keeps it.
    ///
    /// # Errors
    /// [`Error::Refused`] with every finding of every file; [`Error::Invalid`] for odd files.
    pub async fn deploy(&self, tenant: &str, files: Vec<ResourceFile>) -> Result<Deployment> {
        let (runtime, tenant) = (self.clone(), tenant.to_owned());
        self.to_the_end(async move { runtime.deploy_now(&tenant, files).await })
            .await
    }

    async fn deploy_now(&self, tenant: &str, files: Vec<ResourceFile>) -> Result<Deployment> {
        let files = Arc::new(files);
        let checking = files.clone();
        // Models may be large; checking them must not hold up a thread that serves requests.
        let limits = match self.inner.tenants.id(tenant) {
            Some(tenant) => self.inner.limits_of(tenant),
            None => self.inner.limits.clone(),
        };
        let checked = off_thread(move || check(&limits, &checking));
        let sound = checked
            .await
            .map_err(|error| Error::Internal(error.to_string()))??;
        let rest = Rest {
            files: &files,
            decisions: &sound.decisions,
            others: &sound.others,
        };
        let checked = sound.models.into_iter().map(|(at, graph)| Checked {
            file: &files[at],
            digest: Sha256::digest(&files[at].bytes).into(),
            graph,
        });
        let inner = &self.inner;
        let id = inner
            .tenants
            .ensure(&inner.database, tenant, inner.limits.runtime.tenants)
            .await?;
        let _one_at_a_time = inner.deploying.lock().await;
        // A new version ends what has come to start the one before.
        let _no_change = inner.correlation.gathering.lock().await;
        let mut deployment = store(inner, (id, tenant), checked.collect(), rest).await?;
        deployment.warnings = sound.warnings;
        Ok(deployment)
    }
}

/// What a deployment holds besides processes.
struct Rest<'a> {
    files: &'a [ResourceFile],
    decisions: &'a [CheckedDecisions],
    others: &'a [CheckedFile],
}

/// The files of a deployment, all of them accepted.
struct Sound {
    /// Every process of every file with the position of its file.
    models: Vec<(usize, ProcessGraph)>,
    decisions: Vec<CheckedDecisions>,
    others: Vec<CheckedFile>,
    /// What is doubtful in them.
    warnings: Vec<FileFinding>,
}

/// What the files hold, or everything that is wrong.
fn check(limits: &Limits, files: &[ResourceFile]) -> Result<Sound> {
    if files.is_empty() {
        return Err(Error::Invalid("the deployment has no resources".to_owned()));
    }
    let mut names = HashSet::new();
    let mut findings = Vec::new();
    let mut models = Vec::new();
    let (mut decision_files, mut others) = (Vec::new(), Vec::new());
    for (at, file) in files.iter().enumerate() {
        check_name(&file.name)?;
        if !names.insert(&*file.name) {
            return Err(Error::Invalid(format!(
                "two resources have the name '{}'",
                file.name
            )));
        }
        if file.name.ends_with(".dmn") {
            decision_files.push((at, &*file.name, &*file.bytes));
            continue;
        }
        if !MODEL_ENDINGS
            .iter()
            .any(|ending| file.name.ends_with(ending))
        {
            others.push((at, &*file.name, &*file.bytes));
            continue;
        }
        let (graphs, found) = checking::check_model(&file.name, &file.bytes, limits);
        findings.extend(found);
        models.extend(graphs.into_iter().map(|graph| (at, graph)));
        if models.len() > limits.runtime.deployed_processes {
            return Err(Error::Invalid(format!(
                "a deployment may hold {} processes",
                limits.runtime.deployed_processes
            )));
        }
    }
    let named = models.iter().map(|(at, graph)| (&*files[*at].name, graph));
    findings.extend(checking::same_ids(named));
    let (decisions, found) = decisions::check(&decision_files, limits);
    findings.extend(found);
    let (others, found) = files::check(&others)?;
    findings.extend(found);
    let count: usize = decisions
        .iter()
        .map(|file| file.definitions.decisions.len())
        .sum();
    if count > limits.runtime.deployed_decisions {
        return Err(Error::Invalid(format!(
            "a deployment may hold {} decisions",
            limits.runtime.deployed_decisions
        )));
    }
    if models.is_empty() && count == 0 && others.is_empty() {
        // A file may only describe, beside others that run; that nothing runs is meant by nobody.
        let idle = findings.iter_mut();
        for finding in idle.filter(|finding| finding.rule == "executable-process-missing") {
            finding.severity = FindingSeverity::Error;
        }
    }
    if findings.iter().any(FileFinding::is_error) {
        return Err(refused(findings, limits.runtime.deployment_findings));
    }
    findings.truncate(limits.runtime.deployment_findings);
    Ok(Sound {
        models,
        decisions,
        others,
        warnings: findings,
    })
}

fn check_name(name: &str) -> Result<()> {
    if name.is_empty() || name.len() > MAX_RESOURCE_NAME {
        return Err(Error::Invalid(format!(
            "a resource's name must have 1 to {MAX_RESOURCE_NAME} bytes"
        )));
    }
    Ok(())
}

fn refused(mut findings: Vec<FileFinding>, most: usize) -> Error {
    if findings.len() > most {
        // What it is refused for is told before what is doubtful.
        findings.sort_by_key(|finding| finding.severity);
        findings.truncate(most);
    }
    let detail = match findings.len() {
        1 => "the deployment was refused".to_owned(),
        count => format!("the deployment was refused for {count} findings"),
    };
    Error::Refused { detail, findings }
}

async fn store(
    inner: &Arc<Inner>,
    (tenant, name): (TenantId, &str),
    checked: Vec<Checked<'_>>,
    rest: Rest<'_>,
) -> Result<Deployment> {
    let limits = inner.limits_of_stored(tenant);
    let mut keys = InstanceKeys::of_new(inner.database.next_block());
    let deployment_key = keys.taken[0];
    let (mut batch, mut stored) = (Batch::new(), HashSet::new());
    let (mut processes, mut fresh) = (Vec::new(), Vec::new());
    let Rest {
        files,
        decisions,
        others,
    } = rest;
    let (decided, versions): (Vec<DeployedDecisions>, Vec<FileVersion>);
    let mut noted = start_events::Noted::default();
    {
        let reader = inner.database.read()?;
        let wrong = binding_findings(&limits, &reader, tenant, &checked)?;
        if !wrong.is_empty() {
            return Err(refused(wrong, limits.runtime.deployment_findings));
        }
        let terms = decisions::Terms {
            reader: &reader,
            tenant,
            files,
            deployment_key,
            now: inner.now().0,
        };
        let mut source = keys.source(&inner.database);
        decided = decisions::add(&terms, &mut source, decisions, &mut batch)?;
        let terms = files::Terms {
            reader: &reader,
            tenant,
            files,
            deployment_key,
            now: inner.now().0,
        };
        versions = files::add(&terms, &mut source, others, &mut batch)?;
        drop(source);
        for process in checked {
            let (bindings, steps) = bind(&reader, tenant, &process.graph)?;
            let short = check_grants(inner, (tenant, name), &process, (&bindings, &steps))?;
            if !short.is_empty() {
                return Err(refused(short, inner.limits.runtime.deployment_findings));
            }
            super::signatures::check_bound(inner, tenant, steps.values())?;
            let latest = latest_version(&reader, tenant, &process.graph.id)?;
            if let Some(same) = latest
                .as_ref()
                .filter(|latest| is_same(latest, &process, &bindings))
                .filter(|_| !decisions::binds_fresh(&process.graph, &decided))
                .filter(|_| !files::binds_fresh(&process.graph, &versions))
            {
                let known = inner.definition(tenant, same.key)?;
                processes.push(known.ok_or_else(|| {
                    Error::Internal(format!("definition {} is absent", same.key))
                })?);
                continue;
            }
            if let Some(latest) = &latest {
                start_events::forget(&reader, tenant, latest, &mut batch)?;
            }
            let deleted = deletion::last_deleted(&reader, tenant, &process.graph.id)?;
            let last = latest.map_or(0, |latest| latest.version).max(deleted);
            let version = last.checked_add(1);
            let record = ProcessDefinition {
                key: keys.source(&inner.database).next_key(),
                process_id: process.graph.id.to_string(),
                version: version.ok_or_else(|| Error::Conflict("too many versions".to_owned()))?,
                version_tag: process.graph.version_tag.as_deref().map(str::to_owned),
                name: process.graph.name.as_deref().map(str::to_owned),
                resource_name: process.file.name.clone(),
                resource_digest: process.digest,
                deployment_key,
                deployed_at: inner.now().0,
                bindings,
            };
            let mut rows = batch.tenant(tenant);
            if stored.insert(process.file.name.clone()) {
                rows.put(&Resource {
                    deployment_key,
                    name: process.file.name.clone(),
                    bytes: process.file.bytes.clone(),
                });
            }
            rows.put(&record);
            let named = inner.tenants.name(tenant);
            let deployed = Deployed::new(record, tenant, named, process.graph, &steps, &limits)?;
            let deployed = Arc::new(deployed);
            let mut source = keys.source(&inner.database);
            start_events::note(inner, &deployed, &mut source, &mut batch, &mut noted)
                .map_err(|findings| refused(findings, limits.runtime.deployment_findings))?;
            fresh.push(deployed.clone());
            processes.push(deployed);
        }
    }
    let is_new = decided.iter().any(|file| file.fresh) || versions.iter().any(|file| file.fresh);
    if fresh.is_empty() && !is_new {
        let first = processes.first().map(|first| first.record.deployment_key);
        let decided_first = decided.first();
        let first = first.or(decided_first.map(|first| first.requirements.deployment_key));
        let first = first.or(versions.first().map(|first| first.file.deployment_key));
        let key = first.unwrap_or(deployment_key);
        return Ok(Deployment {
            key,
            tenant: name.to_owned(),
            processes,
            decisions: decided,
            files: versions,
            warnings: Vec::new(),
        });
    }
    for block in &keys.taken {
        let owner = BlockOwner {
            block: *block,
            tenant: tenant.0,
            instance: deployment_key,
        };
        batch.system().put(&owner);
    }
    super::commit(&inner.database, batch).await?;
    for deployed in &fresh {
        inner.catalog.add_latest(deployed);
    }
    start_events::noted(inner, tenant, noted);
    Ok(Deployment {
        key: deployment_key,
        tenant: name.to_owned(),
        processes,
        decisions: decided,
        files: versions,
        warnings: Vec::new(),
    })
}

fn is_same(latest: &ProcessDefinition, process: &Checked<'_>, bindings: &[StepBinding]) -> bool {
    latest.resource_digest == process.digest
        && latest.resource_name == process.file.name
        && latest.bindings == bindings
}

/// Every task that cannot work with the typed function that it would be bound to.
fn binding_findings(
    limits: &Limits,
    reader: &Reader,
    tenant: TenantId,
    checked: &[Checked<'_>],
) -> Result<Vec<FileFinding>> {
    let mut findings = Vec::new();
    for process in checked {
        let graph = &process.graph;
        for node in &graph.nodes {
            for (slot, request) in &bound_jobs::requests(node).collect::<Vec<_>>() {
                let Some(step) = &steps::resolve(reader, tenant, request)? else {
                    continue;
                };
                let task = Task {
                    graph,
                    node,
                    slot: *slot,
                    request,
                    step,
                };
                let found = task.findings(limits)?.into_iter();
                findings.extend(found.map(|finding| FileFinding::new(&process.file.name, finding)));
            }
        }
    }
    Ok(findings)
}

type Bound = (Vec<StepBinding>, HashMap<[u8; 32], StepVersion>);

/// The step versions that a process's service tasks mean now. A task whose type names no step of
/// the tenant is for external workers.
fn bind(reader: &Reader, tenant: TenantId, graph: &ProcessGraph) -> Result<Bound> {
    let (mut bindings, mut steps) = (Vec::new(), HashMap::new());
    let jobs = graph.nodes.iter().flat_map(|node| {
        let requests = bound_jobs::requests(node);
        requests.map(move |(slot, request)| (bound_jobs::name(node, slot), request))
    });
    for (element_id, request) in jobs {
        let Some(step) = steps::resolve(reader, tenant, &request)? else {
            continue;
        };
        bindings.push(StepBinding {
            element_id,
            step_name: step.name.clone(),
            step_version: step.version.clone(),
            digest: step.digest,
            function: request.function.map(str::to_owned),
        });
        steps.insert(step.digest, step);
    }
    Ok((bindings, steps))
}

/// What the tasks of a process leave too little of to the steps they are bound to.
///
/// # Errors
/// [`Error::Forbidden`] where the tenant itself does not grant it; the store's.
fn check_grants(
    inner: &Inner,
    (tenant, name): (TenantId, &str),
    process: &Checked<'_>,
    (bindings, steps): (&[StepBinding], &HashMap<[u8; 32], StepVersion>),
) -> Result<Vec<FileFinding>> {
    let granted = inner.settings.of(tenant)?.grants();
    let mut findings = Vec::new();
    for binding in bindings {
        let job = bound_jobs::find(&process.graph, &binding.element_id);
        let (Some((node, _)), Some(step)) = (job, steps.get(&binding.digest)) else {
            continue;
        };
        let node = process.graph.node(node);
        let found = grants::check_task((name, &granted), node, step, &inner.limits.data)?;
        findings.extend(found.map(|finding| FileFinding::new(&process.file.name, finding)));
    }
    Ok(findings)
}

/// The latest version of a process id.
///
/// # Errors
/// The store's.
pub(super) fn latest_version(
    reader: &Reader,
    tenant: TenantId,
    process_id: &str,
) -> Result<Option<ProcessDefinition>> {
    let mut versions = reader
        .tenant(tenant)
        .index::<DefinitionsByProcess>((process_id,), Direction::Reverse);
    Ok(versions.next().transpose()?)
}

/// One version of a process id.
///
/// # Errors
/// The store's.
pub(super) fn version(
    reader: &Reader,
    tenant: TenantId,
    process_id: &str,
    version: i32,
) -> Result<Option<ProcessDefinition>> {
    let mut found = reader
        .tenant(tenant)
        .index::<DefinitionsByProcess>((process_id, version), Direction::Forward);
    Ok(found.next().transpose()?)
}
