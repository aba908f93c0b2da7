//! Calls through wasmtime alone, without limits, log or checks: a fresh instance for each.

use serde_json::Value;
use wasmtime::component::types::Type;
use wasmtime::component::{
    Component, ComponentExportIndex, InstancePre, Linker, ResourceTable, Val,
};
use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Result, Store,
};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use super::steps::Measured;

wasmtime::component::bindgen!({
    path: "../wit",
    world: "anyam:step/bare-step",
    exports: { default: async },
});

use self::anyam::step::context::StepContext;
use self::anyam::step::types::Header;
use self::exports::anyam::step::handler::GuestIndices;

/// The pooling allocator as it comes.
pub fn defaults() -> Config {
    with(PoolingAllocationConfig::new())
}

/// As the sandbox sets it up.
pub fn tuned() -> Config {
    let mut pool = PoolingAllocationConfig::new();
    pool.linear_memory_keep_resident(2 << 20)
        .table_keep_resident(2 << 20)
        .async_stack_keep_resident(64 << 10)
        .pagemap_scan(Enabled::Auto);
    let mut config = with(pool);
    config
        .concurrency_support(false)
        .memory_reservation(1 << 32)
        .memory_guard_size(32 << 20);
    config
}

fn with(mut pool: PoolingAllocationConfig) -> Config {
    pool.max_component_instance_size(4 << 20)
        .max_core_instance_size(4 << 20)
        .max_memory_size(256 << 20)
        .table_elements(100_000);
    let mut config = Config::new();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config
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

/// A step, ready to be called.
pub struct Step {
    instance: InstancePre<State>,
    entry: Entry,
}

enum Entry {
    Handler {
        guest: GuestIndices,
        context: StepContext,
        input: String,
    },
    Typed {
        function: ComponentExportIndex,
        arguments: Vec<Val>,
    },
}

impl Step {
    pub fn new(config: Config, measured: &Measured, component: &[u8]) -> Result<Self> {
        let engine = Engine::new(&config)?;
        let mut linker = Linker::<State>::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        let component = Component::new(&engine, component)?;
        let instance = linker.instantiate_pre(&component)?;
        let entry = match GuestIndices::new(&instance) {
            Ok(guest) => Entry::Handler {
                guest,
                context: context(measured),
                input: measured.input.clone(),
            },
            Err(_) => typed(&engine, &component, &measured.input),
        };
        Ok(Self { instance, entry })
    }

    pub async fn call(&self) {
        self.try_call().await.expect("the step can be called");
    }

    async fn try_call(&self) -> Result<()> {
        let state = State {
            wasi: WasiCtx::builder().build(),
            table: ResourceTable::new(),
        };
        let mut store = Store::new(self.instance.engine(), state);
        let instance = self.instance.instantiate_async(&mut store).await?;
        match &self.entry {
            Entry::Handler {
                guest,
                context,
                input,
            } => {
                let guest = guest.load(&mut store, &instance)?;
                let output = guest.call_handle(&mut store, context, input).await?;
                assert!(output.is_ok(), "{output:?}");
            }
            Entry::Typed {
                function,
                arguments,
            } => {
                let function = instance
                    .get_func(&mut store, function)
                    .expect("it is exported");
                let mut answer = [Val::Bool(false)];
                function
                    .call_async(&mut store, arguments, &mut answer)
                    .await?;
                assert!(matches!(answer, [Val::Result(Ok(_))]), "{answer:?}");
            }
        }
        Ok(())
    }
}

/// The only function, with its arguments by name.
fn typed(engine: &Engine, component: &Component, input: &str) -> Entry {
    let input: Value = serde_json::from_str(input).expect("the input is JSON");
    let names = component.component_type();
    let (name, function) = names
        .exports(engine)
        .find_map(|(name, item)| match item.ty {
            wasmtime::component::types::ComponentItem::ComponentFunc(function) => {
                Some((name.to_owned(), function))
            }
            _ => None,
        })
        .expect("it exports a function");
    let arguments = function.params().map(|(name, kind)| {
        let value = &input[camel(name)];
        let number = || value.as_u64().expect("the argument is a number");
        match kind {
            Type::U32 => Val::U32(u32::try_from(number()).expect("it fits")),
            Type::U64 => Val::U64(number()),
            Type::String => Val::String(value.as_str().expect("it is a text").to_owned()),
            other => panic!("{name} has the type {other:?}"),
        }
    });
    Entry::Typed {
        arguments: arguments.collect(),
        function: component
            .get_export_index(None, &name)
            .expect("it is exported"),
    }
}

/// `base-cents` as `baseCents`.
fn camel(name: &str) -> String {
    let mut parts = name.split('-');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let (initial, rest) = part.split_at(1);
        text + &initial.to_uppercase() + rest
    })
}

fn context(measured: &Measured) -> StepContext {
    let headers = measured.headers.iter().map(|(key, value)| Header {
        key: key.to_string(),
        value: value.to_string(),
    });
    StepContext {
        tenant_id: "<default>".into(),
        process_id: "parcel".into(),
        process_version: 1,
        process_instance_key: 1,
        element_id: "check".into(),
        element_instance_key: 2,
        job_key: 3,
        idempotency_key: "3".into(),
        attempt: 1,
        deadline_unix_ms: 0,
        headers: headers.collect(),
    }
}
