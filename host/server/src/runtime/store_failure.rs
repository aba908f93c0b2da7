//! A store that failed: nothing can be acknowledged any more, whoever asked for the commit.

use anyam_store::Database;
use tokio::sync::watch;

use super::Runtime;

/// Whether the store has failed.
pub(super) struct StoreFailure(watch::Receiver<bool>);

impl StoreFailure {
    pub(super) fn of(database: &Database) -> Self {
        let (tell, told) = watch::channel(false);
        database.on_failed(move |error| {
            tracing::error!(%error, "the store failed");
            tell.send_replace(true);
        });
        Self(told)
    }

    pub(super) fn is_there(&self) -> bool {
        *self.0.borrow()
    }
}

impl Runtime {
    /// Resolves when the store has failed; the process should stop then.
    pub async fn failed(&self) {
        let mut told = self.inner.store_failure.0.clone();
        if told.wait_for(|failed| *failed).await.is_err() {
            // The writer has ended in good order.
            std::future::pending().await
        }
    }
}
