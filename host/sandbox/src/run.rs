//! One run of a guest: an instance, the limits, the deadline, and what is left of it afterwards.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tokio::sync::OwnedSemaphorePermit;
use wasmtime::component::Instance;
use wasmtime::{Store, UpdateDeadline};

use crate::cpu;
use crate::failure::{Failure, timed_out, too_many_host_calls};
use crate::limits::Limits;
use crate::logs::LogLine;
use crate::outside::Changes;
use crate::state::{Caller, Meter, State};
use crate::step::{CallRequest, Step, Usage};
use crate::warm::{Guest, Owner};

/// What is left of a run.
pub(crate) struct Ran<T> {
    pub(crate) answer: Result<T, Failure>,
    pub(crate) log: Vec<LogLine>,
    /// Whether they hold depends on the answer.
    pub(crate) changes: Changes,
    /// What a capability refused last.
    pub(crate) denied: Option<String>,
}

impl<T> Ran<T> {
    /// A run that did not begin.
    pub(crate) fn refused(failure: Failure) -> Self {
        Self {
            answer: Err(failure),
            log: Vec::new(),
            changes: Changes::default(),
            denied: None,
        }
    }

    /// Makes of the answer what it means.
    pub(crate) fn and_then<U>(self, meaning: impl FnOnce(T) -> Result<U, Failure>) -> Ran<U> {
        Ran {
            answer: self.answer.and_then(meaning),
            log: self.log,
            changes: self.changes,
            denied: self.denied,
        }
    }
}

/// For whom and how a guest is run.
pub(crate) struct Run<'a> {
    pub(crate) limits: &'a Limits,
    /// Bytes that the guest may hand over at one time.
    pub(crate) handover: usize,
    pub(crate) caller: Caller,
    /// Whose instances may be used and kept; none where nobody's.
    pub(crate) tenant: Option<Arc<str>>,
    /// How many calls an instance may serve.
    pub(crate) reuse: u32,
}

impl<'a> Run<'a> {
    /// The run of a call.
    pub(crate) fn of(request: &CallRequest<'a>, handover: usize, caller: Caller) -> Self {
        Self {
            limits: request.limits,
            handover,
            caller,
            tenant: Some(request.context.tenant_id.clone()),
            reuse: request.reuse,
        }
    }
}

/// What a guest may hand over at one time in any case, so that a small output limit does not
/// break writing to the log.
const HANDOVER_BYTES: usize = 256 << 10;

impl Step {
    /// Runs `work` on an instance, within the limits.
    pub(crate) async fn run<T>(
        &self,
        run: Run<'_>,
        usage: &mut Usage,
        work: impl AsyncFnOnce(&mut Store<State>, &Instance) -> wasmtime::Result<T>,
    ) -> Ran<T> {
        let sandbox = self.sandbox();
        let limits = run.limits;
        let asked = Instant::now();
        let place = sandbox.places.take(limits.queue_time).await;
        let began = Instant::now();
        usage.queue_time = began - asked;
        let place = match place {
            Ok(place) => place,
            Err(failure) => return Ran::refused(failure),
        };
        let deadline = began + limits.call_time;
        let owner = run.tenant.map(|tenant| self.owner(tenant));
        let kept = owner.as_ref().and_then(|owner| sandbox.warm.take(owner));
        let (mut store, kept, calls) = match kept.filter(|guest| self.fits(guest, limits)) {
            Some(mut guest) => {
                guest.store.data_mut().begin(limits, run.caller, deadline);
                (guest.store, Some(guest.instance), guest.calls)
            }
            None => (self.store(limits, run.caller, deadline), None, 0),
        };
        store.set_hostcall_fuel(run.handover.saturating_add(HANDOVER_BYTES));
        store.set_max_component_handles(limits.handles);
        let count = sandbox.ticker.count();
        store.data_mut().meter.last_tick = count.load(Ordering::Relaxed);
        let running = sandbox.ticker.running();
        // The time-out is for guests that wait; those that compute are interrupted by the epoch.
        let (mut cpu_time, mut instantiation_time) = (Duration::ZERO, Duration::ZERO);
        let worked = cpu::measured(&mut cpu_time, async {
            let instance = match kept {
                Some(instance) => instance,
                None => {
                    let making = Instant::now();
                    let instance = self.instance_pre().instantiate_async(&mut store).await?;
                    self.making().note(making.elapsed());
                    instance
                }
            };
            instantiation_time = began.elapsed();
            let answer = work(&mut store, &instance).await?;
            Ok((instance, answer))
        });
        let answer = tokio::time::timeout_at(deadline.into(), worked).await;
        usage.cpu_time = cpu_time;
        usage.instantiation_time = instantiation_time;
        usage.wall_time = began.elapsed();
        drop(running);
        let state = store.data_mut();
        usage.take(state);
        let meter = &state.meter;
        let (answer, instance) = match answer {
            Ok(Ok(_)) if meter.host_calls > limits.host_calls => {
                (Err(Failure::retryable(too_many_host_calls(limits))), None)
            }
            Ok(Ok((instance, answer))) => (Ok(answer), Some(instance)),
            Ok(Err(error)) => {
                let stack_bytes = sandbox.config.stack_bytes;
                let failure = Failure::broken(&error, meter, limits, stack_bytes);
                (Err(failure), None)
            }
            Err(_) => (Err(Failure::retryable(timed_out(limits))), None),
        };
        let ran = Ran {
            answer,
            log: state.log.take(),
            changes: std::mem::take(&mut state.overlay).into_changes(),
            denied: state.meter.denied.take(),
        };
        let calls = calls.saturating_add(1);
        match (owner, instance) {
            (Some(owner), Some(instance)) if calls < run.reuse => {
                let guest = Guest {
                    store,
                    instance,
                    calls,
                };
                sandbox.warm.put(sandbox, owner, guest);
            }
            (owner, _) if self.takes_long() => self.after(store, owner, limits, place),
            _ => self.clearing().of(|| drop(store)),
        }
        ran
    }

    /// Whether making an instance and clearing it away take so long that it is better done beside
    /// the calls.
    fn takes_long(&self) -> bool {
        self.making().last() + self.clearing().last() >= self.sandbox().config.warm_from
    }

    /// What a call leaves behind is cleared away, and an instance made ready for the next call,
    /// while the answer is on its way. The place is held meanwhile, since the memory is.
    fn after(
        &self,
        store: Store<State>,
        owner: Option<Owner>,
        limits: &Limits,
        place: OwnedSemaphorePermit,
    ) {
        let (step, limits) = (self.clone(), limits.clone());
        let outside = store.data().caller.access.outside.clone();
        tokio::spawn(async move {
            drop(store);
            let owner =
                owner.filter(|owner| step.is_prewarmed() && step.sandbox().warm.wants(owner));
            if let Some(owner) = owner {
                let caller = Caller::clock_and_randomness(outside);
                if let Some(guest) = step.prewarm(&limits, caller).await {
                    step.sandbox().warm.put(step.sandbox(), owner, guest);
                }
            }
            drop(place);
        });
    }

    /// An instance for a later call. None where the component fails to begin; the call will tell.
    async fn prewarm(&self, limits: &Limits, caller: Caller) -> Option<Guest> {
        let deadline = Instant::now() + limits.call_time;
        let mut store = self.store(limits, caller, deadline);
        store.set_hostcall_fuel(HANDOVER_BYTES);
        let _running = self.sandbox().ticker.running();
        let mut cpu_time = Duration::ZERO;
        let instance = self.instance_pre().instantiate_async(&mut store);
        let instance = cpu::measured(&mut cpu_time, instance);
        let began = Instant::now();
        let instance = tokio::time::timeout_at(deadline.into(), instance).await;
        self.making().note(began.elapsed());
        Some(Guest {
            instance: instance.ok()?.ok()?,
            store,
            calls: 0,
        })
    }

    /// Whether an instance that was made under other limits keeps within these.
    fn fits(&self, guest: &Guest, limits: &Limits) -> bool {
        let State {
            limits: before,
            meter,
            ..
        } = guest.store.data();
        let counts = |limits: &Limits| (limits.instances, limits.tables, limits.memories);
        counts(before) == counts(limits) && meter.keeps_within(limits)
    }

    fn store(&self, limits: &Limits, caller: Caller, deadline: Instant) -> Store<State> {
        let sandbox = self.sandbox();
        let state = State::new(limits, caller, sandbox.client.clone(), deadline);
        let mut store = Store::new(&sandbox.engine, state);
        store.limiter(|state| &mut state.meter);
        store.set_max_component_handles(limits.handles);
        store.set_epoch_deadline(1);
        let ticks = sandbox.ticker.count();
        store.data_mut().meter.last_tick = ticks.load(Ordering::Relaxed);
        store.epoch_deadline_callback(move |mut store| {
            let State { meter, limits, .. } = store.data_mut();
            if !meter.tick(ticks.load(Ordering::Relaxed), limits) {
                return Ok(UpdateDeadline::Interrupt);
            }
            Ok(UpdateDeadline::YieldCustom(
                1,
                Box::pin(tokio::task::yield_now()),
            ))
        });
        store
    }
}

impl Usage {
    /// Takes over what was counted.
    fn take(&mut self, state: &mut State) {
        if let Some(egress) = state.egress.take() {
            let sent = egress.traffic().sent();
            self.http_requests = sent.requests;
            self.bytes_out = sent.bytes_out;
            self.bytes_in = sent.bytes_in;
            if let Some(refused) = egress.traffic().refused() {
                state.meter.denied = Some(refused);
            }
        }
        let Meter {
            ticks,
            ticks_to_cut,
            host_calls,
            ..
        } = state.meter;
        self.memory_peak_bytes = state.meter.memory_peak();
        self.epoch_ticks = ticks;
        self.ticks_to_cut = ticks_to_cut;
        self.host_calls = host_calls;
    }
}
