//! What instances send to each other: a row of the batch that sends it, delivered after that commit
//! and removed by the commit that takes it. A start delivers what a stop left behind.
//!
//! What belongs together is delivered in the order it was sent: everything about one call activity,
//! and what one instance tells its caller. Everything else goes side by side.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyam_bpmn::graph::Binding;
use anyam_engine::Command;
use anyam_engine::key::{ElementInstanceKey, KeySource, SubscriptionKey};
use anyam_engine::transition::{Effect, InstanceState as EngineState, Parent, Thrown};
use anyam_engine::value::object;
use anyam_store::records::{
    Caller, InstanceState, InstancesByParent, News, Outgoing, Sent, Started,
};
use anyam_store::{Batch, Direction, TenantId};

use super::correlation;
use super::instance::Live;
use super::requests::Address;
use super::shard::Request;
use super::unsaved::Unsaved;
use super::{Inner, calls, signals, step_calls};
use crate::error::{Error, Result};

/// How long to wait before something is offered again to a tenant whose queue is full.
const AGAIN_AFTER: Duration = Duration::from_millis(50);

/// What is on its way, by what must stay in order.
#[derive(Default)]
pub(super) struct Outbox {
    lanes: Mutex<HashMap<u64, VecDeque<Outgoing>>>,
}

/// Names the row that a request comes from; whoever takes the request removes the row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Receipt {
    source: u64,
    number: u64,
    tenant: u32,
}

impl Receipt {
    pub(super) fn of(row: &Outgoing) -> Self {
        Self {
            source: row.source,
            number: row.number,
            tenant: row.tenant,
        }
    }

    /// Removes the row.
    pub(super) fn settle(self, batch: &mut Batch) {
        // A row is removed by its key alone.
        batch.system().delete(&Outgoing {
            source: self.source,
            number: self.number,
            tenant: self.tenant,
            sent: Sent::CancelCalled {
                element_instance: 0,
            },
        });
    }
}

/// Turns what an instance sends into rows and messages of its next batch.
pub(super) fn collect(inner: &Inner, live: &mut Live, unsaved: &mut Unsaved) {
    let mut messages = Vec::new();
    for effect in std::mem::take(&mut unsaved.sent) {
        match effect {
            Effect::PublishMessage {
                name,
                correlation_key,
                time_to_live_ms,
                variables,
            } => messages.push(correlation::Thrown {
                name,
                correlation_key,
                time_to_live_ms,
                variables,
            }),
            effect => {
                if let Some(sent) = sent(inner, live, effect) {
                    push(inner, live, unsaved, sent);
                }
            }
        }
    }
    if let (Some(parent), Some((EngineState::Completed, variables))) =
        (live.engine.parent(), &unsaved.ended)
    {
        let sent = to_caller(parent, News::Completed, object(variables));
        push(inner, live, unsaved, sent);
    }
    unsaved.messages = correlation::Outbox::thrown(inner, messages);
}

fn push(inner: &Inner, live: &mut Live, unsaved: &mut Unsaved, sent: Sent) {
    let number = live.keys.source(&inner.database).next_key();
    unsaved.outgoing.push(Outgoing {
        source: live.key(),
        number,
        tenant: live.tenant.0,
        sent,
    });
}

fn sent(inner: &Inner, live: &Live, effect: Effect) -> Option<Sent> {
    Some(match effect {
        Effect::StartChild {
            parent,
            process_id,
            binding,
            variables,
        } => Sent::Start {
            instance: inner.database.next_block(),
            process: called(live, process_id.into(), binding),
            element: None,
            variables: object(&variables),
            caller: Some(Caller {
                instance: parent.instance.0,
                element_instance: parent.element_instance.0,
                root: parent.root.0,
                depth: parent.depth,
            }),
        },
        Effect::CancelChild { at } => Sent::CancelCalled {
            element_instance: at.0,
        },
        Effect::ThrowToParent {
            thrown,
            code,
            variables,
        } => {
            let news = match thrown {
                Thrown::Error => News::Error(code.into()),
                Thrown::Escalation => News::Escalation(code.into()),
            };
            to_caller(live.engine.parent()?, news, object(&variables))
        }
        Effect::BroadcastSignal { name, variables } => Sent::Broadcast {
            name: name.into(),
            variables: object(&variables),
            after: 0,
        },
        _ => return None,
    })
}

fn called(live: &Live, process_id: String, binding: Binding) -> Started {
    match binding {
        Binding::Latest => Started::Latest(process_id),
        Binding::Deployment => Started::Deployed {
            process_id,
            deployment_key: live.deployed.record.deployment_key,
        },
        Binding::VersionTag(tag) => Started::Tagged {
            process_id,
            version_tag: tag.into(),
        },
    }
}

fn to_caller(parent: Parent, news: News, variables: String) -> Sent {
    Sent::ToCaller {
        instance: parent.instance.0,
        element_instance: parent.element_instance.0,
        news,
        variables,
    }
}

/// Delivers rows that were committed.
pub(super) fn send(inner: &Arc<Inner>, rows: Vec<Outgoing>) {
    for row in rows {
        let lane = lane(&row);
        let mut lanes = inner.outbox.lock();
        if let Some(waiting) = lanes.get_mut(&lane) {
            waiting.push_back(row);
            continue;
        }
        lanes.insert(lane, VecDeque::from([row]));
        drop(lanes);
        inner.tasks.spawn(serve(inner.clone(), lane));
    }
}

/// What must be delivered in order.
fn lane(row: &Outgoing) -> u64 {
    match &row.sent {
        Sent::Start {
            caller: Some(caller),
            ..
        } => caller.element_instance,
        Sent::Start { instance, .. } | Sent::Signal { instance, .. } => *instance,
        Sent::CancelCalled { element_instance } => *element_instance,
        Sent::ToCaller { .. } => row.source,
        Sent::Broadcast { .. } => row.number,
    }
}

async fn serve(inner: Arc<Inner>, lane: u64) {
    loop {
        let row = {
            let mut lanes = inner.outbox.lock();
            let next = lanes.get_mut(&lane).and_then(VecDeque::pop_front);
            if next.is_none() {
                lanes.remove(&lane);
            }
            next
        };
        let Some(row) = row else { return };
        // What was not delivered is told there, and is still in the store.
        let _ = deliver(&inner, row).await;
    }
}

/// Delivers one row. What cannot be delivered now, because the server stops or the store fails, is
/// delivered by the next start.
///
/// # Errors
/// Why it was not delivered now.
pub(super) async fn deliver(inner: &Arc<Inner>, row: Outgoing) -> Result<()> {
    let (source, number) = (row.source, row.number);
    let delivered = try_deliver(inner, row).await;
    if let Err(error) = &delivered
        && !inner.stopping.is_cancelled()
    {
        tracing::error!(source, number, %error, "what an instance sent could not be delivered");
    }
    delivered
}

async fn try_deliver(inner: &Arc<Inner>, row: Outgoing) -> Result<()> {
    match &row.sent {
        Sent::Start { .. } => calls::start(inner, &row).await,
        Sent::CancelCalled { element_instance } => cancel(inner, &row, *element_instance).await,
        Sent::ToCaller {
            instance,
            element_instance,
            news,
            variables,
        } => {
            let at = ElementInstanceKey(*element_instance);
            let variables = parsed(variables)?;
            let threw = |thrown, code: &String| Command::ChildThrew {
                at,
                thrown,
                code: code.as_str().into(),
                variables: variables.clone(),
            };
            let command = match news {
                News::Completed => Command::ChildEnded {
                    at,
                    variables: variables.clone(),
                },
                News::Error(code) => threw(Thrown::Error, code),
                News::Escalation(code) => threw(Thrown::Escalation, code),
            };
            tell_or_refuse(inner, &row, *instance, at, command).await
        }
        Sent::Broadcast {
            name,
            variables,
            after,
        } => signals::expand(inner, &row, (name, variables), *after).await,
        Sent::Signal {
            instance,
            subscription,
            variables,
        } => {
            let command = Command::ReceiveSignal {
                subscription: SubscriptionKey(*subscription),
                variables: parsed(variables)?,
            };
            tell(inner, &row, *instance, command).await.map(|_| ())
        }
    }
}

/// Variables as a row holds them.
pub(super) fn parsed(variables: &str) -> Result<anyam_engine::value::Variables> {
    step_calls::variables(variables)
        .map_err(|error| Error::Internal(format!("stored variables: {error}")))
}

/// Tells a caller, which gets an incident where it cannot take what comes back.
async fn tell_or_refuse(
    inner: &Arc<Inner>,
    row: &Outgoing,
    instance: u64,
    at: ElementInstanceKey,
    command: Command,
) -> Result<()> {
    let told = ask(inner, row, instance, || receive(row, command.clone())).await?;
    match told {
        Err(Error::Invalid(why)) => {
            let message = format!("what the called instance brings back is refused: {why}").into();
            let command = Command::ChildNotStarted { at, message };
            tell(inner, row, instance, command).await.map(|_| ())
        }
        Err(_) => remove(inner, row).await,
        Ok(()) => Ok(()),
    }
}

/// Cancels what a call activity has called. It was created before: that was sent first.
async fn cancel(inner: &Arc<Inner>, row: &Outgoing, element_instance: u64) -> Result<()> {
    let called = {
        let reader = inner.database.read()?;
        let rows = reader.tenant(TenantId(row.tenant));
        let key = (row.source, element_instance);
        let mut called = rows.index::<InstancesByParent>(key, Direction::Reverse);
        let newest = called.next().transpose()?;
        newest.filter(|instance| instance.state == InstanceState::Active)
    };
    match called {
        Some(called) => tell(inner, row, called.key, Command::Cancel)
            .await
            .map(|_| ()),
        None => remove(inner, row).await,
    }
}

/// Sends a command to an instance, which removes the row with its commit. Where the instance
/// refuses the command the row is removed all the same; whether it took it.
pub(super) async fn tell(
    inner: &Arc<Inner>,
    row: &Outgoing,
    instance: u64,
    command: Command,
) -> Result<bool> {
    let told = ask(inner, row, instance, || receive(row, command.clone())).await?;
    if told.is_err() {
        remove(inner, row).await?;
    }
    Ok(told.is_ok())
}

fn receive(row: &Outgoing, command: Command) -> Request {
    Request::Receive {
        command,
        receipt: Receipt::of(row),
    }
}

/// Sends a request through the tenant's queue, again as long as that is full. The inner result is
/// the instance's refusal.
///
/// # Errors
/// What keeps it from being sent at all.
pub(super) async fn ask(
    inner: &Arc<Inner>,
    row: &Outgoing,
    instance: u64,
    request: impl Fn() -> Request,
) -> Result<Result<()>> {
    let address = Address {
        tenant: TenantId(row.tenant),
        instance,
    };
    loop {
        match inner.send(address, request()).await {
            Ok(_) => return Ok(Ok(())),
            Err(error @ (Error::TenantBusy(_) | Error::Unavailable(_))) => {
                if inner.stopping.is_cancelled() {
                    return Err(error);
                }
                inner.clock.sleep(AGAIN_AFTER).await;
                // It may have been taken although the answer was lost.
                let reader = inner.database.read()?;
                let key = (row.source, row.number);
                if reader.system().get::<Outgoing>(&key)?.is_none() {
                    return Ok(Ok(()));
                }
            }
            Err(error @ Error::Internal(_)) => return Err(error),
            Err(refusal) => return Ok(Err(refusal)),
        }
    }
}

/// Removes a row that nobody takes.
pub(super) async fn remove(inner: &Inner, row: &Outgoing) -> Result<()> {
    let mut batch = Batch::new();
    Receipt::of(row).settle(&mut batch);
    super::commit(&inner.database, batch).await
}

/// Delivers what a stop left behind.
///
/// # Errors
/// The store's.
pub(super) fn resume(inner: &Arc<Inner>) -> Result<()> {
    let reader = inner.database.read()?;
    let left = reader.system().scan::<Outgoing>((), Direction::Forward);
    let left = left.collect::<Result<Vec<_>, _>>()?;
    send(inner, left);
    Ok(())
}

impl Outbox {
    fn lock(&self) -> MutexGuard<'_, HashMap<u64, VecDeque<Outgoing>>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
