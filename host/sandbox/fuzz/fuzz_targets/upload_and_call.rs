//! Uploads a mutated component and calls it, beside a neighbour.

#![no_main]

#[path = "../src/mutation.rs"]
mod mutation;

use std::cell::OnceCell;
use std::sync::Arc;
use std::time::Duration;

use anyam_sandbox::{
    Access, CallContext, CallRequest, Config, Limits, Sandbox, Step, UploadErrorKind,
};
use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target, fuzzer_mutate};
use mutation::{Random, mutate};
use tokio::runtime::Runtime;

const NEIGHBOUR: &str = include_str!("../seeds/echo.wat");
const INPUT: &str = r#"{"order":17}"#;

/// What outlives an input.
struct Ground {
    runtime: Runtime,
    sandbox: Sandbox,
    neighbour: Step,
    _cache: tempfile::TempDir,
}

thread_local! {
    static GROUND: OnceCell<Ground> = const { OnceCell::new() };
}

impl Ground {
    fn new() -> Self {
        let compiler = std::env::var_os("ANYAM_COMPILE_COMPONENT")
            .expect("ANYAM_COMPILE_COMPONENT must name the compiling process; see fuzz/README.md");
        let cache = tempfile::tempdir().expect("a folder for compiled components");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let mut config = Config::new(cache.path(), std::path::PathBuf::from(compiler));
        config.concurrent_calls = 2;
        config.warm_instances = 2;
        config.cache_bytes = 16 << 20;
        let sandbox = Sandbox::new(config).expect("a sandbox");
        let component = wat::parse_str(NEIGHBOUR).expect("the neighbour is text");
        let neighbour = runtime
            .block_on(sandbox.prepare(component.into(), &Limits::default()))
            .expect("the neighbour is a step");
        Self {
            runtime,
            sandbox,
            neighbour,
            _cache: cache,
        }
    }

    fn strike(&self, component: &[u8]) -> Corpus {
        let limits = Limits {
            compile_time: Duration::from_secs(5),
            compile_memory_bytes: 1 << 30,
            call_time: Duration::from_millis(50),
            memory_bytes: 32 << 20,
            host_calls: 100_000,
            ..Limits::default()
        };
        self.runtime.block_on(async {
            let step = self.sandbox.prepare(component.into(), &limits).await;
            let passed = match &step {
                Ok(step) => {
                    call(step, "mallory", "{}", &limits).await.ok();
                    true
                }
                Err(error) => {
                    assert_ne!(error.kind(), UploadErrorKind::Host, "{error}");
                    false
                }
            };
            let answer = call(&self.neighbour, "neighbour", INPUT, &Limits::default()).await;
            assert_eq!(answer.as_deref(), Ok(INPUT), "the neighbour has no answer");
            if passed { Corpus::Keep } else { Corpus::Reject }
        })
    }
}

async fn call(step: &Step, tenant: &str, input: &str, limits: &Limits) -> Result<String, String> {
    let context = CallContext {
        tenant_id: tenant.into(),
        process_id: "order".into(),
        process_version: 1,
        process_instance_key: 1,
        element_id: "task".into(),
        element_instance_key: 2,
        job_key: 3,
        idempotency_key: "3".into(),
        attempt: 1,
        deadline_unix_ms: 1_700_000_000_000,
        headers: Arc::new([]),
    };
    let request = CallRequest {
        context: &context,
        function: None,
        input,
        access: &Access::nothing(),
        limits,
        reuse: 1,
    };
    let outcome = step.call(request).await.outcome;
    outcome.map_err(|failure| format!("{failure:?}"))
}

/// The component that an input is: the seeds are text.
fn component(input: &[u8]) -> Vec<u8> {
    let is_text = input.starts_with(b"(component");
    let parsed = is_text.then(|| wat::parse_bytes(input).ok()).flatten();
    parsed.map_or_else(|| input.to_vec(), std::borrow::Cow::into_owned)
}

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let before = component(&data[..size]);
    let mut after = before.clone();
    let mut random = Random::new(seed.into());
    mutate(&mut after, &before, &mut random);
    let room = max_size.min(data.len());
    if after.len() > room {
        return fuzzer_mutate(data, size, max_size);
    }
    data[..after.len()].copy_from_slice(&after);
    // Now and then libFuzzer's own changes come on top.
    if random.below(8) == 0 {
        fuzzer_mutate(data, after.len(), max_size)
    } else {
        after.len()
    }
});

fuzz_target!(|data: &[u8]| -> Corpus {
    let component = component(data);
    GROUND.with(|ground| ground.get_or_init(Ground::new).strike(&component))
});
