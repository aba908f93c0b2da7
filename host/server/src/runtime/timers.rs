//! Timers from the store: fired when they are due, never before.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyam_engine::key::TimerKey;
use anyam_engine::value::Timestamp;
use anyam_store::records::Timer;
use anyam_store::{Direction, TenantId};
use tokio::sync::Notify;

use super::Inner;
use super::requests::Address;
use super::shard::{self, Request};
use crate::error::Result;

/// Longest sleep: the clock may be set meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// Wakes a task that sleeps until something is due.
#[derive(Default)]
pub(super) struct Wake {
    /// When it will wake by itself, in milliseconds since 1970.
    next: AtomicI64,
    notify: Notify,
}

impl Wake {
    /// Something that is due then was stored.
    pub(super) fn scheduled(&self, due: Timestamp) {
        if due.0 < self.next.load(Ordering::Acquire) {
            self.notify.notify_one();
        }
    }

    /// The task looks at what is due: whatever is stored from now on wakes it.
    pub(super) fn look(&self) {
        self.next.store(i64::MAX, Ordering::Release);
    }

    /// Sleeps until `next`, or until woken; broken off where the server stops.
    pub(super) async fn sleep(
        &self,
        inner: &Inner,
        next: Option<i64>,
        longest: Duration,
    ) -> ControlFlow<()> {
        self.next.store(next.unwrap_or(i64::MAX), Ordering::Release);
        let time = next.map_or(longest, |next| {
            let wait = u64::try_from(next.saturating_sub(inner.now().0)).unwrap_or(0);
            Duration::from_millis(wait).min(longest)
        });
        tokio::select! {
            biased;
            () = inner.clock.sleep(time) => ControlFlow::Continue(()),
            () = self.notify.notified() => ControlFlow::Continue(()),
            () = inner.stopping.cancelled() => ControlFlow::Break(()),
        }
    }
}

type InFlight = Arc<Mutex<HashSet<u64>>>;

/// Sends due timers to their instances until the server stops.
pub(super) async fn serve(inner: Arc<Inner>) {
    let in_flight = InFlight::default();
    loop {
        inner.timers.look();
        let next = fire_due(&inner, &in_flight).unwrap_or_else(|error| {
            tracing::error!(%error, "timers could not be read; trying again");
            Some(inner.now().plus_ms(1_000).0)
        });
        if inner
            .timers
            .sleep(&inner, next, LONGEST_SLEEP)
            .await
            .is_break()
        {
            return;
        }
    }
}

/// Fires what is due; gives back when to look again.
fn fire_due(inner: &Arc<Inner>, in_flight: &InFlight) -> Result<Option<i64>> {
    let now = inner.now().0;
    let reader = inner.database.read()?;
    for timer in reader.system().scan::<Timer>((), Direction::Forward) {
        let timer = timer?;
        if timer.due > now {
            return Ok(Some(timer.due));
        }
        let mut flying = in_flight.lock().unwrap_or_else(PoisonError::into_inner);
        if flying.len() >= inner.limits.runtime.timers_in_flight {
            // One that arrives wakes this task again.
            return Ok(None);
        }
        if flying.insert(timer.key) {
            drop(flying);
            fire(inner, timer, in_flight.clone());
        }
    }
    Ok(None)
}

fn fire(inner: &Arc<Inner>, timer: Timer, in_flight: InFlight) {
    let task = inner.clone();
    inner.tasks.spawn(async move {
        let address = Address {
            tenant: TenantId(timer.tenant),
            instance: timer.instance,
        };
        let request = Request::FireTimer {
            timer: TimerKey(timer.key),
            due: Timestamp(timer.due),
        };
        if let Err(error) = shard::ask_internal(&task, address, request).await {
            tracing::debug!(%error, timer = timer.key, "a timer found nothing to do");
        }
        let mut flying = in_flight.lock().unwrap_or_else(PoisonError::into_inner);
        let full = flying.len() >= task.limits.runtime.timers_in_flight;
        flying.remove(&timer.key);
        drop(flying);
        if full {
            task.timers.notify.notify_one();
        }
    });
}
