//! Random choices that can be made again.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::report;

/// A source of random choices, to be shared by threads.
///
/// What the choices are is fixed by the seed, which is printed; which thread makes which of them
/// is up to the machine.
#[derive(Debug)]
pub struct Chance(AtomicU64);

impl Chance {
    /// The seed of the variable `ANYAM_SEED`, or a new one. Prints it.
    pub fn seeded(test: &str) -> Self {
        let given = std::env::var("ANYAM_SEED").ok();
        let seed = match given {
            Some(text) => text.parse().expect("ANYAM_SEED is a whole number"),
            None => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| since.as_nanos() as u64),
        };
        report::say(&format!(
            "{test}: ANYAM_SEED={seed} makes the same choices again"
        ));
        Self(AtomicU64::new(seed))
    }

    /// A number below `end` (splitmix64).
    pub fn below(&self, end: u64) -> u64 {
        const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
        let mut z = self
            .0
            .fetch_add(GOLDEN, Ordering::Relaxed)
            .wrapping_add(GOLDEN);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % end.max(1)
    }

    /// A time of `from` to `to` milliseconds.
    pub fn millis(&self, from: u64, to: u64) -> Duration {
        Duration::from_millis(from + self.below(to - from + 1))
    }
}
