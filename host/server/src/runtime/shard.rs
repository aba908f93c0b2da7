//! A shard: the queue in front of its instances, and which of them are being worked on.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyam_engine::Command;
use anyam_engine::key::{JobKey, MessageKey, SubscriptionKey, TimerKey};
use anyam_engine::value::{Timestamp, Variables};
use anyam_sandbox::Call;
use anyam_store::TenantId;
use tokio::sync::oneshot;

use super::catalog::StepId;
use super::correlation::Claim;
use super::fair::{FairQueue, Place, QueueLimits, Refusal};
use super::instance::{Creation, Live};
use super::migration::Destination;
use super::outbox::Receipt;
use super::requests::{Address, Reply};
use super::step_calls::Again;
use super::{Inner, changes, run};
use crate::error::{Error, Result};
use crate::limits::RuntimeLimits;

/// A request to one instance.
pub(super) struct Envelope {
    pub(super) request: Request,
    /// Who waits for the answer.
    pub(super) reply: Option<oneshot::Sender<Result<Reply>>>,
}

/// What is asked of an instance.
pub(super) enum Request {
    /// Makes and starts it.
    Create(Box<Creation>),
    /// Applies a command.
    Command(Command),
    /// Applies a command that another instance sent.
    Receive { command: Command, receipt: Receipt },
    /// A step answered.
    StepDone {
        job: JobKey,
        attempt: u32,
        /// What was called.
        step: Option<Arc<StepId>>,
        call: Box<Call>,
        again: Again,
    },
    /// A timer's time has come.
    FireTimer { timer: TimerKey, due: Timestamp },
    /// A message matches a subscription.
    Correlate {
        subscription: SubscriptionKey,
        message: MessageKey,
        variables: Variables,
        /// Held until the correlation is committed or refused.
        claim: Claim,
    },
    /// Goes on in another process definition.
    Migrate(Box<Destination>),
    /// Starts the step calls again that a stop or failed commit cut off.
    Resume,
}

impl Request {
    /// Whether it may turn out at its commit that it cannot be carried out on what is there then.
    pub(super) fn may_conflict(&self) -> bool {
        match self {
            Self::StepDone { call, .. } => changes::depend(&call.changes),
            _ => false,
        }
    }

    /// Whether it shares a commit with no other request.
    pub(super) fn is_alone(&self) -> bool {
        self.may_conflict() || matches!(self, Self::Migrate(_))
    }
}

/// A place among the requests that a shard works on.
pub(super) type Running = Place<(Address, Envelope)>;

/// One of the shards.
pub(super) struct Shard {
    queue: Arc<FairQueue<(Address, Envelope)>>,
    slots: Mutex<Slots>,
    waiting_per_instance: usize,
}

/// The instances in memory.
struct Slots {
    /// Instances a task works on, with what waits for them.
    busy: HashMap<u64, VecDeque<Envelope>>,
    /// Instances nobody works on, kept to save a read.
    parked: HashMap<u64, (Box<Live>, u64)>,
    /// Parked instances in the order they were last used.
    order: BTreeMap<u64, u64>,
    tick: u64,
    bytes: usize,
    max_bytes: usize,
}

impl Shard {
    /// A shard that keeps up to `parked_bytes` of instances in memory.
    pub(super) fn new(limits: &RuntimeLimits, parked_bytes: usize) -> Self {
        Self {
            queue: Arc::new(FairQueue::new(QueueLimits {
                waiting: limits.queued,
                waiting_per_tenant: limits.queued_per_tenant,
                running: limits.running,
                running_per_tenant: limits.running_per_tenant,
            })),
            slots: Mutex::new(Slots {
                busy: HashMap::new(),
                parked: HashMap::new(),
                order: BTreeMap::new(),
                tick: 0,
                bytes: 0,
                max_bytes: parked_bytes,
            }),
            waiting_per_instance: limits.queued_per_instance,
        }
    }

    /// How many requests of a tenant may wait and be worked on.
    pub(super) fn share(&self, tenant: TenantId, waiting: usize, running: usize) {
        self.queue.share(tenant, waiting, running);
    }

    /// What else waits for an instance that is being worked on. With nothing waiting, the instance
    /// is parked (or forgotten where `live` is `None`) and the task's work is done.
    pub(super) fn next(&self, instance: u64, live: &mut Option<Box<Live>>) -> VecDeque<Envelope> {
        let mut slots = self.lock();
        let waiting = slots
            .busy
            .get_mut(&instance)
            .map(std::mem::take)
            .unwrap_or_default();
        if waiting.is_empty() {
            slots.busy.remove(&instance);
            if let Some(live) = live.take() {
                slots.park(instance, live);
            }
        }
        waiting
    }

    /// What waits for an instance right now; the instance stays with the caller.
    pub(super) fn more(&self, instance: u64) -> VecDeque<Envelope> {
        self.lock()
            .busy
            .get_mut(&instance)
            .map(std::mem::take)
            .unwrap_or_default()
    }

    /// Forgets an instance whose task died; what waited for it is dropped unanswered.
    pub(super) fn abandon(&self, instance: u64) {
        self.lock().busy.remove(&instance);
    }

    fn lock(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slots {
    fn park(&mut self, instance: u64, live: Box<Live>) {
        self.tick += 1;
        self.bytes += live.memory_bytes();
        self.order.insert(self.tick, instance);
        self.parked.insert(instance, (live, self.tick));
        while self.bytes > self.max_bytes {
            let Some((_, oldest)) = self.order.pop_first() else {
                break;
            };
            if let Some((live, _)) = self.parked.remove(&oldest) {
                self.bytes -= live.memory_bytes();
            }
        }
    }

    fn unpark(&mut self, instance: u64) -> Option<Box<Live>> {
        let (live, tick) = self.parked.remove(&instance)?;
        self.order.remove(&tick);
        self.bytes -= live.memory_bytes();
        Some(live)
    }
}

/// Sends a request from outside: refused where the queue is full or the server stops.
pub(super) fn push(inner: &Arc<Inner>, address: Address, envelope: Envelope) -> Result<()> {
    if inner.stopping.is_cancelled() {
        return Err(Error::Unavailable("the server is shutting down".to_owned()));
    }
    let shard = inner.shard(address.instance);
    if let Some(place) = shard.queue.start(address.tenant) {
        return dispatch(inner, address, envelope, Some(place));
    }
    shard
        .queue
        .push(address.tenant, (address, envelope))
        .map_err(|(_, refusal)| match refusal {
            Refusal::TenantFull => Error::TenantBusy(
                "too many requests of this tenant wait; try again later".to_owned(),
            ),
            Refusal::Full => {
                Error::Unavailable("too many requests wait; try again later".to_owned())
            }
        })
}

/// Sends a request of the runtime's own, which is never refused: its number is bounded where it
/// comes from.
pub(super) fn push_internal(inner: &Arc<Inner>, address: Address, request: Request) {
    let envelope = Envelope {
        request,
        reply: None,
    };
    dispatch(inner, address, envelope, None).expect("only requests with a place are refused");
}

/// As [`push_internal`], with somebody waiting for the answer.
pub(super) async fn ask_internal(
    inner: &Arc<Inner>,
    address: Address,
    request: Request,
) -> Result<Reply> {
    let (reply, answer) = oneshot::channel();
    let envelope = Envelope {
        request,
        reply: Some(reply),
    };
    dispatch(inner, address, envelope, None)?;
    answer.await.unwrap_or_else(|_| Err(super::interrupted()))
}

/// Serves the queue of one shard until the server stops and nothing waits.
pub(super) async fn serve(inner: Arc<Inner>, at: usize) {
    let shard = &inner.shards[at];
    loop {
        if let Some(((address, envelope), place)) = shard.queue.next() {
            if let Err(error) = dispatch(&inner, address, envelope, Some(place)) {
                tracing::debug!(%error, "a request was refused");
            }
        } else if !inner.stopping.is_cancelled() {
            tokio::select! {
                biased;
                () = shard.queue.changed() => {}
                () = inner.stopping.cancelled() => {}
            }
        } else if shard.queue.len() > 0 {
            shard.queue.changed().await;
        } else {
            return;
        }
    }
}

/// Hands a request to the task that works on the instance, or starts one.
fn dispatch(
    inner: &Arc<Inner>,
    address: Address,
    envelope: Envelope,
    place: Option<Running>,
) -> Result<()> {
    let shard = inner.shard(address.instance);
    let live = {
        let mut slots = shard.lock();
        if let Some(waiting) = slots.busy.get_mut(&address.instance) {
            if place.is_some() && waiting.len() >= shard.waiting_per_instance {
                drop(slots);
                let error = Error::TenantBusy(
                    "too many requests wait for this process instance; try again later".to_owned(),
                );
                if let Some(reply) = envelope.reply {
                    // The caller may be gone.
                    let _ = reply.send(Err(error.clone()));
                }
                return Err(error);
            }
            waiting.push_back(envelope);
            return Ok(());
        }
        slots.busy.insert(address.instance, VecDeque::new());
        slots.unpark(address.instance)
    };
    inner
        .tasks
        .spawn(run::work(inner.clone(), address, live, envelope, place));
    Ok(())
}
