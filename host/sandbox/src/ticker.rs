//! The clock that interrupts running guests.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread::Thread;
use std::time::{Duration, Instant};

use wasmtime::Engine;

use crate::error::SandboxError;

/// How often a running guest lets other tasks of its thread run, and how exactly it is cut off.
pub(crate) const TICK: Duration = Duration::from_millis(2);
/// How long the clock runs on after the last call: waking it for every call would cost more.
const IDLE_TICKS: u32 = 50;

/// A thread that advances the engine's epoch while calls are running and sleeps otherwise.
#[derive(Debug)]
pub(crate) struct Ticker {
    shared: Arc<Shared>,
    thread: Thread,
}

#[derive(Debug, Default)]
struct Shared {
    running: AtomicUsize,
    /// How often the epoch was advanced.
    ticks: Arc<AtomicU64>,
    asleep: AtomicBool,
    stop: AtomicBool,
}

/// Keeps the clock running.
#[derive(Debug)]
pub(crate) struct Running<'a>(&'a Shared);

impl Ticker {
    pub(crate) fn start(engine: Engine) -> Result<Self, SandboxError> {
        let shared = Arc::new(Shared::default());
        let theirs = shared.clone();
        let thread = std::thread::Builder::new()
            .name("anyam-epoch".to_owned())
            .spawn(move || tick(&engine, &theirs))
            .map_err(|source| SandboxError::Ticker { source })?;
        Ok(Self {
            shared,
            thread: thread.thread().clone(),
        })
    }

    /// The count of its ticks, to be read while a guest runs.
    pub(crate) fn count(&self) -> Arc<AtomicU64> {
        self.shared.ticks.clone()
    }

    /// To be held while a guest runs.
    pub(crate) fn running(&self) -> Running<'_> {
        self.shared.running.fetch_add(1, Ordering::SeqCst);
        if self.shared.asleep.load(Ordering::SeqCst) {
            self.thread.unpark();
        }
        Running(&self.shared)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        self.thread.unpark();
    }
}

fn tick(engine: &Engine, shared: &Shared) {
    let mut idle = 0;
    let mut next = Instant::now();
    while !shared.stop.load(Ordering::SeqCst) {
        if shared.running.load(Ordering::SeqCst) > 0 {
            idle = 0;
        } else {
            idle += 1;
        }
        if idle > IDLE_TICKS {
            // Announced before the last look at the count, so that a call which begins in between
            // either is seen here or wakes this thread.
            shared.asleep.store(true, Ordering::SeqCst);
            if shared.running.load(Ordering::SeqCst) == 0 && !shared.stop.load(Ordering::SeqCst) {
                std::thread::park();
            }
            shared.asleep.store(false, Ordering::SeqCst);
            idle = 0;
        }
        // Against a fixed grid, so that a late wake-up does not slow the clock down.
        let now = Instant::now();
        next = (next + TICK).max(now);
        std::thread::sleep(next - now);
        shared.ticks.fetch_add(1, Ordering::Relaxed);
        engine.increment_epoch();
    }
}
