//! A sandbox with the fetching guest in it.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use anyam_sandbox::{
    Access, Call, CallContext, CallRequest, Config, Failure, Grants, Limits, NothingOutside,
    Outside, Resolved, Resolver, Sandbox, Step,
};
use serde_json::{Value, json};

use crate::support::{compiler, context};

/// The component of the guest, built from its source once a run.
fn fetch() -> Arc<[u8]> {
    static COMPONENT: OnceLock<Arc<[u8]>> = OnceLock::new();
    let build = || {
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        let target = package.join("../../target/steps/rust");
        let built = Command::new("cargo")
            .args([
                "build",
                "--release",
                "--locked",
                "--target",
                "wasm32-wasip2",
            ])
            .arg("--target-dir")
            .arg(&target)
            .current_dir(package.join("tests/guests/fetch"))
            // Flags of the host's own build do not fit wasm.
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .status()
            .unwrap();
        assert!(built.success(), "the guest does not build");
        std::fs::read(target.join("wasm32-wasip2/release/fetch.wasm"))
            .unwrap()
            .into()
    };
    COMPONENT.get_or_init(build).clone()
}

/// Names, and what they resolve to: each lookup takes the next answer, and the last one stays.
#[derive(Clone, Default)]
pub struct Names {
    answers: Arc<Mutex<HashMap<String, Vec<Vec<IpAddr>>>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Names {
    pub fn set(&self, name: &str, answers: &[&[&str]]) {
        let parse = |answer: &&[&str]| answer.iter().map(|text| text.parse().unwrap()).collect();
        let answers = answers.iter().map(parse).collect();
        self.answers
            .lock()
            .unwrap()
            .insert(name.to_owned(), answers);
    }

    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Resolver for Names {
    fn resolve<'a>(&'a self, name: &'a str) -> Resolved<'a> {
        self.asked.lock().unwrap().push(name.to_owned());
        let mut answers = self.answers.lock().unwrap();
        let answer = match answers.get_mut(name) {
            Some(answers) if answers.len() > 1 => Ok(answers.remove(0)),
            Some(answers) => Ok(answers[0].clone()),
            None => Err(io::Error::other("no such name")),
        };
        // A name that does not come back in time.
        let wait = name.starts_with("slow.").then(|| Duration::from_secs(60));
        Box::pin(async move {
            if let Some(wait) = wait {
                tokio::time::sleep(wait).await;
            }
            answer
        })
    }
}

/// A tenant with secrets and nothing else.
#[derive(Clone, Default)]
struct Secrets(HashMap<String, String>);

impl Outside for Secrets {
    fn now(&self) -> Duration {
        NothingOutside.now()
    }

    fn random(&self, bytes: &mut [u8]) {
        NothingOutside.random(bytes);
    }

    fn secret(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }
}

/// What a call is made with, and the names it can resolve.
pub struct Bench {
    pub names: Names,
    pub limits: Limits,
    pub tenant: Value,
    pub step: Option<Value>,
    pub secrets: HashMap<String, String>,
    pub context: CallContext,
    fetch: Step,
}

/// A bench whose tenant grants these rules.
pub async fn bench(rules: Value) -> Bench {
    bench_with(rules, |_| {}).await
}

pub async fn bench_with(rules: Value, change: impl FnOnce(&mut Config)) -> Bench {
    let names = Names::default();
    // All tests share what is compiled.
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("http-cache");
    let mut config = Config::new(cache, compiler());
    config.concurrent_calls = 4;
    config.network.resolver = Arc::new(names.clone());
    change(&mut config);
    let sandbox = Sandbox::new(config).unwrap();
    let limits = Limits::default();
    let component = tokio::task::spawn_blocking(fetch).await.unwrap();
    Bench {
        names,
        fetch: sandbox.prepare(component, &limits).await.unwrap(),
        limits,
        tenant: json!({ "http": rules }),
        step: None,
        secrets: HashMap::new(),
        context: context(),
    }
}

/// A rule for the servers of a test, which are all on this machine.
pub fn local(port: u16) -> Value {
    json!({"host": "127.0.0.1", "scheme": "http", "port": port, "privateAddresses": true})
}

impl Bench {
    pub async fn call(&self, input: &Value) -> Call {
        let grants = |grants: &Value| -> Arc<Grants> {
            let grants: Grants = serde_json::from_value(grants.clone()).unwrap();
            grants.check().unwrap();
            Arc::new(grants)
        };
        let access = Access {
            tenant: grants(&self.tenant),
            step: self.step.as_ref().map(grants),
            outside: Arc::new(Secrets(self.secrets.clone())),
        };
        let request = CallRequest {
            context: &self.context,
            function: None,
            input: &input.to_string(),
            access: &access,
            limits: &self.limits,
            reuse: 1,
        };
        self.fetch.call(request).await
    }

    /// Makes the requests; what came of each.
    pub async fn fetch(&self, requests: &[Value]) -> Vec<Value> {
        responses(&self.call(&json!({ "requests": requests })).await)
    }

    /// Gets one URL.
    pub async fn get(&self, url: &str) -> Value {
        self.fetch(&[json!({ "url": url })]).await.remove(0)
    }

    /// The error code that getting a URL ends with, and what an operator reads of it.
    pub async fn refused(&self, request: Value) -> (String, String) {
        let told = self.fetch(std::slice::from_ref(&request)).await.remove(0);
        let input = json!({"requests": [request], "onError": "fail"});
        let (Err(Failure::Permanent { message }) | Err(Failure::Retryable { message, .. })) =
            self.call(&input).await.outcome
        else {
            panic!("{request} went through: {told}");
        };
        (told["error"].as_str().unwrap().to_owned(), message)
    }
}

/// What came of the requests of a call.
pub fn responses(call: &Call) -> Vec<Value> {
    let output = call
        .outcome
        .as_ref()
        .unwrap_or_else(|error| panic!("{error:?}"));
    let output: Value = serde_json::from_str(output).unwrap();
    output["responses"].as_array().unwrap().clone()
}
