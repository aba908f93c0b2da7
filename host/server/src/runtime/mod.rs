//! The runtime: process instances driven by commands, one transaction a transition.
//!
//! An instance belongs to the shard that its key falls on. A shard's queue serves tenants in turn;
//! at most one task at a time works on an instance. That task applies the command, lets pure steps
//! run (a step without effects may run before the commit), writes everything in one batch and only
//! then answers and starts steps with effects.
//!
//! [`Runtime::start`] opens everything on a [`Database`] and resumes what was under way.

mod binding;
mod bound_jobs;
mod calls;
pub mod catalog;
mod changes;
pub(crate) mod checking;
pub mod clock;
pub mod compatibility;
pub mod conditionals;
mod config;
mod contention;
mod correlation;
pub mod data_limits;
pub mod decisions;
mod deletion;
pub mod deployment;
pub mod evaluation;
mod fair;
pub mod files;
pub mod grants;
pub mod history;
mod inner;
mod instance;
mod jobs;
mod keys;
mod listener_steps;
mod migration;
mod off_thread;
mod outbox;
mod outside;
mod partial_starts;
pub(crate) mod persist;
pub mod randomness;
mod recovery;
pub mod requests;
mod retention;
mod retirement;
pub mod reuse;
mod revisions;
mod rollouts;
mod run;
pub mod secrets;
pub mod settings;
mod shard;
mod signals;
pub mod signatures;
mod space;
mod start_events;
mod start_timers;
mod step_calls;
pub mod step_names;
pub mod step_runner;
pub mod steps;
mod store_failure;
pub mod tenant_limits;
pub mod tenants;
mod timers;
mod turns;
mod unsaved;
pub mod uploads;
pub mod usage;

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use anyam_engine::Command;
use anyam_engine::value::{Timestamp, Variables};
use anyam_sandbox::Sandbox;
use anyam_store::records::StepVersion;
use anyam_store::{Database, Reader, TenantId};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::error::{Error, Result};
use crate::limits::Limits;
use catalog::{Catalog, Deployed};
use clock::Clock;
use contention::Contended;
use correlation::Correlation;
use jobs::Polls;
use off_thread::off_thread;
use randomness::Randomness;
use requests::{Address, CreateInstance, CreatedInstance, PushTerms, PushedStep};
use rollouts::Rollouts;
use secrets::SecretsKey;
use settings::Settings;
use shard::{Request, Shard};
use step_runner::StepRunner;
use steps::Steps;
use tenants::Tenants;
use turns::Turns;

pub use config::RuntimeConfig;
pub(crate) use inner::commit;
use inner::{committed, interrupted};

/// A running platform. Clones are handles to the same one.
#[derive(Clone)]
pub struct Runtime {
    inner: Arc<Inner>,
}

struct Inner {
    database: Database,
    limits: Arc<Limits>,
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
    secrets: SecretsKey,
    contended: Contended,
    tenants: Tenants,
    settings: Settings,
    catalog: Catalog,
    decisions: decisions::Decisions,
    rollouts: Rollouts,
    steps: Steps,
    step_runner: Option<Arc<dyn StepRunner>>,
    step_turns: Turns,
    evaluation: evaluation::Evaluation,
    uploads: Option<uploads::Uploads>,
    shards: Vec<Shard>,
    polls: Polls,
    correlation: Correlation,
    outbox: outbox::Outbox,
    start_timers: timers::Wake,
    timers: timers::Wake,
    deploying: tokio::sync::Mutex<()>,
    /// Requests that wait for jobs or for the end of an instance.
    waiting: AtomicUsize,
    tasks: TaskTracker,
    stopping: CancellationToken,
    store_failure: store_failure::StoreFailure,
    space: space::Space,
}

/// How long a stop waits for what runs.
const SETTLE_TIME: std::time::Duration = std::time::Duration::from_secs(10);

/// How long a stop waits for step calls that do not end.
const RELEASE_TIME: std::time::Duration = std::time::Duration::from_secs(2);

impl Runtime {
    /// Starts on a database and resumes every instance where it was. Must be called within a
    /// tokio runtime.
    ///
    /// # Errors
    /// The store's.
    pub async fn start(
        database: Database,
        sandbox: Sandbox,
        config: RuntimeConfig,
    ) -> Result<Self> {
        let tenants = Tenants::load(&database).await?;
        let limits = Arc::new(config.limits);
        let runtime = &limits.runtime;
        let inner = Arc::new(Inner {
            catalog: Catalog::new(runtime.definitions),
            decisions: decisions::Decisions::new(runtime.definitions),
            rollouts: Rollouts::load(&database, &tenants.all())?,
            steps: Steps::new(sandbox, database.clone(), runtime.components),
            step_runner: config.step_runner,
            step_turns: Turns::new(runtime.steps_per_tenant),
            evaluation: evaluation::Evaluation::new(runtime.isolated_expressions),
            uploads: uploads::open(config.uploads.as_deref(), &runtime.uploads)?,
            shards: (0..config.shards.max(1))
                .map(|_| Shard::new(runtime, runtime.parked_bytes / config.shards.max(1)))
                .collect(),
            polls: Polls::default(),
            correlation: Correlation::default(),
            outbox: outbox::Outbox::default(),
            start_timers: timers::Wake::default(),
            timers: timers::Wake::default(),
            deploying: tokio::sync::Mutex::new(()),
            waiting: AtomicUsize::new(0),
            tasks: TaskTracker::new(),
            stopping: CancellationToken::new(),
            store_failure: store_failure::StoreFailure::of(&database),
            space: space::Space::of(&database),
            clock: config.clock,
            randomness: config.randomness,
            secrets: config.secrets,
            contended: Contended::default(),
            tenants,
            settings: Settings::new(database.clone(), limits.data.clone()),
            limits,
            database,
        });
        inner.share_out_all()?;
        for at in 0..inner.shards.len() {
            inner.tasks.spawn(shard::serve(inner.clone(), at));
        }
        recovery::resume(&inner)?;
        inner.tasks.spawn(timers::serve(inner.clone()));
        inner.tasks.spawn(start_timers::serve(inner.clone()));
        inner.tasks.spawn(correlation::expire(inner.clone()));
        inner.tasks.spawn(uploads::expire(inner.clone()));
        inner.tasks.spawn(retention::serve(inner.clone()));
        Ok(Self { inner })
    }

    /// Takes nothing new from now on; waits for jobs and endings come to an end.
    pub fn begin_stop(&self) {
        self.inner.stopping.cancel();
    }

    /// Takes nothing new, lets what runs come to its next commit (ten seconds at most; what does
    /// not is resumed by the next start) and closes the database.
    pub async fn stop(&self) {
        self.begin_stop();
        self.inner.tasks.close();
        let clock = &self.inner.clock;
        let settled = clock.timeout(SETTLE_TIME, self.inner.tasks.wait());
        if settled.await.is_err() {
            tracing::warn!("some work did not settle; it is resumed at the next start");
        }
        // Instances that wait for a call hold on to the database.
        let released = clock.timeout(RELEASE_TIME, self.inner.steps.sandbox().release());
        if released.await.is_err() {
            tracing::warn!("some step calls did not end; they are made again at the next start");
        }
        let database = self.inner.database.clone();
        let closed = off_thread(move || database.close()).await;
        if let Ok(Err(error)) = closed {
            tracing::error!(%error, "the store was not closed cleanly");
        }
    }

    /// Whether it takes requests.
    pub fn is_ready(&self) -> bool {
        !self.inner.stopping.is_cancelled() && !self.inner.store_failure.is_there()
    }

    /// Its bounds.
    pub fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    /// The time as everything stored sees it.
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// A consistent snapshot of everything acknowledged.
    ///
    /// # Errors
    /// The store's.
    pub fn read(&self) -> Result<Reader> {
        Ok(self.inner.database.read()?)
    }

    /// What the store's writer has done.
    pub fn store_stats(&self) -> anyam_store::Stats {
        self.inner.database.stats()
    }

    /// Its tenants.
    pub fn tenants(&self) -> &Tenants {
        &self.inner.tenants
    }

    /// What is set for its tenants.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// Sets something for a tenant, which is made where it is new. The caller has checked the JSON
    /// text.
    ///
    /// # Errors
    /// See [`Settings::put`]; [`Error::TooLarge`] where there may be no further tenant.
    pub async fn put_setting(&self, tenant: &str, name: &str, value: String) -> Result<()> {
        let inner = &self.inner;
        let max = inner.limits.runtime.tenants;
        let tenant = inner.tenants.ensure(&inner.database, tenant, max).await?;
        inner.settings.put(tenant, name, value, self.now().0).await
    }

    /// Seals a secret of a tenant, which is made where it is new, and keeps it. Nothing reads it
    /// back but outgoing requests of the tenant's steps.
    ///
    /// # Errors
    /// As [`Runtime::put_setting`].
    pub async fn put_secret(&self, tenant: &str, name: &str, secret: &str) -> Result<()> {
        let inner = &self.inner;
        let max = inner.limits.runtime.tenants;
        let tenant = inner.tenants.ensure(&inner.database, tenant, max).await?;
        let sealed = inner
            .secrets
            .seal((tenant, name), secret, &*inner.randomness);
        let setting = format!("{}{name}", settings::names::SECRETS);
        let value = serde_json::Value::String(sealed).to_string();
        inner
            .settings
            .put(tenant, &setting, value, self.now().0)
            .await
    }

    /// The tenant and the instance or deployment that a key belongs to.
    ///
    /// # Errors
    /// The store's.
    pub fn locate(&self, key: u64) -> Result<Option<Address>> {
        self.inner.locate(key)
    }

    /// A tenant's process definition, ready to run.
    ///
    /// # Errors
    /// The store's.
    pub fn definition(&self, tenant: TenantId, key: u64) -> Result<Option<Arc<Deployed>>> {
        self.inner.definition(tenant, key)
    }

    /// Creates a process instance; answers after its first commit, or at its end where the request
    /// waits for that.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown process, [`Error::Invalid`], [`Error::TooLarge`],
    /// [`Error::TimedOut`] where the end did not come in time (the instance goes on),
    /// [`Error::Conflict`] where it was terminated, and overload.
    pub async fn create(&self, request: CreateInstance) -> Result<CreatedInstance> {
        instance::create(&self.inner, request).await
    }

    /// Applies a command to the instance that owns `key`; answers after the commit. `what` names
    /// what the key should be in an error.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Conflict`], [`Error::Invalid`] and overload.
    pub async fn command(&self, what: &'static str, key: u64, command: Command) -> Result<()> {
        let address = self.locate(key)?;
        let address =
            address.ok_or_else(|| Error::NotFound(format!("there is no {what} {key}")))?;
        self.inner
            .send(address, Request::Command(command))
            .await
            .map(|_| ())
    }

    /// Checks, compiles and stores a component as a step of a tenant, which is made where it is new.
    ///
    /// # Errors
    /// See [`Steps::push`].
    pub async fn push_step(
        &self,
        tenant: &str,
        name: &str,
        version: &str,
        bytes: Vec<u8>,
    ) -> Result<PushedStep> {
        self.push_step_on(tenant, (name, version), bytes, PushTerms::default())
            .await
    }

    /// As [`Runtime::push_step`], on terms of the request.
    ///
    /// # Errors
    /// As [`Runtime::push_step`]; [`Error::Forbidden`] where the tenant asks for other signatures;
    /// [`Error::Conflict`] where it breaks processes.
    pub async fn push_step_on(
        &self,
        tenant: &str,
        (name, version): (&str, &str),
        bytes: Vec<u8>,
        terms: PushTerms,
    ) -> Result<PushedStep> {
        let inner = &self.inner;
        // A refused upload makes no tenant.
        let limits = match inner.tenants.id(tenant) {
            Some(tenant) => inner.limits_of(tenant),
            None => inner.limits.clone(),
        };
        let upload = inner.steps.check(name, version, bytes, &limits)?;
        let granted = match inner.tenants.id(tenant) {
            Some(id) => inner.settings.of(id)?.grants(),
            None => Arc::default(),
        };
        grants::check_imports(tenant, upload.imports(), &granted)?;
        let upload = upload.signed(terms.signatures)?;
        if let Some(tenant) = inner.tenants.id(tenant) {
            signatures::check(
                &*inner.settings.of(tenant)?,
                &upload.statement(),
                upload.signatures(),
            )?;
        }
        let max = inner.limits.runtime.tenants;
        let tenant = inner.tenants.ensure(&inner.database, tenant, max).await?;
        let now = self.now().0;
        let check = |new: &StepVersion| match terms.force {
            true => Ok(()),
            false => compatibility::check(inner, tenant, new),
        };
        let context = (&*limits, now);
        inner.steps.push(tenant, upload, context, &check).await
    }

    /// Evaluates an expression with variables of the caller's, outside any process. Nothing is
    /// stored.
    ///
    /// # Errors
    /// [`Error::Invalid`] where it does not compile or has no value, and overload.
    pub async fn evaluate_expression(
        &self,
        tenant: TenantId,
        source: &str,
        variables: &Variables,
    ) -> Result<evaluation::Evaluated> {
        evaluation::try_out(&self.inner, tenant, source, variables).await
    }

    /// Calls a step once with an input of the caller's, outside any process. Nothing is stored.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown version.
    pub async fn invoke_step(
        &self,
        tenant: TenantId,
        name: &str,
        version: &str,
        function: Option<&str>,
        input: String,
        headers: Vec<(Box<str>, Box<str>)>,
    ) -> Result<anyam_sandbox::Call> {
        let step = (name, version, function);
        step_calls::try_out(&self.inner, tenant, step, input, headers).await
    }
}
