//! Blocks of keys: numbers that rise and never come twice, over crashes too.
//!
//! A range of blocks is reserved durably before the first of them is handed out, by writing the end
//! of the range (the high-water mark) to the meta table. After a crash the next range starts there,
//! so what was left of the old range is skipped.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex};

/// Keys in a block. A block starts at a multiple of it.
pub const BLOCK: u64 = 64;

/// The first key of partition 1: 13 bits of partition above 51 bits of counter.
pub const FIRST_KEY: u64 = 1 << 51;

/// Blocks reserved at a time; the next range is asked for when half of them are left. A restart
/// skips at most this many of 2^45.
const RANGE: u64 = 1 << 16;

pub(crate) struct Blocks {
    /// The next block, as a count of blocks.
    next: AtomicU64,
    /// Blocks below are reserved durably.
    reserved: AtomicU64,
    asked: AtomicBool,
    /// Set when no range will ever be reserved again.
    ended: Mutex<bool>,
    granted: Condvar,
}

impl Blocks {
    /// Continues above a high-water mark, with nothing reserved yet.
    pub(crate) fn new(high_water: u64) -> Self {
        Blocks {
            next: AtomicU64::new(high_water),
            reserved: AtomicU64::new(high_water),
            asked: AtomicBool::new(false),
            ended: Mutex::new(false),
            granted: Condvar::new(),
        }
    }

    /// The first key of the next block. `ask` wakes the writer to reserve more.
    ///
    /// Waits only if half a range was handed out while the writer was in one commit. When the
    /// writer has ended, blocks are handed out without a reservation: nothing can be committed
    /// under their keys any more.
    pub(crate) fn next(&self, ask: impl Fn()) -> u64 {
        let block = self.next.fetch_add(1, Ordering::Relaxed);
        debug_assert!(block < 1 << 45, "the partition's keys are used up");
        if block + RANGE / 2 >= self.reserved.load(Ordering::Acquire) {
            self.ask(&ask);
            self.wait_for(block, &ask);
        }
        FIRST_KEY + block * BLOCK
    }

    fn ask(&self, ask: &impl Fn()) {
        if !self.asked.swap(true, Ordering::AcqRel) {
            ask();
        }
    }

    fn wait_for(&self, block: u64, ask: &impl Fn()) {
        if block < self.reserved.load(Ordering::Acquire) {
            return;
        }
        let mut ended = self.lock();
        while !*ended && block >= self.reserved.load(Ordering::Acquire) {
            // A range granted meanwhile may still end below this block.
            self.ask(ask);
            ended = self
                .granted
                .wait(ended)
                .expect("no code panics under this lock");
        }
    }

    /// True if the writer should reserve a range with its next commit.
    pub(crate) fn asked(&self) -> bool {
        self.asked.load(Ordering::Acquire)
    }

    /// The high-water mark to write.
    pub(crate) fn wanted(&self) -> u64 {
        self.next.load(Ordering::Relaxed) + RANGE
    }

    /// `high_water` is durable.
    pub(crate) fn grant(&self, high_water: u64) {
        let _guard = self.lock();
        self.reserved.store(high_water, Ordering::Release);
        self.asked.store(false, Ordering::Release);
        self.granted.notify_all();
    }

    /// True once no range will be reserved any more.
    pub(crate) fn has_ended(&self) -> bool {
        *self.lock()
    }

    /// No range will be reserved any more.
    pub(crate) fn end(&self) {
        *self.lock() = true;
        self.granted.notify_all();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, bool> {
        self.ended.lock().expect("no code panics under this lock")
    }
}
