//! The processor time of a call, waiting not counted.
//!
//! A call is a future, and the processor works for it while the future is polled. The clock of a
//! thread's processor time costs half a microsecond a reading, which is much beside a call of ten.
//! So a call is first measured by the time that passes in its polls, which is the same unless the
//! system takes the core away meanwhile; once it was found running by the epoch clock it is a long
//! one, and its further polls are measured by the thread's clock.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// A poll under way on this thread.
#[derive(Clone, Copy)]
struct Poll {
    /// What the polls before it took.
    before: Duration,
    began: Began,
    /// Whether the epoch clock found the call running, in this poll or before.
    long: bool,
}

#[derive(Clone, Copy)]
enum Began {
    Wall(Instant),
    Thread(Duration),
}

thread_local! {
    static POLL: Cell<Option<Poll>> = const { Cell::new(None) };
}

impl Poll {
    fn begin(before: Duration, long: bool) -> Self {
        let began = if long {
            Began::Thread(thread_time())
        } else {
            Began::Wall(Instant::now())
        };
        Self {
            before,
            began,
            long,
        }
    }

    fn used(&self) -> Duration {
        self.before
            + match self.began {
                Began::Wall(began) => began.elapsed(),
                Began::Thread(began) => thread_time().saturating_sub(began),
            }
    }
}

/// Drives `work` to its end and keeps in `used` what it took so far, also where it is dropped
/// before its end.
pub(crate) async fn measured<T>(used: &mut Duration, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    let mut long = false;
    poll_fn(move |context| {
        POLL.set(Some(Poll::begin(*used, long)));
        let answer = work.as_mut().poll(context);
        if let Some(poll) = POLL.take() {
            *used = poll.used();
            long = poll.long;
        }
        answer
    })
    .await
}

/// What the call whose guest this thread runs took so far; it is a long one from now on.
pub(crate) fn used_by_running() -> Duration {
    let Some(mut poll) = POLL.get() else {
        return Duration::ZERO;
    };
    poll.long = true;
    POLL.set(Some(poll));
    poll.used()
}

fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    let nanos = u32::try_from(time.tv_nsec).unwrap_or_default();
    Duration::new(seconds, nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compute(time: Duration) {
        let began = thread_time();
        while thread_time() - began < time {
            std::hint::black_box(());
        }
    }

    #[tokio::test]
    async fn computing_counts_and_waiting_does_not() {
        const PIECE: Duration = Duration::from_millis(5);
        let mut used = Duration::ZERO;
        measured(&mut used, async {
            for _ in 0..3 {
                compute(PIECE);
                used_by_running();
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
        })
        .await;
        // Three waits alone would be 900 ms.
        assert!(
            used >= 3 * PIECE && used < Duration::from_millis(600),
            "{used:?}"
        );
    }

    #[tokio::test]
    async fn a_call_that_is_given_up_was_measured_to_there() {
        let mut used = Duration::ZERO;
        let work = measured(&mut used, async {
            compute(Duration::from_millis(3));
            std::future::pending::<()>().await;
        });
        let given_up = tokio::time::timeout(Duration::from_millis(10), work).await;
        assert!(given_up.is_err() && used >= Duration::from_millis(3));
    }
}
