//! The baseline of step calls: wasmtime alone, calling the same steps, a fresh instance for each call.
//!
//! The engine is set up as the sandbox sets up its own, its pool included. What a call has there
//! beside the call itself (limits, deadline, captured log, checked output) is left out.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use ::wasmtime::component::{Component, InstancePre, Linker, ResourceTable};
use ::wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Result, Store,
};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use super::Work;
use crate::models;

::wasmtime::component::bindgen!({
    path: "../wit",
    world: "anyam:step/bare-step",
    exports: { default: async },
});

use self::anyam::step::context::StepContext;
use self::anyam::step::types::Header;
use self::exports::anyam::step::handler::GuestIndices;

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

/// A step that is ready to be called, with its input.
struct Step {
    instance: InstancePre<State>,
    guest: GuestIndices,
    context: StepContext,
    input: String,
}

impl Step {
    async fn call(&self) -> Result<()> {
        let state = State {
            wasi: WasiCtx::builder().build(),
            table: ResourceTable::new(),
        };
        let mut store = Store::new(self.instance.engine(), state);
        let instance = self.instance.instantiate_async(&mut store).await?;
        let guest = self.guest.load(&mut store, &instance)?;
        let output = guest
            .call_handle(&mut store, &self.context, &self.input)
            .await?;
        assert!(output.is_ok(), "a step failed: {output:?}");
        Ok(())
    }
}

/// The three steps of scenario (a), ready to be called.
pub struct Steps(Vec<Step>);

impl Steps {
    /// Compiles them.
    pub fn new(components: &BTreeMap<String, Vec<u8>>) -> Self {
        let steps = prepare(components).expect("bare wasmtime takes the components");
        run(&steps, Duration::from_millis(100));
        Self(steps)
    }

    /// Calls them for `time` on all processors; an instance's worth is a call of each.
    pub fn run(&self, time: Duration) -> Work {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let begin = Instant::now();
        let calls: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..threads)
                .map(|_| scope.spawn(|| run(&self.0, time)))
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().expect("no call fails"))
                .sum()
        });
        Work {
            completed: (calls / self.0.len()) as u64,
            seconds: begin.elapsed().as_secs_f64(),
            disk_bytes: None,
            syncs: None,
            note: format!("three calls each, a fresh instance a call, on {threads} threads"),
        }
    }
}

/// Calls the steps in turn on this thread; how many calls it made.
fn run(steps: &[Step], time: Duration) -> usize {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime can be made");
    runtime.block_on(async {
        let mut calls = 0;
        let begin = Instant::now();
        while begin.elapsed() < time {
            for step in steps {
                step.call().await.expect("the step can be called");
                calls += 1;
            }
        }
        calls
    })
}

fn prepare(components: &BTreeMap<String, Vec<u8>>) -> Result<Vec<Step>> {
    let engine = Engine::new(&config())?;
    let mut linker = Linker::<State>::new(&engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    let step = |(name, input): (&str, String)| {
        let component = Component::new(&engine, &components[name])?;
        let instance = linker.instantiate_pre(&component)?;
        let guest = GuestIndices::new(&instance)?;
        Ok(Step {
            instance,
            guest,
            context: context(),
            input,
        })
    };
    models::step_inputs().into_iter().map(step).collect()
}

fn config() -> Config {
    let mut pool = PoolingAllocationConfig::new();
    pool.linear_memory_keep_resident(2 << 20)
        .table_keep_resident(2 << 20)
        .async_stack_keep_resident(64 << 10)
        .pagemap_scan(Enabled::Auto);
    let mut config = Config::new();
    config
        .concurrency_support(false)
        .memory_reservation(1 << 32)
        .memory_guard_size(32 << 20)
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config
}

fn context() -> StepContext {
    let header = |key: &str, value: &str| Header {
        key: key.into(),
        value: value.into(),
    };
    StepContext {
        tenant_id: "<default>".into(),
        process_id: "three-steps".into(),
        process_version: 1,
        process_instance_key: 1,
        element_id: "check".into(),
        element_instance_key: 2,
        job_key: 3,
        idempotency_key: "3".into(),
        attempt: 1,
        deadline_unix_ms: 0,
        headers: vec![header("tolerance", "0.02"), header("warehouse", "north")],
    }
}
