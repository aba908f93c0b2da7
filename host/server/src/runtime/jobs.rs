//! Jobs for external workers: handed out, waited for.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use anyam_engine::Command;
use anyam_engine::key::JobKey;
use anyam_store::TenantId;
use anyam_store::records::{Job, activatable};
use futures_util::future::{join_all, select_all};
use tokio::sync::Notify;

use super::instance::Live;
use super::requests::{ActivateJobs, ActivatedJob, Address, Reply};
use super::shard::Request;
use super::{Inner, Runtime, listener_steps};
use crate::error::{Error, Result};

/// Jobs handed out side by side, and between two looks at the size of the answer.
const AT_ONCE: usize = 32;

/// Who waits for jobs, by tenant and job type.
type Waiting = HashMap<(TenantId, Box<str>), Arc<Notify>>;

/// Requests that wait for jobs, and jobs on their way to a worker.
#[derive(Default)]
pub(super) struct Polls {
    waiting: Mutex<Waiting>,
    taken: Mutex<HashSet<u64>>,
}

impl Polls {
    /// A job of this type can be had.
    pub(super) fn offered(&self, tenant: TenantId, job_type: &str) {
        let waiting = self.waiting();
        if waiting.is_empty() {
            return;
        }
        if let Some(notify) = waiting.get(&(tenant, job_type.into())) {
            notify.notify_waiters();
        }
    }

    fn listen(&self, tenant: TenantId, job_type: &str) -> Arc<Notify> {
        self.waiting()
            .entry((tenant, job_type.into()))
            .or_default()
            .clone()
    }

    fn leave(&self, tenants: &[TenantId], job_type: &str) {
        let mut waiting = self.waiting();
        for tenant in tenants {
            let key = (*tenant, job_type.into());
            // One count is the map's own.
            if waiting
                .get(&key)
                .is_some_and(|notify| Arc::strong_count(notify) == 1)
            {
                waiting.remove(&key);
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn taken(&self) -> MutexGuard<'_, HashSet<u64>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Runtime {
    /// Hands out jobs, waiting for a first one where the request says so.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown tenant; overload.
    pub async fn activate_jobs(&self, request: ActivateJobs) -> Result<Vec<ActivatedJob>> {
        let inner = &self.inner;
        let mut tenants = Vec::new();
        for name in &request.tenants {
            tenants.push(inner.tenants.known(name)?);
        }
        if tenants.is_empty() {
            tenants.extend(inner.tenants.id(super::tenants::DEFAULT_TENANT));
        }
        let until = inner.clock.after(request.long_poll);
        let first = take(inner, &tenants, &request).await?;
        if !first.is_empty() || request.long_poll.is_zero() || tenants.is_empty() {
            return Ok(first);
        }
        let _waiting = inner.start_waiting()?;
        let jobs = wait(inner, &tenants, &request, until).await;
        inner.polls.leave(&tenants, &request.job_type);
        jobs
    }
}

async fn wait(
    inner: &Arc<Inner>,
    tenants: &[TenantId],
    request: &ActivateJobs,
    until: Instant,
) -> Result<Vec<ActivatedJob>> {
    let notifies: Vec<_> = tenants
        .iter()
        .map(|tenant| inner.polls.listen(*tenant, &request.job_type))
        .collect();
    loop {
        // Registered before the look, so that no offer in between is missed.
        let mut offers: Vec<_> = notifies
            .iter()
            .map(|notify| Box::pin(notify.notified()))
            .collect();
        for offer in &mut offers {
            offer.as_mut().enable();
        }
        let jobs = take(inner, tenants, request).await?;
        if !jobs.is_empty() {
            return Ok(jobs);
        }
        tokio::select! {
            biased;
            _ = select_all(offers) => {}
            () = inner.clock.sleep_until(until) => return Ok(Vec::new()),
            () = inner.stopping.cancelled() => return Ok(Vec::new()),
        }
    }
}

/// Takes what can be had now.
async fn take(
    inner: &Arc<Inner>,
    tenants: &[TenantId],
    request: &ActivateJobs,
) -> Result<Vec<ActivatedJob>> {
    let mut jobs: Vec<ActivatedJob> = Vec::new();
    let mut bytes = 0;
    for tenant in tenants {
        loop {
            let room = request.max_jobs.saturating_sub(jobs.len()).min(AT_ONCE);
            if room == 0 || bytes >= inner.limits.runtime.activated_bytes {
                return Ok(jobs);
            }
            let chosen = choose(inner, *tenant, &request.job_type, room)?;
            let few = chosen.0.len() < room;
            let activations = chosen
                .0
                .iter()
                .map(|job| activate(inner, *tenant, job, request));
            let before = jobs.len();
            for job in join_all(activations).await {
                // One that another worker got or that was cancelled is nobody's fault.
                let Ok(Some(mut job)) = job else { continue };
                if !request.fetch_variables.is_empty() {
                    job.variables.retain(|name, _| {
                        request
                            .fetch_variables
                            .iter()
                            .any(|wanted| **wanted == **name)
                    });
                }
                bytes += job
                    .variables
                    .iter()
                    .map(|(n, v)| n.len() + v.as_str().len())
                    .sum::<usize>();
                jobs.push(job);
            }
            if few || jobs.len() == before {
                break;
            }
        }
    }
    Ok(jobs)
}

/// Jobs chosen by one request; no other request chooses them while it lives.
struct Chosen<'a>(Vec<Job>, &'a Polls);

impl Drop for Chosen<'_> {
    fn drop(&mut self) {
        let mut taken = self.1.taken();
        for job in &self.0 {
            taken.remove(&job.key);
        }
    }
}

fn choose<'a>(
    inner: &'a Inner,
    tenant: TenantId,
    job_type: &str,
    max: usize,
) -> Result<Chosen<'a>> {
    let reader = inner.database.read()?;
    let mut chosen = Chosen(Vec::new(), &inner.polls);
    for job in activatable(reader.tenant(tenant), job_type) {
        let job = job?;
        if chosen.0.len() == max {
            break;
        }
        if inner.polls.taken().insert(job.key) {
            chosen.0.push(job);
        }
    }
    Ok(chosen)
}

async fn activate(
    inner: &Arc<Inner>,
    tenant: TenantId,
    job: &Job,
    request: &ActivateJobs,
) -> Result<Option<ActivatedJob>> {
    let timeout = u64::try_from(request.timeout.as_millis()).unwrap_or(u64::MAX);
    let command = Command::ActivateJob {
        job: JobKey(job.key),
        worker: request.worker.as_str().into(),
        deadline: inner.now().plus_ms(timeout),
    };
    let address = Address {
        tenant,
        instance: job.instance,
    };
    match inner.send(address, Request::Command(command)).await? {
        Reply::Job(job) => Ok(Some(*job)),
        Reply::Done => Ok(None),
    }
}

/// A job as a worker gets it.
///
/// # Errors
/// [`Error::NotFound`] where the job is over.
pub(super) fn activated(live: &Live, job: JobKey) -> Result<ActivatedJob> {
    let record = live.engine.job(job);
    let record = record.ok_or_else(|| Error::NotFound(format!("job {job} is over")))?;
    let variables = live.engine.job_variables(job).unwrap_or_default();
    let node = live.deployed.process.node(record.element);
    Ok(ActivatedJob {
        headers: record.all_headers(node),
        record,
        instance: live.key(),
        definition: live.deployed.clone(),
        tenant: live.deployed.tenant_name.to_string(),
        variables,
        user_task: listener_steps::properties(live, job),
    })
}
