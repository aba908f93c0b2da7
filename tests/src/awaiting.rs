//! What must become true in a while.

use std::time::{Duration, Instant};

/// How long a test waits for what it expects. Far more than it takes: a slow machine is no error.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Looks again and again until `look` gives something.
///
/// # Panics
/// Where it gives nothing for [`PATIENCE`]; `what` names what was expected.
#[track_caller]
pub fn until<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    until_or(what, PATIENCE, look)
}

/// As [`until`], with a patience of its own.
///
/// # Panics
/// As [`until`].
#[track_caller]
pub fn until_or<T>(what: &str, patience: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    let mut pause = Duration::from_millis(5);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(
            begin.elapsed() < patience,
            "waited {patience:?} in vain: {what}"
        );
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(100));
    }
}
