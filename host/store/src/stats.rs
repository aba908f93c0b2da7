//! What the writer has done, for benchmarks and metrics.

/// Counters since the database was opened. Every commit is one disk sync.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Commits that succeeded.
    pub commits: u64,
    /// Batches given to them.
    pub batches: u64,
    /// Writes in these, index entries and counters included.
    pub operations: u64,
    /// Bytes of keys and values in them.
    pub bytes: u64,
    /// Batches left out because a row was not as they expect, or a counter would leave its bounds.
    pub conflicts: u64,
    /// Batches refused because the queue was full.
    pub refused: u64,
}

#[derive(Default)]
pub(crate) struct Counters(std::sync::Mutex<Stats>);

impl Counters {
    pub(crate) fn get(&self) -> Stats {
        *self.lock()
    }

    pub(crate) fn update(&self, change: impl FnOnce(&mut Stats)) {
        change(&mut self.lock());
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Stats> {
        self.0
            .lock()
            .expect("no code that panics runs under this lock")
    }
}
