//! Instances that wait for a call.
//!
//! Two kinds wait here: fresh ones, made after a call for the next one of the same step and tenant,
//! so that the next call does not wait for its instantiation; and used ones, of calls that allow
//! their instance to be used again. Both are kept for one tenant and one step alone, for a bounded
//! time and in a bounded number: past it the one that waits for longest goes.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use wasmtime::Store;
use wasmtime::component::Instance;

use crate::sandbox::Inner;
use crate::state::State;

/// An instance with its store, between calls.
pub(crate) struct Guest {
    pub(crate) store: Store<State>,
    pub(crate) instance: Instance,
    /// How many calls it has served.
    pub(crate) calls: u32,
}

/// How long something took when it was done last.
#[derive(Debug, Default)]
pub(crate) struct Lasting(AtomicU64);

impl Lasting {
    /// Does it, and notes how long it took.
    pub(crate) fn of<T>(&self, work: impl FnOnce() -> T) -> T {
        let began = Instant::now();
        let done = work();
        self.note(began.elapsed());
        done
    }

    pub(crate) fn note(&self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.0.store(nanos, Ordering::Relaxed);
    }

    pub(crate) fn last(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }
}

/// For whom an instance is kept.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Owner {
    /// The step's number in this sandbox.
    pub(crate) step: u64,
    pub(crate) tenant: Arc<str>,
}

struct Waiting {
    owner: Owner,
    guest: Guest,
    since: Instant,
}

/// The instances that wait, and whether a task looks for those that wait for too long.
#[derive(Default)]
struct Kept {
    waiting: VecDeque<Waiting>,
    /// One task for all: with one a call, a step that is called alone would leave one behind each
    /// time it takes the only instance and puts it back.
    watched: bool,
}

/// The instances that wait.
pub(crate) struct Warm {
    kept: Mutex<Kept>,
    /// No more instances are kept.
    closed: AtomicBool,
    most: usize,
    most_per_owner: usize,
    idle_time: Duration,
}

impl Warm {
    pub(crate) fn new(most: usize, most_per_owner: usize, idle_time: Duration) -> Self {
        Self {
            kept: Mutex::default(),
            closed: AtomicBool::new(false),
            most,
            most_per_owner,
            idle_time,
        }
    }

    /// Takes an instance, the one that waits for the shortest time: its memory is the warmest.
    pub(crate) fn take(&self, owner: &Owner) -> Option<Guest> {
        let waiting = &mut self.lock().waiting;
        let at = waiting.iter().rposition(|one| one.owner == *owner)?;
        waiting.remove(at).map(|one| one.guest)
    }

    /// Whether one more would be kept.
    pub(crate) fn wants(&self, owner: &Owner) -> bool {
        let theirs =
            |waiting: &VecDeque<Waiting>| waiting.iter().filter(|one| one.owner == *owner).count();
        self.most > 0
            && !self.closed.load(Ordering::Acquire)
            && theirs(&self.lock().waiting) < self.most_per_owner
    }

    /// Keeps an instance for the next call.
    pub(crate) fn put(&self, sandbox: &Arc<Inner>, owner: Owner, guest: Guest) {
        if !self.wants(&owner) {
            return;
        }
        let since = Instant::now();
        let mut kept = self.lock();
        kept.waiting.push_back(Waiting {
            owner,
            guest,
            since,
        });
        let oldest = (kept.waiting.len() > self.most).then(|| kept.waiting.pop_front());
        let watched = std::mem::replace(&mut kept.watched, true);
        drop(kept);
        // Memory is given back outside of the lock.
        drop(oldest);
        if !watched {
            tokio::spawn(clear(Arc::downgrade(sandbox), self.idle_time));
        }
    }

    /// Gives up every instance, and keeps none from now on.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        let waiting = std::mem::take(&mut self.lock().waiting);
        drop(waiting);
    }

    /// Removes what waits for too long; when to look again, if anything is left. Where nothing is,
    /// nobody looks any more.
    fn expire(&self) -> Option<Duration> {
        let mut gone = Vec::new();
        let mut kept = self.lock();
        let left = loop {
            let Some(oldest) = kept.waiting.front() else {
                kept.watched = false;
                break None;
            };
            let age = oldest.since.elapsed();
            if age < self.idle_time {
                break Some(self.idle_time - age);
            }
            gone.extend(kept.waiting.pop_front());
        };
        drop(kept);
        left
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.lock().waiting.len()
    }
}

/// Removes what waits for too long until nothing waits.
async fn clear(sandbox: Weak<Inner>, idle_time: Duration) {
    let mut next = Some(idle_time);
    while let Some(time) = next {
        tokio::time::sleep(time).await;
        next = sandbox.upgrade().and_then(|sandbox| sandbox.warm.expire());
    }
}
