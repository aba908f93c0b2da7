//! Which connections are open, and which of them makes room where there are too many.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

/// How long to wait before another connection is looked for that can make room.
const LOOK: Duration = Duration::from_millis(50);

/// Places for connections.
#[derive(Clone)]
pub struct Connections {
    places: Arc<Semaphore>,
    /// By their numbers, the oldest first.
    open: Arc<Mutex<BTreeMap<u64, Arc<Open>>>>,
}

/// An open connection.
#[derive(Default)]
pub struct Open {
    answering: AtomicUsize,
    /// Cancelled where the connection is to make room.
    leave: CancellationToken,
}

/// The place of a connection, given back when it is dropped.
pub struct Place {
    number: u64,
    open: Arc<Open>,
    connections: Connections,
    _permit: OwnedSemaphorePermit,
}

impl Connections {
    /// At most so many at once.
    pub fn new(most: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS))),
            open: Arc::default(),
        }
    }

    /// A place for one more. Where all are taken, the oldest connection that answers nothing is
    /// closed: who holds connections without using them keeps nobody out.
    pub async fn place(&self, number: u64) -> Place {
        loop {
            if let Ok(permit) = self.places.clone().try_acquire_owned() {
                return self.taken(number, permit);
            }
            self.make_room();
            let acquire = self.places.clone().acquire_owned();
            if let Ok(Ok(permit)) = tokio::time::timeout(LOOK, acquire).await {
                return self.taken(number, permit);
            }
        }
    }

    fn taken(&self, number: u64, permit: OwnedSemaphorePermit) -> Place {
        let open = Arc::new(Open::default());
        self.open().insert(number, open.clone());
        Place {
            number,
            open,
            connections: self.clone(),
            _permit: permit,
        }
    }

    fn make_room(&self) {
        let open = self.open();
        let idle = open
            .values()
            .find(|open| open.answering.load(Ordering::Acquire) == 0 && !open.leave.is_cancelled());
        if let Some(idle) = idle {
            idle.leave.cancel();
        }
    }

    fn open(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Open>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// The connection that has it.
    pub fn connection(&self) -> Arc<Open> {
        self.open.clone()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.open().remove(&self.number);
    }
}

impl Open {
    /// Keeps the connection while a request is answered.
    pub fn answering(self: &Arc<Self>) -> Answering {
        self.answering.fetch_add(1, Ordering::AcqRel);
        Answering(self.clone())
    }

    /// Resolves where the connection is to make room.
    pub async fn must_leave(&self) {
        self.leave.cancelled().await;
    }
}

/// A request that is answered.
pub struct Answering(Arc<Open>);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.answering.fetch_sub(1, Ordering::AcqRel);
    }
}
