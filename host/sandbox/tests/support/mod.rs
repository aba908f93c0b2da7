//! Steps written in WebAssembly text, and a sandbox to run them in.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

pub mod guest;
pub mod library;
pub mod outside;

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use anyam_sandbox::{
    Access, Call, CallContext, CallRequest, CompilerCommand, Config, Failure, Limits, Sandbox, Step,
};
use tempfile::TempDir;

/// A sandbox with a cache folder of its own.
pub struct Bench {
    pub sandbox: Sandbox,
    pub dir: TempDir,
}

/// The compiling process of this crate.
pub fn compiler() -> CompilerCommand {
    CompilerCommand::from(env!("CARGO_BIN_EXE_anyam-compile-component"))
}

/// A compiler that is a shell script, to see how the host takes its behaviour.
pub fn shell_compiler(script: &str) -> CompilerCommand {
    let args = ["-c", script].map(OsString::from).to_vec();
    CompilerCommand {
        program: "/bin/sh".into(),
        args,
    }
}

pub fn bench() -> Bench {
    bench_with(|_| {})
}

pub fn bench_with(change: impl FnOnce(&mut Config)) -> Bench {
    let dir = tempfile::tempdir().unwrap();
    let sandbox = sandbox_in(dir.path(), change);
    Bench { sandbox, dir }
}

pub fn sandbox_in(dir: &Path, change: impl FnOnce(&mut Config)) -> Sandbox {
    let mut config = Config::new(dir, compiler());
    config.concurrent_calls = 8;
    change(&mut config);
    Sandbox::new(config).unwrap()
}

impl Bench {
    pub async fn step(&self, component: Vec<u8>) -> Step {
        self.sandbox
            .prepare(component.into(), &Limits::default())
            .await
            .unwrap()
    }

    /// Calls a step made of this component once.
    pub async fn call(&self, component: Vec<u8>, input: &str, limits: &Limits) -> Call {
        call(&self.step(component).await, &context(), input, limits).await
    }

    /// The text of the retryable failure that a call of this component ends with.
    pub async fn fault(&self, component: Vec<u8>, limits: &Limits) -> String {
        fault(self.call(component, "{}", limits).await)
    }
}

/// Calls a step that may reach nothing.
pub async fn call(step: &Step, context: &CallContext, input: &str, limits: &Limits) -> Call {
    let request = CallRequest {
        context,
        function: None,
        input,
        access: &Access::nothing(),
        limits,
        reuse: 1,
    };
    step.call(request).await
}

/// The text of a retryable failure.
pub fn fault(call: Call) -> String {
    match call.outcome {
        Err(Failure::Retryable {
            message,
            retry_after_ms: None,
        }) => message,
        other => panic!("a retryable failure was expected and not {other:?}"),
    }
}

pub fn context() -> CallContext {
    CallContext {
        tenant_id: "tenant".into(),
        process_id: "order".into(),
        process_version: 3,
        process_instance_key: 1 << 51,
        element_id: "check-credit".into(),
        element_instance_key: (1 << 51) + 1,
        job_key: (1 << 51) + 2,
        idempotency_key: "2251799813685250".into(),
        attempt: 1,
        deadline_unix_ms: 1_700_000_000_000,
        headers: Arc::new([("mode".into(), "fast".into())]),
    }
}
