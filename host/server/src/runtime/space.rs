//! Space on the disk, and what the runtime says where there is none.

use std::time::Duration;

use anyam_store::{Database, StoreError};
use tokio::sync::watch;

use super::Runtime;

/// Whether the store's writer waits for space.
pub(super) struct Space(watch::Receiver<bool>);

impl Space {
    pub(super) fn of(database: &Database) -> Self {
        let (tell, told) = watch::channel(false);
        database.on_full(move |full| {
            match full {
                true => tracing::error!("the disk is full: nothing is stored until there is space"),
                false => tracing::info!("there is space on the disk again"),
            }
            tell.send_replace(full);
        });
        Self(told)
    }
}

impl Runtime {
    /// Whether there is space on the disk for anything new.
    ///
    /// # Errors
    /// [`StoreError::DiskFull`].
    pub fn room(&self) -> Result<(), StoreError> {
        self.inner.database.room()
    }

    /// Resolves with what is wrong once the store has waited this long for space.
    pub async fn full_for(&self, time: Duration) -> StoreError {
        let mut told = self.inner.space.0.clone();
        loop {
            if told.wait_for(|full| *full).await.is_err() {
                // The writer has ended; whoever asks is told so by it.
                std::future::pending::<()>().await;
            }
            let again = self.inner.clock.timeout(time, told.wait_for(|full| !*full));
            if again.await.is_err()
                && let Err(full) = self.room()
            {
                return full;
            }
        }
    }
}
