//! What a call costs beside the same call on bare wasmtime.
//!
//! `cargo run --release -p anyam-sandbox --example overhead [COMPONENT.wasm INPUT KEY=VALUE...]`
//! where each `KEY=VALUE` is a task header.
#![expect(clippy::print_stdout, reason = "an example prints its figures")]
#![allow(missing_docs, reason = "the bindings are generated")]

#[path = "../tests/support/guest.rs"]
#[allow(dead_code, reason = "made for the tests")]
mod guest;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyam_sandbox::{Access, CallContext, CallRequest, CompilerCommand, Config, Limits, Sandbox};
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Result, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "anyam:step/bare-step",
    exports: { default: async },
    ownership: Borrowing { duplicate_if_necessary: true },
});

use anyam::step::context::StepContext;
use anyam::step::types::Header;
use exports::anyam::step::handler::GuestIndices;

/// How long each way is measured.
const TIME: Duration = Duration::from_secs(2);
const INPUT: &str = r#"{"orderId":"o-17","amount":120.50}"#;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("compile") {
        return anyam_sandbox::compile_main();
    }
    let bytes = match std::env::args().nth(1) {
        Some(path) => std::fs::read(path).expect("the component can be read"),
        None => guest::echo().build(),
    };
    let input = std::env::args().nth(2).unwrap_or_else(|| INPUT.to_owned());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime can be started");
    runtime.block_on(async {
        // Twice, so that neither profits from a machine that got quieter.
        for _ in 0..2 {
            let bare = bare(&bytes, &input)
                .await
                .expect("bare wasmtime runs the component");
            let ours = sandboxed(&bytes, &input).await;
            println!("bare wasmtime, no limits:  {}", report(bare));
            println!("Step::call:                {}", report(ours));
        }
    });
    ExitCode::SUCCESS
}

/// The task headers on the command line.
fn headers() -> impl Iterator<Item = (Box<str>, Box<str>)> {
    std::env::args().skip(3).map(|header| {
        let (key, value) = header.split_once('=').expect("a header is KEY=VALUE");
        (key.into(), value.into())
    })
}

fn report(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let at = |share: usize| times[times.len() * share / 100].as_secs_f64() * 1e6;
    let mean = times.iter().sum::<Duration>().as_secs_f64() / times.len() as f64 * 1e6;
    format!(
        "mean {mean:.1} us, p50 {:.1} us, p99 {:.1} us",
        at(50),
        at(99)
    )
}

struct State {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

async fn bare(bytes: &[u8], input: &str) -> Result<Vec<Duration>> {
    let mut pool = PoolingAllocationConfig::new();
    pool.linear_memory_keep_resident(2 << 20)
        .table_keep_resident(2 << 20);
    let mut config = wasmtime::Config::new();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    let engine = Engine::new(&config)?;
    let component = Component::new(&engine, bytes)?;
    let mut linker = Linker::<State>::new(&engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    let component = linker.instantiate_pre(&component)?;
    let indices = GuestIndices::new(&component)?;
    let headers: Vec<_> = headers().collect();
    let headers: Vec<_> = headers
        .iter()
        .map(|(key, value)| Header { key, value })
        .collect();
    let context = StepContext {
        tenant_id: "<default>",
        process_id: "order",
        process_version: 1,
        process_instance_key: 1,
        element_id: "check",
        element_instance_key: 2,
        job_key: 3,
        idempotency_key: "3",
        attempt: 1,
        deadline_unix_ms: 0,
        headers: &headers,
    };
    let mut times = Vec::new();
    let end = Instant::now() + TIME;
    while Instant::now() < end {
        let start = Instant::now();
        let state = State {
            wasi: WasiCtx::builder().build(),
            table: ResourceTable::new(),
        };
        let mut store = Store::new(&engine, state);
        let instance = component.instantiate_async(&mut store).await?;
        let guest = indices.load(&mut store, &instance)?;
        let output = guest
            .call_handle(&mut store, context.clone(), input)
            .await?;
        assert!(output.is_ok(), "{output:?}");
        drop(store);
        times.push(start.elapsed());
    }
    Ok(times)
}

async fn sandboxed(bytes: &[u8], input: &str) -> Vec<Duration> {
    let dir = tempfile::tempdir().expect("a folder can be made");
    let program = std::env::current_exe().expect("this program has a path");
    let compiler = CompilerCommand {
        program,
        args: vec!["compile".into()],
    };
    let sandbox = Sandbox::new(Config::new(dir.path(), compiler)).expect("a sandbox");
    let limits = Limits::default();
    let start = Instant::now();
    let step = sandbox
        .prepare(bytes.into(), &limits)
        .await
        .expect("the component is a step");
    println!("prepared in {:?}; {} bytes", start.elapsed(), bytes.len());
    let context = CallContext {
        tenant_id: "<default>".into(),
        process_id: "order".into(),
        process_version: 1,
        process_instance_key: 1,
        element_id: "check".into(),
        element_instance_key: 2,
        job_key: 3,
        idempotency_key: "3".into(),
        attempt: 1,
        deadline_unix_ms: 0,
        headers: headers().collect(),
    };
    let access = Access::nothing();
    let mut times = Vec::new();
    let end = Instant::now() + TIME;
    while Instant::now() < end {
        let start = Instant::now();
        let request = CallRequest {
            context: &context,
            function: None,
            input,
            access: &access,
            limits: &limits,
            reuse: 1,
        };
        let call = step.call(request).await;
        assert!(call.outcome.is_ok(), "{call:?}");
        times.push(start.elapsed());
    }
    times
}
