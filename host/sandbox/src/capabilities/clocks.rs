//! The clocks of WASI, both of which follow the one that the host lends to the call.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use wasmtime_wasi::{HostMonotonicClock, HostWallClock};

use crate::outside::Outside;

/// The smallest step of either clock.
const RESOLUTION: Duration = Duration::from_nanos(1);

/// The first reading of the monotonic clock. Go takes 0 for a clock that is broken and gives up.
const FIRST: u64 = 1;

/// The wall clock.
pub(crate) struct Wall(pub(crate) Arc<dyn Outside>);

impl HostWallClock for Wall {
    fn resolution(&self) -> Duration {
        RESOLUTION
    }

    fn now(&self) -> Duration {
        self.0.now()
    }
}

/// The monotonic clock: the time since it was first asked for. It stands still while the wall
/// clock is set back.
pub(crate) struct Monotonic {
    outside: Arc<dyn Outside>,
    start: Duration,
    latest: AtomicU64,
}

impl Monotonic {
    pub(crate) fn starting(outside: Arc<dyn Outside>) -> Self {
        Self {
            start: outside.now(),
            outside,
            latest: AtomicU64::new(0),
        }
    }
}

impl HostMonotonicClock for Monotonic {
    fn resolution(&self) -> u64 {
        1
    }

    fn now(&self) -> u64 {
        let passed = self.outside.now().saturating_sub(self.start).as_nanos();
        let passed = u64::try_from(passed).unwrap_or(u64::MAX);
        let reading = passed.saturating_add(FIRST);
        self.latest
            .fetch_max(reading, Ordering::Relaxed)
            .max(reading)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outside::NothingOutside;

    #[test]
    fn the_monotonic_clock_never_goes_back() {
        let clock = Monotonic {
            outside: Arc::new(NothingOutside),
            start: NothingOutside.now() + Duration::from_secs(3600),
            latest: AtomicU64::new(7),
        };
        assert_eq!(clock.now(), 7);
        let clock = Monotonic::starting(Arc::new(NothingOutside));
        let first = clock.now();
        assert!(clock.now() >= first);
        assert!(first < 3_600_000_000_000);
    }

    #[test]
    fn the_monotonic_clock_is_never_at_0() {
        let clock = Monotonic {
            outside: Arc::new(NothingOutside),
            start: Duration::MAX,
            latest: AtomicU64::new(0),
        };
        assert_eq!(clock.now(), FIRST);
    }
}
