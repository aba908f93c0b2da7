//! The configuration of the WebAssembly engine.
//!
//! Code is compiled by one process and run by another, so everything that shapes the code is set
//! in one place, [`base`], and used by both.

use std::num::NonZeroUsize;

use sha2::{Digest, Sha256};
use wasmparser::WasmFeatures;
use wasmtime::{Config, Enabled, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::Config as SandboxConfig;
use crate::error::SandboxError;

/// Address space of one linear memory. With all that 32 bits can reach reserved, compiled code
/// needs no bounds checks.
pub(crate) const MEMORY_RESERVATION: u64 = 1 << 32;
/// Inaccessible bytes behind it, for constant offsets that the compiler does not check either.
const MEMORY_GUARD: u64 = 32 << 20;
/// What an asynchronous stack holds beyond the guest's part: host functions run on it too.
const HOST_STACK_BYTES: usize = 1 << 20;
/// What stays resident of a memory or table between two calls: resetting it by copying is cheaper
/// than giving the pages back to the system.
const KEEP_RESIDENT_BYTES: usize = 2 << 20;
/// The deepest call chain a trap reports.
const BACKTRACE_FRAMES: NonZeroUsize = NonZeroUsize::new(16).expect("not zero");

/// The WebAssembly proposals that a step may use; the same for the check and for the engine, which
/// is built without a garbage collector and so has no `externref`.
pub(crate) fn features() -> WasmFeatures {
    WasmFeatures::WASM2.difference(WasmFeatures::GC_TYPES)
        | WasmFeatures::TAIL_CALL
        | WasmFeatures::RELAXED_SIMD
        | WasmFeatures::MULTI_MEMORY
        | WasmFeatures::EXTENDED_CONST
        | WasmFeatures::COMPONENT_MODEL
        | WasmFeatures::CM_MAP
}

/// All that shapes compiled code.
fn base() -> Config {
    let mut config = Config::new();
    config
        .wasm_tail_call(true)
        .wasm_relaxed_simd(true)
        .wasm_multi_memory(true)
        .wasm_extended_const(true)
        .wasm_component_model_map(true)
        .wasm_memory64(false)
        .wasm_custom_page_sizes(false)
        .wasm_wide_arithmetic(false)
        .concurrency_support(false)
        .epoch_interruption(true)
        .memory_reservation(MEMORY_RESERVATION)
        .memory_guard_size(MEMORY_GUARD)
        .memory_may_move(false)
        .memory_init_cow(true)
        .table_lazy_init(true)
        .generate_address_map(true);
    config
}

/// The engine of the compiling process. It runs nothing and so reserves no address space.
pub(crate) fn compiling() -> wasmtime::Result<Engine> {
    Engine::new(&base())
}

/// The engine that runs steps.
pub(crate) fn running(settings: &SandboxConfig) -> Result<Engine, SandboxError> {
    // Instances that wait for a call are alive beside those of the calls.
    let instances = settings
        .concurrent_calls
        .saturating_add(settings.warm_instances);
    let instances = u32::try_from(instances).unwrap_or(u32::MAX);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .total_core_instances(instances.saturating_mul(settings.max_instances))
        .total_memories(instances.saturating_mul(settings.max_memories))
        .total_tables(instances.saturating_mul(settings.max_tables))
        .total_stacks(instances)
        .max_core_instances_per_component(settings.max_instances)
        .max_memories_per_component(settings.max_memories)
        .max_tables_per_component(settings.max_tables)
        .max_memories_per_module(settings.max_memories)
        .max_tables_per_module(settings.max_tables)
        .max_component_instance_size(4 << 20)
        .max_core_instance_size(4 << 20)
        // The limiter of each call decides; the pool allows what the reservation holds.
        .max_memory_size(usize::try_from(MEMORY_RESERVATION).unwrap_or(usize::MAX))
        .table_elements(settings.max_table_elements)
        .max_unused_warm_slots(instances.saturating_mul(2))
        .linear_memory_keep_resident(KEEP_RESIDENT_BYTES)
        .table_keep_resident(KEEP_RESIDENT_BYTES)
        .async_stack_keep_resident(64 << 10)
        .pagemap_scan(Enabled::Auto);
    let mut config = base();
    config
        .max_wasm_stack(settings.stack_bytes)
        .async_stack_size(settings.stack_bytes + HOST_STACK_BYTES)
        .wasm_backtrace_max_frames(Some(BACKTRACE_FRAMES))
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    Engine::new(&config).map_err(|error| SandboxError::Engine {
        message: format!("{error:#}"),
    })
}

/// What compiled code must have been made for to run on `engine`, as a short text.
pub(crate) fn compatibility(engine: &Engine) -> String {
    struct Sha(Sha256);
    impl std::hash::Hasher for Sha {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
        fn finish(&self) -> u64 {
            0
        }
    }
    let mut hasher = Sha(Sha256::new());
    std::hash::Hash::hash(&engine.precompile_compatibility_hash(), &mut hasher);
    hex(&hasher.0.finalize()[..8])
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_engines_are_compatible() {
        let running = running(&SandboxConfig::new("unused", "unused")).unwrap();
        assert_eq!(
            compatibility(&compiling().unwrap()),
            compatibility(&running)
        );
    }
}
