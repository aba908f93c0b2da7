//! What belongs to one call: its WASI context, its log, what it may reach, and what it has used up.

use std::sync::Arc;
use std::time::Instant;

use wasmtime::ResourceLimiter;
use wasmtime_wasi::{ResourceTable, WasiCtx, WasiCtxView, WasiView};

use crate::capabilities::http::{Client, Egress};
use crate::capabilities::{Monotonic, Random, Wall};
use crate::cpu;
use crate::grants::Access;
use crate::limits::Limits;
use crate::logs::{Log, Stream};
use crate::outside::Outside;
use crate::overlay::{Overlay, View};

/// The data of a store.
pub(crate) struct State {
    pub(crate) meter: Meter,
    pub(crate) log: Log,
    pub(crate) limits: Limits,
    pub(crate) caller: Caller,
    /// What the call has seen and wants to change outside.
    pub(crate) overlay: Overlay,
    pub(crate) table: ResourceTable,
    /// Made when the guest first asks: many a step imports WASI through its standard library and
    /// never calls it.
    wasi: Option<WasiCtx>,
    pub(crate) client: Arc<Client>,
    /// Made when the guest first uses HTTP.
    pub(crate) egress: Option<Box<Egress>>,
}

/// On whose behalf a guest runs.
pub(crate) struct Caller {
    pub(crate) access: Access,
    /// Of the job; nothing where a step describes itself.
    pub(crate) idempotency_key: Option<Arc<str>>,
}

impl Caller {
    pub(crate) fn of(access: &Access, idempotency_key: &Arc<str>) -> Self {
        Self {
            access: access.clone(),
            idempotency_key: Some(idempotency_key.clone()),
        }
    }

    /// Nothing is granted, and outside there are only the clock and randomness of a tenant's call.
    pub(crate) fn clock_and_randomness(outside: Arc<dyn Outside>) -> Self {
        Self {
            access: Access {
                outside,
                ..Access::nothing()
            },
            idempotency_key: None,
        }
    }

    /// Nothing is granted.
    pub(crate) fn nobody() -> Self {
        Self {
            access: Access::nothing(),
            idempotency_key: None,
        }
    }
}

/// The most random bytes a guest gets at one time.
const RANDOM_BYTES: u64 = 1 << 20;

impl State {
    pub(crate) fn new(
        limits: &Limits,
        caller: Caller,
        client: Arc<Client>,
        deadline: Instant,
    ) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.handles);
        Self {
            meter: Meter::new(limits, deadline),
            log: Log::new(limits),
            limits: limits.clone(),
            caller,
            overlay: Overlay::default(),
            table,
            wasi: None,
            client,
            egress: None,
        }
    }
}

impl State {
    /// Makes it that of the next call, of the same tenant. What the instance holds stays: its
    /// memory, its handles, and what it has logged since the call before.
    pub(crate) fn begin(&mut self, limits: &Limits, caller: Caller, deadline: Instant) {
        self.meter.begin(limits, deadline);
        self.log.begin(limits);
        self.limits = limits.clone();
        self.caller = caller;
        self.overlay = Overlay::default();
        self.egress = None;
        self.table.set_max_capacity(limits.handles);
    }

    /// The tenant's data, with what the call has changed of it.
    pub(crate) fn view(&mut self) -> View<'_> {
        View {
            overlay: &mut self.overlay,
            outside: &*self.caller.access.outside,
            limits: &self.limits,
        }
    }

    /// Counts the call of a host function.
    pub(crate) fn called(&mut self) -> &mut Self {
        self.meter.host_calls += 1;
        self
    }

    /// Notes what was refused, for the text of the failure that may come of it.
    pub(crate) fn deny(&mut self, sentence: impl Into<String>) {
        self.meter.denied = Some(sentence.into());
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        self.meter.host_calls += 1;
        let (log, outside) = (&self.log, &self.caller.access.outside);
        let ctx = self.wasi.get_or_insert_with(|| {
            let random = || Random(outside.clone());
            WasiCtx::builder()
                .stdout(log.stream(Stream::Stdout))
                .stderr(log.stream(Stream::Stderr))
                .max_random_size(RANDOM_BYTES)
                .secure_random(random())
                .insecure_random(random())
                .insecure_random_seed(random().seed())
                .wall_clock(Wall(outside.clone()))
                .monotonic_clock(Monotonic::starting(outside.clone()))
                .allow_tcp(false)
                .allow_udp(false)
                .allow_ip_name_lookup(false)
                .build()
        });
        WasiCtxView {
            ctx,
            table: &mut self.table,
        }
    }
}

/// Counts what a call uses, refuses what is too much and remembers what was refused.
#[derive(Debug)]
pub(crate) struct Meter {
    pub(crate) deadline: Instant,
    /// Epoch ticks at which the guest was found running.
    pub(crate) ticks: u64,
    /// Calls of host functions.
    pub(crate) host_calls: u64,
    /// The count of the clock when the guest was last found running in time.
    pub(crate) last_tick: u64,
    /// How many ticks later it was cut off.
    pub(crate) ticks_to_cut: u64,
    pub(crate) refused: Option<Refused>,
    /// What a capability refused last, as a sentence. It is added to the failure's text if the
    /// guest then fails.
    pub(crate) denied: Option<String>,
    memory: Amount,
    table: Amount,
    instances: usize,
    tables: usize,
    memories: usize,
}

/// What a call was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    Time,
    Cpu,
    HostCalls,
    Memory { wanted: usize },
    Table { wanted: usize },
}

/// The total of all memories, or of all tables, of a call.
#[derive(Debug)]
struct Amount {
    used: usize,
    peak: usize,
    limit: usize,
    /// What the last growth added, to be taken back if the engine could not carry it out.
    last: usize,
}

impl Amount {
    fn new(limit: usize) -> Self {
        Self {
            used: 0,
            peak: 0,
            limit,
            last: 0,
        }
    }

    /// Grows by the difference.
    ///
    /// # Errors
    /// The total that would have been needed.
    fn grow(&mut self, current: usize, desired: usize) -> Result<(), usize> {
        let more = desired.saturating_sub(current);
        let wanted = self.used.saturating_add(more);
        if wanted > self.limit {
            return Err(wanted);
        }
        self.used = wanted;
        self.last = more;
        self.peak = self.peak.max(wanted);
        Ok(())
    }

    /// What is held, under the limit of another call.
    fn kept(&self, limit: usize) -> Self {
        Self {
            used: self.used,
            peak: self.used,
            ..Self::new(limit)
        }
    }

    fn take_back(&mut self) {
        self.used -= std::mem::take(&mut self.last);
    }
}

impl Meter {
    fn new(limits: &Limits, deadline: Instant) -> Self {
        Self {
            deadline,
            ticks: 0,
            host_calls: 0,
            last_tick: 0,
            ticks_to_cut: 0,
            refused: None,
            denied: None,
            memory: Amount::new(limits.memory_bytes),
            table: Amount::new(limits.table_elements),
            instances: limits.instances,
            tables: limits.tables,
            memories: limits.memories,
        }
    }

    /// Counts anew for the next call; the memory stays counted.
    fn begin(&mut self, limits: &Limits, deadline: Instant) {
        let Self { memory, table, .. } = self;
        let (memory, table) = (
            memory.kept(limits.memory_bytes),
            table.kept(limits.table_elements),
        );
        *self = Self {
            memory,
            table,
            ..Self::new(limits, deadline)
        };
    }

    /// Whether what is held now keeps within the limits.
    pub(crate) fn keeps_within(&self, limits: &Limits) -> bool {
        self.memory.used <= limits.memory_bytes && self.table.used <= limits.table_elements
    }

    /// Notes that the guest is running; whether it may go on.
    pub(crate) fn tick(&mut self, count: u64, limits: &Limits) -> bool {
        self.ticks += 1;
        let refused = if Instant::now() >= self.deadline {
            Refused::Time
        } else if cpu::used_by_running() >= limits.cpu_time {
            Refused::Cpu
        } else if self.host_calls > limits.host_calls {
            Refused::HostCalls
        } else {
            self.last_tick = count;
            return true;
        };
        self.refused = Some(refused);
        self.ticks_to_cut = count.saturating_sub(self.last_tick);
        false
    }

    pub(crate) fn memory_peak(&self) -> usize {
        self.memory.peak
    }
}

/// A refused growth is not a trap: `memory.grow` answers -1, as WebAssembly has it, and a guest
/// may get by with less. The refusal becomes the failure's text if the guest then fails.
impl ResourceLimiter for Meter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(match self.memory.grow(current, desired) {
            Ok(()) => true,
            Err(wanted) => {
                self.refused = Some(Refused::Memory { wanted });
                false
            }
        })
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.memory.take_back();
        Ok(())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(match self.table.grow(current, desired) {
            Ok(()) => true,
            Err(wanted) => {
                self.refused = Some(Refused::Table { wanted });
                false
            }
        })
    }

    fn table_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.table.take_back();
        Ok(())
    }

    fn instances(&self) -> usize {
        self.instances
    }

    fn tables(&self) -> usize {
        self.tables
    }

    fn memories(&self) -> usize {
        self.memories
    }
}
