//! Where the runtime reads the time, and how it waits.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyam_engine::value::Timestamp;
use futures_util::future::BoxFuture;

/// The source of time for everything that is stored or scheduled, and of every wait: nothing in the
/// runtime waits by any other means.
pub trait Clock: Send + Sync + 'static {
    /// Now, in milliseconds since the epoch. It may be set, forwards and backwards.
    fn now(&self) -> Timestamp;

    /// Now, on a clock that nobody sets: for waits.
    fn instant(&self) -> Instant {
        Instant::now()
    }

    /// Resolves once [`instant`](Self::instant) has come to `until`.
    fn sleep_until(&self, until: Instant) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep_until(until.into()))
    }
}

/// The time for something was over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed;

/// Longer than anything waits; what is beyond has no [`Instant`].
const FAR: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

impl dyn Clock {
    /// The time on the clock for waits after this long.
    pub fn after(&self, time: Duration) -> Instant {
        self.instant() + time.min(FAR)
    }

    /// Resolves after this long.
    pub fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        self.sleep_until(self.after(time))
    }

    /// What `work` comes to, where that takes no longer than `time`.
    ///
    /// # Errors
    /// It takes longer.
    pub async fn timeout<F: Future>(&self, time: Duration, work: F) -> Result<F::Output, Elapsed> {
        let over = self.sleep(time);
        tokio::select! {
            biased;
            done = work => Ok(done),
            () = over => Err(Elapsed),
        }
    }
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}
