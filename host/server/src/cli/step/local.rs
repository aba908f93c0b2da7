//! The sandbox in this process, to try steps without a server.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyam_sandbox::{
    Access, Call, CallContext, CallRequest, Config, Grants, Limits, Manifest, Sandbox,
    SnapshotError, Step, WarmUpCall,
};

use super::outside::Given;
use crate::cli::compiled::Compiled;
use crate::cli::failure::Failure;
use crate::cli::progress::Progress;
use crate::cli::serve::compiler_command;

/// Calls at one time: one, and room for its successor.
const CALLS: usize = 2;

/// A sandbox, with the limits that a server has by default.
pub struct Local {
    runtime: tokio::runtime::Runtime,
    sandbox: Sandbox,
    limits: Limits,
    _compiled: Compiled,
}

/// What a step is called with.
#[derive(Debug)]
pub struct Trial<'a> {
    /// A typed function.
    pub function: Option<&'a str>,
    /// A JSON object.
    pub input: &'a str,
    /// The task headers.
    pub headers: &'a BTreeMap<Box<str>, Box<str>>,
    /// What the step may reach.
    pub grants: Arc<Grants>,
    /// What there is to reach.
    pub given: Given,
}

impl Local {
    /// Starts a sandbox.
    ///
    /// # Errors
    /// The system grants too little.
    pub fn start() -> Result<Self, Failure> {
        let compiled = Compiled::of_user()?;
        let mut config = Config::new(&compiled.code().folder, compiler_command()?);
        config.cache_bytes = compiled.code().max_bytes;
        config.concurrent_calls = CALLS;
        let sandbox = Sandbox::new(config).map_err(|error| Failure::failed(error.to_string()))?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(CALLS)
            .enable_all()
            .build()
            .map_err(|error| Failure::failed(format!("cannot start threads: {error}")))?;
        Ok(Self {
            runtime,
            sandbox,
            limits: Limits::default(),
            _compiled: compiled,
        })
    }

    /// Makes a component ready to be called.
    ///
    /// # Errors
    /// Why it cannot be a step.
    pub fn prepare(&self, bytes: &Arc<[u8]>) -> Result<Step, Failure> {
        let _progress = Progress::begin("compiling");
        let prepared = self.sandbox.prepare(bytes.clone(), &self.limits);
        self.runtime
            .block_on(prepared)
            .map_err(|error| Failure::failed(error.to_string()))
    }

    /// The component as it is after some calls.
    ///
    /// # Errors
    /// One of them fails, or there can be no snapshot.
    pub fn snapshot(
        &self,
        bytes: &Arc<[u8]>,
        calls: &[WarmUpCall],
    ) -> Result<Vec<u8>, SnapshotError> {
        let _progress = Progress::begin("warming up");
        let snapshot = self.sandbox.snapshot(bytes.clone(), calls, &self.limits);
        self.runtime.block_on(snapshot)
    }

    /// What a step says of itself.
    ///
    /// # Errors
    /// It cannot tell.
    pub fn describe(&self, step: &Step) -> Result<Option<Manifest>, Failure> {
        self.runtime
            .block_on(step.describe())
            .map_err(|error| Failure::failed(error.to_string()))
    }

    /// Calls a step once.
    pub fn call(&self, step: &Step, trial: Trial<'_>) -> Call {
        let headers = trial.headers.iter();
        let context = CallContext {
            tenant_id: crate::runtime::tenants::DEFAULT_TENANT.into(),
            process_id: "".into(),
            process_version: 0,
            process_instance_key: 0,
            element_id: "".into(),
            element_instance_key: 0,
            job_key: 0,
            idempotency_key: "trial".into(),
            attempt: 1,
            deadline_unix_ms: deadline(self.limits.call_time),
            headers: headers
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
        };
        let access = Access {
            tenant: trial.grants,
            step: None,
            outside: Arc::new(trial.given),
        };
        self.runtime.block_on(step.call(CallRequest {
            context: &context,
            function: trial.function,
            input: trial.input,
            access: &access,
            limits: &self.limits,
            reuse: 1,
        }))
    }
}

fn deadline(time: Duration) -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let at = now.unwrap_or_default() + time;
    u64::try_from(at.as_millis()).unwrap_or(u64::MAX)
}
