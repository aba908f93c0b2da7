//! The sandbox itself: from the bytes of a component to a step.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use wasmtime::Engine;
use wasmtime::component::{Component, Linker};

use crate::cache::Cache;
use crate::capabilities;
use crate::capabilities::http::Client;
use crate::compile::Compiler;
use crate::config::Config;
use crate::engine;
use crate::error::{SandboxError, UploadError};
use crate::inspect::{self, Inspection};
use crate::limits::{Limits, clip};
use crate::places::Places;
use crate::state::State;
use crate::step::{Step, check_needs};
use crate::ticker::Ticker;
use crate::warm::Warm;

/// Where components are compiled, kept and called. Cheap to clone; all clones are one sandbox.
#[derive(Clone)]
pub struct Sandbox(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) config: Config,
    pub(crate) engine: Engine,
    pub(crate) linker: Linker<State>,
    pub(crate) ticker: Ticker,
    pub(crate) places: Places,
    pub(crate) warm: Warm,
    /// Counts the steps that were made ready.
    pub(crate) steps: AtomicU64,
    pub(crate) client: Arc<Client>,
    cache: Cache,
    compiler: Compiler,
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox")
            .field("config", &self.0.config)
            .finish()
    }
}

impl Sandbox {
    /// Sets up the engine, its pool and the cache folder.
    ///
    /// # Errors
    /// The folder cannot be written, or the system grants too little address space.
    pub fn new(config: Config) -> Result<Self, SandboxError> {
        let engine = engine::running(&config)?;
        let mut linker = Linker::new(&engine);
        capabilities::link(&mut linker).map_err(|error| SandboxError::Engine {
            message: format!("{error:#}"),
        })?;
        let client = Client::new(&config.network)?;
        let cache = Cache::open(
            &config.cache_dir,
            engine::compatibility(&engine),
            config.cache_bytes,
        )?;
        Ok(Self(Arc::new(Inner {
            ticker: Ticker::start(engine.clone())?,
            places: Places::new(config.concurrent_calls, config.waiting_calls),
            warm: Warm::new(
                config.warm_instances,
                config.warm_instances_per_step,
                config.warm_time,
            ),
            steps: AtomicU64::new(0),
            compiler: Compiler::new(&config),
            client: Arc::new(client),
            cache,
            linker,
            engine,
            config,
        })))
    }

    /// The largest limits that this sandbox can hold, as far as its pool decides them: memories,
    /// tables and instances of one call.
    pub fn largest(&self) -> Limits {
        let config = &self.0.config;
        let count = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let reserved = usize::try_from(engine::MEMORY_RESERVATION).unwrap_or(usize::MAX);
        Limits {
            memory_bytes: reserved.saturating_mul(count(config.max_memories)),
            memories: count(config.max_memories),
            tables: count(config.max_tables),
            table_elements: config
                .max_table_elements
                .saturating_mul(count(config.max_tables)),
            instances: count(config.max_instances),
            ..Limits::default()
        }
    }

    /// How many more calls could run now.
    pub fn free_places(&self) -> usize {
        self.0.places.free()
    }

    /// How many instances wait for a call.
    pub fn warm_instances(&self) -> usize {
        self.0.warm.len()
    }

    /// Lets go of every instance that waits for a call, and of what it holds of the outside of its
    /// tenant; returns when no call is left. Calls are possible afterwards, each in an instance of
    /// its own. To be called before the outside is closed.
    pub async fn release(&self) {
        self.0.warm.close();
        self.0.places.all_free(self.0.config.concurrent_calls).await;
        // One that was about to be kept meanwhile.
        self.0.warm.close();
    }

    /// Checks a component without compiling it: what it is, whether it is valid, what it exports
    /// and imports. Takes processor time in proportion to the size, about 0.1 s for 20 MB.
    ///
    /// # Errors
    /// Why it cannot be a step.
    pub fn inspect(&self, bytes: &[u8], limits: &Limits) -> Result<Inspection, UploadError> {
        inspect::inspect(bytes, limits)
    }

    /// Makes a component ready to be called: checks it, takes its compiled code from the cache or
    /// has it compiled, and links it.
    ///
    /// Must run within a Tokio runtime that has its time and I/O drivers enabled. Dropping the
    /// future ends the compilation.
    ///
    /// # Errors
    /// Why it cannot be a step, or could not be made ready.
    pub async fn prepare(&self, bytes: Arc<[u8]>, limits: &Limits) -> Result<Step, UploadError> {
        let inspection = {
            let (bytes, limits) = (bytes.clone(), limits.clone());
            self.blocking(move |_| inspect::inspect(&bytes, &limits))
                .await?
        };
        if let Some(step) = self.cached(&inspection, limits).await? {
            return Ok(step);
        }
        let turn = self.0.compiler.turn().await?;
        // Another upload of the same component may have compiled it meanwhile.
        if let Some(step) = self.cached(&inspection, limits).await? {
            return Ok(step);
        }
        let artifact = self.0.compiler.compile(bytes, limits, turn.clone()).await?;
        let limits = limits.clone();
        self.blocking(move |inner| {
            let component = inner
                .deserialize(&artifact)
                .map_err(|error| inner.unusable(&artifact, &error, &limits))?;
            let step = inner.link(&component, &inspection, &limits)?;
            inner.cache.put(&inspection.digest, &artifact);
            // Only now, so that who waits for a turn with the same component finds it compiled.
            drop(turn);
            Ok(step)
        })
        .await
    }

    /// Compiles and links `bytes`, a variation of the component that `inspection` is of, without
    /// keeping its code.
    pub(crate) async fn variation(
        &self,
        bytes: Arc<[u8]>,
        inspection: Inspection,
        limits: &Limits,
    ) -> Result<Step, UploadError> {
        let turn = self.0.compiler.turn().await?;
        let artifact = self.0.compiler.compile(bytes, limits, turn).await?;
        let limits = limits.clone();
        self.blocking(move |inner| {
            let component = inner
                .deserialize(&artifact)
                .map_err(|error| inner.unusable(&artifact, &error, &limits))?;
            inner.link(&component, &inspection, &limits)
        })
        .await
    }

    pub(crate) fn inner(&self) -> &Arc<Inner> {
        &self.0
    }

    async fn cached(
        &self,
        inspection: &Inspection,
        limits: &Limits,
    ) -> Result<Option<Step>, UploadError> {
        let (inspection, limits) = (inspection.clone(), limits.clone());
        self.blocking(move |inner| {
            let digest = &inspection.digest;
            let Some(artifact) = inner.cache.get(digest, limits.artifact_bytes) else {
                return Ok(None);
            };
            match inner.deserialize(&artifact) {
                Ok(component) => inner.link(&component, &inspection, &limits).map(Some),
                Err(error) => {
                    let digest = engine::hex(digest);
                    tracing::warn!(
                        digest,
                        "compiled code does not fit this host; it is compiled again: {error:#}"
                    );
                    Ok(None)
                }
            }
        })
        .await
    }

    /// Does work that would hold up the other tasks of this thread.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Arc<Inner>) -> Result<T, UploadError> + Send + 'static,
    ) -> Result<T, UploadError> {
        let inner = self.0.clone();
        match tokio::task::spawn_blocking(move || work(&inner)).await {
            Ok(result) => result,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(error) => Err(UploadError::Compiler {
                    program: self.0.config.compiler.program.clone(),
                    message: error.to_string(),
                }),
            },
        }
    }
}

impl Inner {
    fn deserialize(&self, artifact: &[u8]) -> wasmtime::Result<Component> {
        deserialize(&self.engine, artifact)
    }

    /// Why compiled code cannot be loaded: a component that does not fit into the pool is its
    /// author's matter, and anything else the compiling process's. Without a pool the former loads.
    fn unusable(&self, artifact: &[u8], error: &wasmtime::Error, limits: &Limits) -> UploadError {
        let message = clip(format!("{error:#}"), limits.error_text_bytes);
        let without_pool = engine::compiling().and_then(|engine| deserialize(&engine, artifact));
        let Ok(component) = without_pool else {
            let program = self.config.compiler.program.clone();
            return UploadError::Compiler { program, message };
        };
        let needs = component.resources_required();
        if let Some(Err(refusal)) = needs.map(|needs| check_needs(&needs, limits)) {
            return refusal;
        }
        UploadError::Resources {
            message: format!(
                "more than this host has room for: {message} (settings max_instances, \
                 max_memories, max_tables, max_table_elements)"
            ),
        }
    }

    fn link(
        self: &Arc<Self>,
        component: &Component,
        inspection: &Inspection,
        limits: &Limits,
    ) -> Result<Step, UploadError> {
        Step::link(self.clone(), component, inspection, limits)
    }
}

fn deserialize(engine: &Engine, artifact: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: `deserialize` must only get what `precompile_component` wrote. These bytes come
    // straight from the compiling process, or from a file in a folder that belongs to the
    // host alone and whose checksum was verified on these very bytes. That they were made by
    // this version of the engine with the same settings is checked by `deserialize`.
    #[expect(unsafe_code, reason = "compiled code cannot be loaded otherwise")]
    unsafe {
        Component::deserialize(engine, artifact)
    }
}
