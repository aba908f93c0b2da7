//! Time that passes where everything waits, and only then.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use anyam::runtime::clock::Clock;
use anyam_engine::value::Timestamp;
use futures_util::future::BoxFuture;

/// 2026-01-01T00:00:00Z, near midnight less an hour: runs cross a day.
const BEGIN: i64 = 1_767_225_600_000 - 60 * 60 * 1_000;

/// A clock that jumps to the next moment somebody waits for. Clones are the same clock.
#[derive(Clone)]
pub struct Time(Arc<Mutex<State>>);

struct State {
    origin: Instant,
    passed: Duration,
    /// How far the wall clock was set.
    set: i64,
    waiting: BTreeMap<(Duration, u64), Waker>,
    next: u64,
}

impl Time {
    pub fn new() -> Self {
        Self(Arc::new(Mutex::new(State {
            origin: Instant::now(),
            passed: Duration::ZERO,
            set: 0,
            waiting: BTreeMap::new(),
            next: 0,
        })))
    }

    /// Time since the beginning.
    pub fn passed(&self) -> Duration {
        self.0.lock().unwrap().passed
    }

    /// Sets the wall clock forwards or backwards.
    pub fn set(&self, by: i64) {
        self.0.lock().unwrap().set += by;
    }

    /// Goes on to the next moment that somebody waits for. To be called when nothing else can be
    /// done.
    pub fn advance(&self) {
        let mut woken = Vec::new();
        {
            let mut state = self.0.lock().unwrap();
            let Some((&(until, _), _)) = state.waiting.first_key_value() else {
                return;
            };
            state.passed = state.passed.max(until);
            while let Some(entry) = state.waiting.first_entry() {
                if entry.key().0 > until {
                    break;
                }
                woken.push(entry.remove());
            }
        }
        woken.into_iter().for_each(Waker::wake);
    }

    pub fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        let until = self.passed() + time;
        Box::pin(Sleep {
            time: self.clone(),
            until,
            number: None,
        })
    }

    pub fn sleep_ms(&self, ms: u64) -> BoxFuture<'static, ()> {
        self.sleep(Duration::from_millis(ms))
    }
}

impl Clock for Time {
    fn now(&self) -> Timestamp {
        let state = self.0.lock().unwrap();
        Timestamp(BEGIN + i64::try_from(state.passed.as_millis()).unwrap() + state.set)
    }

    fn instant(&self) -> Instant {
        let state = self.0.lock().unwrap();
        state.origin + state.passed
    }

    fn sleep_until(&self, until: Instant) -> BoxFuture<'static, ()> {
        let origin = self.0.lock().unwrap().origin;
        Box::pin(Sleep {
            time: self.clone(),
            until: until.saturating_duration_since(origin),
            number: None,
        })
    }
}

struct Sleep {
    time: Time,
    until: Duration,
    /// Its number among the waiting.
    number: Option<u64>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let mut state = this.time.0.lock().unwrap();
        if state.passed >= this.until {
            return Poll::Ready(());
        }
        let number = *this.number.get_or_insert_with(|| {
            state.next += 1;
            state.next
        });
        state
            .waiting
            .insert((this.until, number), context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            let mut state = self.time.0.lock().unwrap();
            let waker = state.waiting.remove(&(self.until, number));
            drop(state);
            drop(waker);
        }
    }
}
