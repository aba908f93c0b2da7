//! Work that takes its time.

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::JoinError;

/// Does some work away from the threads that serve requests. Where there is one thread for
/// everything, the work is done on it, so that everything happens in one order.
///
/// # Errors
/// The work panicked.
pub(super) async fn off_thread<R: Send + 'static>(
    work: impl FnOnce() -> R + Send + 'static,
) -> Result<R, JoinError> {
    match Handle::current().runtime_flavor() {
        RuntimeFlavor::CurrentThread => Ok(work()),
        _ => tokio::task::spawn_blocking(work).await,
    }
}
