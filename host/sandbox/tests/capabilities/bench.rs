//! A sandbox with the guest in it, and an outside in memory.

use std::path::Path;
use std::process::Command;
use std::sync::{Arc, OnceLock};

use anyam_sandbox::{Access, Call, CallRequest, Grants, Limits, Sandbox, Step};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::outside::Memory;
use crate::support::{context, sandbox_in};

/// The component, built once a run.
pub fn component() -> Arc<[u8]> {
    static BYTES: OnceLock<Arc<[u8]>> = OnceLock::new();
    let build = || {
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        let target = package.join("../../target/steps/rust");
        let built = Command::new("cargo")
            .args(["build", "--release", "--locked"])
            .args(["--target", "wasm32-wasip2", "--target-dir"])
            .arg(&target)
            .current_dir(package.join("tests/guests/store"))
            // Flags of the host's own build do not fit wasm.
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .status()
            .unwrap();
        assert!(built.success(), "the guest does not build");
        std::fs::read(target.join("wasm32-wasip2/release/store.wasm"))
            .unwrap()
            .into()
    };
    BYTES.get_or_init(build).clone()
}

/// One for all tests, so that the guest is compiled once.
pub fn sandbox() -> &'static Sandbox {
    static SANDBOX: OnceLock<(Sandbox, TempDir)> = OnceLock::new();
    let make = || {
        let dir = tempfile::tempdir().unwrap();
        (sandbox_in(dir.path(), |_| {}), dir)
    };
    &SANDBOX.get_or_init(make).0
}

/// The guest, with all that it may reach.
pub struct Bench {
    pub step: Step,
    pub access: Access,
    pub outside: Arc<Memory>,
    pub limits: Limits,
}

/// Everything, whatever its name.
pub fn all() -> Grants {
    grants(json!({
        "keyValue": ["*"], "blobStore": ["*"], "config": ["*"], "messaging": ["*"],
    }))
}

pub fn grants(json: Value) -> Grants {
    serde_json::from_value(json).unwrap()
}

pub async fn bench() -> Bench {
    bench_with(|_| {}).await
}

pub async fn bench_with(change: impl FnOnce(&mut Memory)) -> Bench {
    let mut memory = Memory::default();
    change(&mut memory);
    let outside = Arc::new(memory);
    let limits = Limits::default();
    Bench {
        step: sandbox().prepare(component(), &limits).await.unwrap(),
        access: Access {
            tenant: Arc::new(all()),
            step: None,
            outside: outside.clone(),
        },
        outside,
        limits,
    }
}

/// An action on a key-value store.
pub fn data(store: &str, act: &str, more: Value) -> Value {
    action(json!({ "on": "data", "store": store, "act": act }), more)
}

/// An action on a blob container.
pub fn blob(container: &str, act: &str, more: Value) -> Value {
    action(
        json!({ "on": "blobs", "container": container, "act": act }),
        more,
    )
}

/// Any other action.
pub fn act(act: &str, more: Value) -> Value {
    action(json!({ "on": "surroundings", "act": act }), more)
}

fn action(mut action: Value, more: Value) -> Value {
    let Value::Object(more) = more else {
        panic!("{more}");
    };
    action.as_object_mut().unwrap().extend(more);
    action
}

impl Bench {
    /// Calls the guest with a script.
    pub async fn call(&self, script: Value) -> Call {
        let request = CallRequest {
            context: &context(),
            function: None,
            input: &script.to_string(),
            access: &self.access,
            limits: &self.limits,
            reuse: 1,
        };
        self.step.call(request).await
    }

    /// What came of each action, and the call.
    pub async fn run(&self, actions: &[Value]) -> (Vec<Value>, Call) {
        let call = self.call(json!({ "do": actions })).await;
        let output = call.outcome.as_ref().unwrap_or_else(|failure| {
            panic!("{failure:?}\n{:?}", call.log);
        });
        let output: Value = serde_json::from_str(output).unwrap();
        (output["results"].as_array().unwrap().clone(), call)
    }

    /// What came of each action, after which its changes were stored.
    pub async fn commit(&self, actions: &[Value]) -> Vec<Value> {
        let (results, call) = self.run(actions).await;
        assert!(self.outside.apply(&call.changes));
        results
    }

    /// Runs the actions and compares what came of them.
    pub async fn check(&self, actions: &[Value], expected: &[Value]) {
        let results = self.commit(actions).await;
        for ((action, result), expected) in actions.iter().zip(&results).zip(expected) {
            assert_eq!(result, expected, "{action}");
        }
        assert_eq!(results.len(), expected.len());
    }
}

pub fn ok(value: Value) -> Value {
    json!({ "ok": value })
}

/// Checks that an action was refused with these words.
pub fn refused(result: &Value, words: &[&str]) {
    let text = result["error"].as_str();
    let text = text.unwrap_or_else(|| panic!("it was not refused: {result}"));
    for word in words {
        assert!(text.contains(word), "{word}: {text}");
    }
}
