//! Places to run a call: as many as the pool has, with a bounded queue before them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::failure::Failure;

#[derive(Debug)]
pub(crate) struct Places {
    free: Arc<Semaphore>,
    waiting: AtomicUsize,
    max_waiting: usize,
}

/// Counts one waiting call until it is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Places {
    pub(crate) fn new(places: usize, max_waiting: usize) -> Self {
        Self {
            free: Arc::new(Semaphore::new(places)),
            waiting: AtomicUsize::new(0),
            max_waiting,
        }
    }

    pub(crate) fn free(&self) -> usize {
        self.free.available_permits()
    }

    /// Waits until all of the places are free at once.
    pub(crate) async fn all_free(&self, places: usize) {
        let places = u32::try_from(places).unwrap_or(u32::MAX);
        drop(self.free.acquire_many(places).await);
    }

    /// Takes a place, waiting for it if need be.
    ///
    /// # Errors
    /// Too many wait already, or it took longer than `patience`.
    pub(crate) async fn take(&self, patience: Duration) -> Result<OwnedSemaphorePermit, Failure> {
        if let Ok(place) = self.free.clone().try_acquire_owned() {
            return Ok(place);
        }
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let _waiting = Waiting(&self.waiting);
        if before >= self.max_waiting {
            return Err(Failure::retryable(format!(
                "the host is busy: {before} calls wait for a free place already (setting \
                 waiting_calls)"
            )));
        }
        match tokio::time::timeout(patience, self.free.clone().acquire_owned()).await {
            Ok(Ok(place)) => Ok(place),
            _ => Err(Failure::retryable(format!(
                "the host is busy: the call found no free place within {patience:?} (limit \
                 queue_time)"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_queue_is_bounded_in_length_and_time() {
        let places = Places::new(1, 1);
        let held = places.take(Duration::ZERO).await.unwrap();
        let text = |failure: Failure| format!("{failure:?}");
        let late = places
            .take(Duration::from_millis(5))
            .await
            .map(drop)
            .unwrap_err();
        assert!(text(late).contains("queue_time"));
        let waits = places.take(Duration::from_secs(60));
        let refused = async {
            let refused = places
                .take(Duration::from_secs(60))
                .await
                .map(drop)
                .unwrap_err();
            drop(held);
            refused
        };
        let (waits, refused) = tokio::join!(waits, refused);
        assert!(text(refused).contains("waiting_calls"));
        assert!(waits.is_ok());
        assert_eq!(places.waiting.load(Ordering::Relaxed), 0);
    }
}
