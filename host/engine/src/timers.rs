//! Timers: scheduled, cancelled, fired.

use anyam_bpmn::graph::TimerDefinition;
use serde::{Deserialize, Serialize};

use crate::execution::{Execution, Stop};
use crate::expressions::extract;
use crate::key::{ElementInstanceKey, JobKey, TimerKey};
use crate::outcome::Rejection;
use crate::time;
use crate::transition::{Effect, IncidentKind};
use crate::value::{Timestamp, Variables};
use crate::waits::EventAt;

/// A scheduled timer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Timer {
    pub(crate) due: Timestamp,
    pub(crate) purpose: Purpose,
}

/// What a timer is for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Purpose {
    /// An event waits for it.
    Event { at: EventAt, repeat: Option<Repeat> },
    /// A failed job's next attempt.
    JobBackoff(JobKey),
    /// The time by which a worker must be done.
    JobDeadline(JobKey),
}

/// What is left of a timer cycle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Repeat {
    /// Firings left, the scheduled one included; `None` is without end.
    pub(crate) left: Option<u32>,
    /// ISO 8601 duration between two of them, or the cron text that tells them.
    pub(crate) interval: Box<str>,
}

/// A timer definition with its expression evaluated.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) due: Timestamp,
    pub(crate) repeat: Option<Repeat>,
}

impl Execution<'_> {
    /// When a timer is due (10.5.5). The times of the model are taken from now on.
    pub(crate) fn plan(
        &mut self,
        definition: &TimerDefinition,
        scope: ElementInstanceKey,
    ) -> Result<Planned, Stop> {
        let once = |due: Result<Timestamp, String>| {
            due.map(|due| Planned { due, repeat: None })
                .map_err(extract)
        };
        let planned = match definition {
            TimerDefinition::Date(value) => {
                let text = self.text(value, scope, "timer date")?;
                once(time::instant(&text))?
            }
            TimerDefinition::Duration(value) => {
                let text = self.text(value, scope, "timer duration")?;
                once(time::after(self.now, &text))?
            }
            TimerDefinition::Cycle(value) => {
                let text = self.text(value, scope, "timer cycle")?;
                let minimum = self.limits.min_cycle_interval_ms;
                let cycle = time::cycle(&text, self.now, minimum).map_err(extract)?;
                let repeat = Repeat {
                    left: cycle.count,
                    interval: cycle.interval,
                };
                Planned {
                    due: cycle.first,
                    repeat: Some(repeat),
                }
            }
        };
        self.check_horizon(planned.due)?;
        Ok(planned)
    }

    fn check_horizon(&self, due: Timestamp) -> Result<(), Stop> {
        if due <= self.now.plus_ms(self.limits.max_timer_ahead_ms) {
            return Ok(());
        }
        let message = format!(
            "the timer is due more than {} ms ahead (limit max_timer_ahead_ms)",
            self.limits.max_timer_ahead_ms
        );
        Err(Stop::Incident(IncidentKind::ResourceLimit, message))
    }

    /// Schedules a timer. One of an element instance is noted there.
    pub(crate) fn schedule(&mut self, due: Timestamp, purpose: Purpose) -> TimerKey {
        let timer = TimerKey(self.next_key());
        if let Purpose::Event { at, .. } = &purpose {
            self.element_mut(at.owner).timers.push(timer);
        }
        self.instance.timers.insert(timer, Timer { due, purpose });
        self.out.effects.push(Effect::ScheduleTimer { timer, due });
        timer
    }

    /// Forgets a timer that its owner no longer notes.
    pub(crate) fn cancel_timer(&mut self, timer: TimerKey) {
        if let Some(Timer { due, .. }) = self.instance.timers.remove(&timer) {
            self.out.effects.push(Effect::CancelTimer { timer, due });
        }
    }

    /// A timer's time has come.
    pub(crate) fn fire_timer(&mut self, key: TimerKey) -> Result<(), Rejection> {
        let Some(timer) = self.instance.timers.get(&key) else {
            return Err(Rejection::NotFound {
                what: "timer",
                key: key.0,
            });
        };
        if self.now < timer.due {
            return Err(Rejection::WrongState(format!("timer {key} is not due yet")));
        }
        let Some(Timer { due, purpose }) = self.instance.timers.remove(&key) else {
            return Ok(());
        };
        match purpose {
            Purpose::Event { at, repeat } => {
                let timers = &mut self.element_mut(at.owner).timers;
                timers.retain(|timer| *timer != key);
                if let Some(next) = repeat {
                    self.repeat(due, at, next);
                }
                self.occurred(at, Variables::new());
            }
            Purpose::JobBackoff(job) | Purpose::JobDeadline(job) => self.job_timer_fired(job),
        }
        Ok(())
    }

    /// Schedules the next firing of a cycle, counted from when this one was due, so that a cycle
    /// does not drift and catches up after the host was down.
    fn repeat(&mut self, due: Timestamp, at: EventAt, repeat: Repeat) {
        let left = repeat.left.map(|left| left.saturating_sub(1));
        if left == Some(0) {
            return;
        }
        // A time past the calendar's end never comes.
        if let Some(next) = time::next_of_cycle(&repeat.interval, due, self.now) {
            let repeat = Some(Repeat {
                left,
                interval: repeat.interval,
            });
            self.schedule(next, Purpose::Event { at, repeat });
        }
    }
}
