//! The second baseline: wasmtime alone, calling the same steps, a fresh instance for each call.
//!
//! The engine is set up as the sandbox sets up its own, its pool included. What a call has there
//! beside the call itself (limits, deadline, captured log, checked output) is left out.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use wasmtime::component::{Component, InstancePre, Linker, ResourceTable};
use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Result, Store,
};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use super::process;

wasmtime::component::bindgen!({
    path: "../wit",
    world: "anyam:step/bare-step",
    exports: { default: async },
});

use self::anyam::step::context::StepContext;
use self::anyam::step::types::Header;
use self::exports::anyam::step::handler::GuestIndices;

/// What bare wasmtime does.
pub struct Figures {
    /// Threads that called at once.
    pub threads: usize,
    /// How often all three steps were called a second, on all threads together.
    pub instances_per_second: f64,
    /// Half of the calls on one thread took at most so long.
    pub p50_micros: f64,
    /// 99 of 100 calls on one thread took at most so long.
    pub p99_micros: f64,
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

/// Calls the steps of the measured process for about `time` on one thread and on all.
pub fn measure(components: &BTreeMap<String, Vec<u8>>, time: Duration) -> Figures {
    let steps = prepare(components).expect("bare wasmtime takes the components");
    run(&steps, Duration::from_millis(300));
    let mut nanos = run(&steps, time / 2);
    nanos.sort_unstable();
    let at = |share: usize| nanos[(nanos.len() - 1) * share / 100] as f64 / 1e3;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let begin = Instant::now();
    let calls: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads)
            .map(|_| scope.spawn(|| run(&steps, time / 2).len()))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("no call fails"))
            .sum()
    });
    let instances = calls as f64 / steps.len() as f64;
    Figures {
        threads,
        instances_per_second: instances / begin.elapsed().as_secs_f64(),
        p50_micros: at(50),
        p99_micros: at(99),
    }
}

/// Calls the steps in turn on this thread; the time of each call in nanoseconds.
fn run(steps: &[Step], time: Duration) -> Vec<u64> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime can be made");
    runtime.block_on(async {
        let mut nanos = Vec::new();
        let begin = Instant::now();
        while begin.elapsed() < time {
            for step in steps {
                let begin = Instant::now();
                step.call().await.expect("the step can be called");
                nanos.push(begin.elapsed().as_nanos() as u64);
            }
        }
        nanos
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
    process::step_inputs().into_iter().map(step).collect()
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
        process_id: process::ID.into(),
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
