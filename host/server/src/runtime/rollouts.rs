//! Step versions that take the place of those bound at deployment, for a share of new instances or
//! for all, without a new deployment.
//!
//! A definition's own bindings are its revision 0. A new instance for which a rollout chooses other
//! versions gets a [`BindingRevision`] with those, which many instances share; the instance keeps
//! its revision whatever becomes of the rollout. Which instances are chosen follows from their
//! keys, so that a larger share holds all of a smaller one.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use anyam_store::records::{
    BindingRevision, Rollout, StepBinding, StepUsage, StepVersion, VersionCalls,
};
use anyam_store::{Batch, Database, Direction, Reader, TenantId, TenantReader};
use semver::Version;

use super::bound_jobs;
use super::catalog::Deployed;
use super::revisions::Revisions;
use super::{Inner, Runtime, commit, usage};
use crate::error::{Error, Result};

/// The rollouts of every tenant.
#[derive(Default)]
pub(super) struct Rollouts {
    active: RwLock<HashMap<TenantId, Arc<ByStep>>>,
    /// The revisions that instances were bound to.
    revisions: Revisions,
    /// Rises with every roll back under running instances.
    moved: AtomicU64,
    /// One at a time changes rollouts or makes revisions.
    changing: tokio::sync::Mutex<()>,
}

type ByStep = HashMap<String, Active>;

/// A rollout with what it takes to bind to it.
#[derive(Clone, Debug)]
struct Active {
    percentage: u8,
    rolled_out: Target,
    previous: Option<Target>,
}

#[derive(Clone, Debug)]
struct Target {
    version: Version,
    text: String,
    digest: [u8; 32],
}

impl Rollouts {
    /// Those that are stored.
    ///
    /// # Errors
    /// The store's.
    pub(super) fn load(database: &Database, tenants: &[TenantId]) -> Result<Self> {
        let rollouts = Self::default();
        let reader = database.read()?;
        for tenant in tenants {
            rollouts.refresh(&reader, *tenant)?;
        }
        Ok(rollouts)
    }

    /// Brings memory to what is stored.
    fn refresh(&self, reader: &Reader, tenant: TenantId) -> Result<()> {
        let rows = reader.tenant(tenant);
        let mut by_step = ByStep::new();
        for rollout in rows.scan::<Rollout>((), Direction::Forward) {
            let rollout = rollout?;
            let target = |version: &str| target(rows, &rollout.step, version);
            let Some(rolled_out) = target(&rollout.version)? else {
                continue;
            };
            let previous = match &rollout.previous {
                Some(previous) => target(previous)?,
                None => None,
            };
            let active = Active {
                percentage: rollout.percentage,
                rolled_out,
                previous,
            };
            by_step.insert(rollout.step, active);
        }
        let mut active = self.active.write().unwrap_or_else(PoisonError::into_inner);
        if by_step.is_empty() {
            active.remove(&tenant);
        } else {
            active.insert(tenant, Arc::new(by_step));
        }
        Ok(())
    }

    fn of(&self, tenant: TenantId) -> Option<Arc<ByStep>> {
        let active = self.active.read().unwrap_or_else(PoisonError::into_inner);
        active.get(&tenant).cloned()
    }

    /// How often instances were moved to other bindings while they ran.
    pub(super) fn moved(&self) -> u64 {
        self.moved.load(Ordering::Acquire)
    }
}

fn target(rows: TenantReader<'_>, step: &str, version: &str) -> Result<Option<Target>> {
    let record = rows.get::<StepVersion>(&(step, version))?;
    Ok(record.and_then(|record| {
        Some(Target {
            version: Version::parse(&record.version).ok()?,
            text: record.version,
            digest: record.digest,
        })
    }))
}

/// A number from 0 to 99 that an instance keeps, evenly spread.
fn share(instance: u64) -> u8 {
    // The finalizer of SplitMix64: keys rise by a fixed step, their shares must not.
    let mut hash = instance.wrapping_add(0x9e37_79b9_7f4a_7c15);
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    u8::try_from((hash ^ (hash >> 31)) % 100).unwrap_or_default()
}

/// `binding` with another version, where the task asks for one that fits.
fn rebound(deployed: &Deployed, binding: &StepBinding, target: &Target) -> Option<StepBinding> {
    let graph = deployed.process.graph();
    let request = bound_jobs::request_of(graph, &binding.element_id)?;
    request.fits(&target.version).then(|| StepBinding {
        step_version: target.text.clone(),
        digest: target.digest,
        ..binding.clone()
    })
}

impl Inner {
    /// What a new instance runs: the definition, with the versions that rollouts choose for it.
    ///
    /// # Errors
    /// [`Error::Conflict`] past the revisions that a definition may have; the store's.
    pub(super) async fn chosen(
        &self,
        deployed: Arc<Deployed>,
        instance: u64,
    ) -> Result<Arc<Deployed>> {
        let Some(active) = self.rollouts.of(deployed.tenant) else {
            return Ok(deployed);
        };
        let choose = |binding: &StepBinding| {
            let rollout = active.get(&binding.step_name)?;
            let target = if share(instance) < rollout.percentage {
                Some(&rollout.rolled_out)
            } else {
                rollout.previous.as_ref()
            };
            rebound(&deployed, binding, target?)
        };
        let own = &deployed.record.bindings;
        let bindings: Vec<_> = own
            .iter()
            .map(|binding| choose(binding).unwrap_or_else(|| binding.clone()))
            .collect();
        if bindings == *own {
            return Ok(deployed);
        }
        let (tenant, definition) = (deployed.tenant, deployed.record.key);
        let revision = match self.rollouts.revisions.known(definition, &bindings) {
            Some(revision) => revision,
            None => {
                let _one_at_a_time = self.rollouts.changing.lock().await;
                self.rollouts
                    .revisions
                    .of(self, (tenant, definition), bindings)
                    .await?
            }
        };
        let chosen = self.definition_at(tenant, definition, revision)?;
        chosen.ok_or_else(|| Error::Internal(format!("definition {definition} is absent")))
    }

    /// Moves instances that are bound to a version to `previous`, or to what was deployed.
    async fn move_running(
        &self,
        tenant: TenantId,
        (step, version): (&str, &str),
        previous: Option<&Target>,
    ) -> Result<()> {
        let mut moved = Vec::new();
        {
            let reader = self.database.read()?;
            let rows = reader.tenant(tenant);
            for revision in rows.scan::<BindingRevision>((), Direction::Forward) {
                let revision = revision?;
                let is_bound = |binding: &StepBinding| {
                    binding.step_name == step && binding.step_version == version
                };
                if revision.replaced_by.is_none() && revision.bindings.iter().any(is_bound) {
                    moved.push(revision);
                }
            }
        }
        for old in moved {
            let Some(deployed) = self.definition(tenant, old.definition)? else {
                continue;
            };
            let own = &deployed.record.bindings;
            let back = old.bindings.iter().zip(own).map(|(binding, own)| {
                if binding.step_name != step || binding.step_version != version {
                    return binding.clone();
                }
                let target = previous.and_then(|target| rebound(&deployed, own, target));
                target.unwrap_or_else(|| own.clone())
            });
            let bindings: Vec<_> = back.collect();
            let next = if bindings == *own {
                0
            } else {
                self.rollouts
                    .revisions
                    .of(self, (tenant, old.definition), bindings)
                    .await?
            };
            let mut batch = Batch::new();
            batch.tenant(tenant).put(&BindingRevision {
                replaced_by: Some(next),
                ..old.clone()
            });
            commit(&self.database, batch).await?;
            self.catalog.forget(old.definition, old.revision);
        }
        self.rollouts.revisions.forget_all();
        self.rollouts.moved.fetch_add(1, Ordering::AcqRel);
        Ok(())
    }
}

impl Runtime {
    /// Gives a share of the new instances of every process another version of a step, where the
    /// range that the process asks for allows it. 100 promotes the version.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Invalid`] for no percentage, [`Error::Conflict`] for a version
    /// that was retired; the store's.
    pub async fn roll_out(
        &self,
        tenant: TenantId,
        (step, version): (&str, &str),
        percentage: u8,
    ) -> Result<()> {
        let runtime = self.clone();
        let (step, version) = (step.to_owned(), version.to_owned());
        self.to_the_end(async move {
            let of = (&*step, &*version);
            runtime.roll_out_now(tenant, of, percentage).await
        })
        .await
    }

    async fn roll_out_now(
        &self,
        tenant: TenantId,
        (step, version): (&str, &str),
        percentage: u8,
    ) -> Result<()> {
        let inner = &self.inner;
        if percentage > 100 {
            return Err(Error::Invalid(
                "percentage: it must be from 0 to 100".to_owned(),
            ));
        }
        let _one_at_a_time = inner.rollouts.changing.lock().await;
        let mut batch = Batch::new();
        {
            let reader = inner.database.read()?;
            let rows = reader.tenant(tenant);
            let record = rows.get::<StepVersion>(&(step, version))?;
            let record = record.ok_or_else(|| {
                Error::NotFound(format!("the tenant has no step {step} {version}"))
            })?;
            if record.retired_at.is_some() {
                return Err(Error::Conflict(format!(
                    "step {step} {version} is retired; nothing new is bound to it"
                )));
            }
            let rollout = match rows.get::<Rollout>(&step)? {
                Some(same) if same.version == version => Rollout { percentage, ..same },
                other => Rollout {
                    step: step.to_owned(),
                    version: version.to_owned(),
                    percentage,
                    previous: other.and_then(|other| match other.percentage {
                        100 => Some(other.version),
                        _ => other.previous,
                    }),
                    began_at: inner.now().0,
                    before: calls(rows, step, usage::day(inner.now().0))?,
                },
            };
            batch.tenant(tenant).put(&rollout);
        }
        commit(&inner.database, batch).await?;
        inner.rollouts.refresh(&inner.database.read()?, tenant)
    }

    /// Ends a rollout: new instances get the version that was promoted before, or the one bound at
    /// deployment. With `running`, instances that the rollout gave its version get that one too,
    /// from their next call on.
    ///
    /// # Errors
    /// [`Error::NotFound`] where nothing is rolled out; the store's.
    pub async fn roll_back(&self, tenant: TenantId, step: &str, running: bool) -> Result<()> {
        let (runtime, step) = (self.clone(), step.to_owned());
        self.to_the_end(async move { runtime.roll_back_now(tenant, &step, running).await })
            .await
    }

    async fn roll_back_now(&self, tenant: TenantId, step: &str, running: bool) -> Result<()> {
        let inner = &self.inner;
        let _one_at_a_time = inner.rollouts.changing.lock().await;
        let (mut batch, rollout, previous);
        {
            let reader = inner.database.read()?;
            let rows = reader.tenant(tenant);
            let stored = rows.get::<Rollout>(&step)?;
            rollout = stored.ok_or_else(|| {
                Error::NotFound(format!("no version of step {step} is rolled out"))
            })?;
            previous = match &rollout.previous {
                Some(previous) => target(rows, step, previous)?,
                None => None,
            };
            batch = Batch::new();
            let mut writes = batch.tenant(tenant);
            match &previous {
                Some(previous) => writes.put(&Rollout {
                    step: step.to_owned(),
                    version: previous.text.clone(),
                    percentage: 100,
                    previous: None,
                    began_at: inner.now().0,
                    before: calls(rows, step, usage::day(inner.now().0))?,
                }),
                None => writes.delete(&rollout),
            };
        }
        commit(&inner.database, batch).await?;
        inner.rollouts.refresh(&inner.database.read()?, tenant)?;
        if running {
            let version = (step, &*rollout.version);
            inner
                .move_running(tenant, version, previous.as_ref())
                .await?;
        }
        Ok(())
    }

    /// The rollout of a step, and what its versions were called for since it began.
    ///
    /// # Errors
    /// The store's.
    pub fn rollout(
        &self,
        tenant: TenantId,
        step: &str,
    ) -> Result<Option<(Rollout, Vec<VersionCalls>)>> {
        let reader = self.read()?;
        let rows = reader.tenant(tenant);
        let Some(rollout) = rows.get::<Rollout>(&step)? else {
            return Ok(None);
        };
        let mut since = calls(rows, step, usage::day(rollout.began_at))?;
        for row in &mut since {
            let before = rollout.before.iter().find(|old| old.version == row.version);
            if let Some(before) = before {
                row.calls = row.calls.saturating_sub(before.calls);
                row.failures = row.failures.saturating_sub(before.failures);
            }
        }
        since.retain(|row| row.calls > 0);
        Ok(Some((rollout, since)))
    }
}

/// What the versions of a step were called for since a day, that day included.
fn calls(rows: TenantReader<'_>, step: &str, since: u32) -> Result<Vec<VersionCalls>> {
    let mut sums: Vec<VersionCalls> = Vec::new();
    for row in rows
        .scan::<StepUsage>((), Direction::Forward)
        .from(&(since, "", ""))
    {
        let row = row?;
        if row.step != step {
            continue;
        }
        let failures = row.retryable + row.permanent;
        match sums.iter_mut().find(|sum| sum.version == row.version) {
            Some(sum) => {
                sum.calls += row.calls;
                sum.failures += failures;
            }
            None => sums.push(VersionCalls {
                version: row.version,
                calls: row.calls,
                failures,
            }),
        }
    }
    Ok(sums)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_rising_keys_are_even() {
        let keys = (0..10_000).map(|at| anyam_store::BLOCK * at + (1 << 51));
        let mut counts = [0; 100];
        for key in keys {
            counts[usize::from(share(key))] += 1;
        }
        assert!(
            counts.iter().all(|count| (50..=150).contains(count)),
            "{counts:?}"
        );
    }
}
