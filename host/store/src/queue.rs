//! The bounded queue in front of the writer.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::{Batch, Limits, Result, StoreError};

/// Told the outcome of a batch, once.
pub(crate) type Done = Box<dyn FnOnce(Result<()>) + Send>;

pub(crate) struct Queue {
    limits: Limits,
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<(Batch, Done)>,
    bytes: usize,
    /// Why no more batches are taken.
    ended: Option<StoreError>,
    /// The writer has something to write and lets more come: a batch need not wake it.
    gathering: bool,
}

/// While it gathers, the writer looks this often whether more still comes.
const LOOK: Duration = Duration::from_micros(500);

impl Queue {
    pub(crate) fn new(limits: Limits) -> Self {
        Queue {
            limits,
            state: Mutex::default(),
            wake: Condvar::new(),
        }
    }

    /// Adds a batch, or refuses it and drops `done` uncalled.
    pub(crate) fn push(&self, batch: Batch, done: Done) -> Result<()> {
        self.check(&batch)?;
        let mut state = self.lock();
        if let Some(error) = &state.ended {
            return Err(error.clone());
        }
        let batches = state.waiting.len();
        let bytes = state.bytes + batch.bytes();
        if batches >= self.limits.queue_batches || bytes > self.limits.queue_bytes {
            return Err(StoreError::Overloaded {
                batches,
                bytes: state.bytes,
            });
        }
        state.bytes = bytes;
        state.waiting.push_back((batch, done));
        let wakes = !state.gathering || bytes >= self.limits.commit_bytes;
        drop(state);
        if wakes {
            self.wake.notify_one();
        }
        Ok(())
    }

    /// See [`Limits::commit_interval`].
    pub(crate) fn commit_interval(&self) -> Duration {
        self.limits.commit_interval
    }

    fn check(&self, batch: &Batch) -> Result<()> {
        let limits = &self.limits;
        for (what, bytes, limit) in [
            ("key", batch.longest_key(), limits.key_bytes),
            ("value", batch.largest_value(), limits.value_bytes),
            (
                "batch",
                batch.bytes(),
                limits.batch_bytes.min(limits.queue_bytes),
            ),
        ] {
            if bytes > limit {
                return Err(StoreError::TooLarge { what, bytes, limit });
            }
        }
        Ok(())
    }

    /// The batches of the next commit, oldest first: waits for one, or for `urgent` to be true, and
    /// then until `gather_until` where more comes meanwhile; `None` once the queue has ended and is
    /// empty.
    pub(crate) fn take(
        &self,
        urgent: impl Fn() -> bool,
        gather_until: Option<Instant>,
    ) -> Option<(Vec<Batch>, Vec<Done>)> {
        let mut state = self.lock();
        while state.waiting.is_empty() && !urgent() {
            if state.ended.is_some() {
                return None;
            }
            state = self
                .wake
                .wait(state)
                .expect("no code panics under this lock");
        }
        if let Some(until) = gather_until {
            state = self.gather(state, &urgent, until);
        }
        let (mut batches, mut dones) = (Vec::new(), Vec::new());
        let mut bytes = 0;
        while let Some((batch, _)) = state.waiting.front() {
            bytes += batch.bytes();
            if bytes > self.limits.commit_bytes && !batches.is_empty() {
                break;
            }
            let (batch, done) = state.waiting.pop_front().expect("the front was seen above");
            state.bytes -= batch.bytes();
            batches.push(batch);
            dones.push(done);
        }
        Some((batches, dones))
    }

    /// Waits for a while; `false`, at once, where the queue has ended.
    pub(crate) fn pause(&self, time: Duration) -> bool {
        let state = self.lock();
        let (state, _) = self
            .wake
            .wait_timeout_while(state, time, |state| state.ended.is_none())
            .expect("no code panics under this lock");
        state.ended.is_none()
    }

    /// Lets batches come until `until`, or until none has come for a while.
    fn gather<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        urgent: &impl Fn() -> bool,
        until: Instant,
    ) -> MutexGuard<'a, State> {
        state.gathering = true;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let enough = state.bytes >= self.limits.commit_bytes;
            if left.is_zero() || enough || urgent() || state.ended.is_some() {
                break;
            }
            let before = state.waiting.len();
            let (later, _) = self
                .wake
                .wait_timeout(state, left.min(LOOK))
                .expect("no code panics under this lock");
            state = later;
            if state.waiting.len() == before {
                break;
            }
        }
        state.gathering = false;
        state
    }

    /// Whether a call of [`take`](Self::take) would not wait: batches wait, or the queue has ended.
    pub(crate) fn is_ready(&self) -> bool {
        let state = self.lock();
        !state.waiting.is_empty() || state.ended.is_some()
    }

    /// Wakes the writer.
    pub(crate) fn wake(&self) {
        // Under the lock, or the writer could be between its check and its wait.
        let _state = self.lock();
        self.wake.notify_one();
    }

    /// Takes no more batches; those that wait stay for the writer. The first reason counts.
    pub(crate) fn end(&self, reason: StoreError) {
        self.lock().ended.get_or_insert(reason);
        self.wake.notify_one();
    }

    /// Takes no more batches and gives back those that wait.
    pub(crate) fn fail(&self, reason: StoreError) -> Vec<Done> {
        let mut state = self.lock();
        state.ended = Some(reason);
        state.bytes = 0;
        state.waiting.drain(..).map(|(_, done)| done).collect()
    }

    /// Why no more batches are taken.
    pub(crate) fn ended(&self) -> Option<StoreError> {
        self.lock().ended.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no code panics under this lock")
    }
}
