//! What the writer does while the disk is full: it waits.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use crate::queue::Queue;
use crate::store::Store;
use crate::{Refused, Result, StoreError};

/// How often the writer looks for space while it waits.
const LOOK: Duration = Duration::from_millis(200);

type Told = Box<dyn Fn(bool) + Send + Sync>;

/// Whether the writer waits for space.
#[derive(Default)]
pub(crate) struct Space {
    full: Mutex<Option<StoreError>>,
    told: OnceLock<Told>,
}

impl Space {
    /// Commits once there is room, however long that takes. Gives up when the queue is ended, and
    /// at once where there is none.
    pub(crate) fn wait_for(
        &self,
        store: &dyn Store,
        queue: Option<&Queue>,
        bytes: u64,
        commit: impl Fn() -> Result<Vec<Refused>>,
    ) -> Result<Vec<Refused>> {
        loop {
            let done = store.room(bytes).and_then(|()| commit());
            let Err(full @ StoreError::DiskFull { .. }) = done else {
                self.set(None);
                return done;
            };
            self.set(Some(full.clone()));
            if !queue.is_some_and(|queue| queue.pause(LOOK)) {
                return Err(full);
            }
        }
    }

    pub(crate) fn check(&self) -> Result<()> {
        self.full().clone().map_or(Ok(()), Err)
    }

    pub(crate) fn tell(&self, told: Told) {
        // Who asks second is not told.
        let _ = self.told.set(told);
    }

    fn set(&self, full: Option<StoreError>) {
        let mut slot = self.full();
        let changes = slot.is_some() != full.is_some();
        let is_full = full.is_some();
        *slot = full;
        drop(slot);
        if let Some(told) = self.told.get().filter(|_| changes) {
            told(is_full);
        }
    }

    fn full(&self) -> MutexGuard<'_, Option<StoreError>> {
        self.full.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
