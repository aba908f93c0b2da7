//! The sandbox in this process, to try steps without a server.

use std::collections::BTreeMap;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyam_sandbox::{
    Access, Call, CallContext, CallRequest, Config, Grants, Limits, Manifest, Sandbox, Step,
};
use tempfile::TempDir;

use super::outside::Given;
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
    /// Where there is no folder of the user's for compiled code.
    _folder: Option<TempDir>,
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
        let (folder, kept) = folder()?;
        let mut config = Config::new(folder, compiler_command()?);
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
            _folder: kept,
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

/// The folder for compiled code. What lies in it is run as native code, so it is not in a project,
/// which may come from anywhere, but in a folder of the user's that nobody else can write to.
fn folder() -> Result<(PathBuf, Option<TempDir>), Failure> {
    let given = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let cache = given("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::home_dir().map(|home| home.join(".cache")));
    if let Some(cache) = cache {
        let folder = cache.join("anyam").join("compiled");
        let made = std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder);
        if made.is_ok() {
            return Ok((folder, None));
        }
    }
    let folder = tempfile::tempdir()
        .map_err(|error| Failure::failed(format!("cannot make a temporary folder: {error}")))?;
    Ok((folder.path().to_owned(), Some(folder)))
}
