//! Messages: published, buffered, correlated once for each process id, expired.
//!
//! A publication commits its message and then looks for subscriptions; a subscription is committed
//! and then looks for messages. Reads see every commit at once, so of a message and a subscription
//! that come at the same time at least one sees the other. A claim keeps both from correlating the
//! pair twice.

mod expiry;
mod publication;
mod starts;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyam_engine::key::{MessageKey, SubscriptionKey};
use anyam_engine::transition::{Awaited, Subscription};
use anyam_store::records::{
    Message, MessageClaim, MessageSubscription, MessagesByCorrelation, SubscriptionsByMessage,
};
use anyam_store::{BLOCK, Direction, TenantId, TenantReader};

use super::instance::Live;
use super::requests::Address;
use super::shard::{self, Request};
use super::timers::Wake;
use super::{Inner, step_calls};
use crate::error::{Error, Result};

pub(super) use expiry::expire;
pub(super) use publication::{Outbox, Thrown};
pub(super) use starts::{StartTurn, deployed, freed};

/// Buffered messages read at once where a start looks at all of them.
const PAGE: usize = 1_000;

/// Correlations on their way.
#[derive(Default)]
pub(super) struct Correlation {
    claims: Mutex<HashSet<(u64, Box<str>)>>,
    /// Messages with an id that are being published.
    publishing: Mutex<HashSet<(TenantId, String, String, String)>>,
    /// Processes and correlation keys that a message is starting an instance with.
    starting: Mutex<HashSet<starts::TurnKey>>,
    /// Held while it is changed what has come of start events that need several triggers.
    pub(super) gathering: tokio::sync::Mutex<()>,
    keys: Mutex<std::ops::Range<u64>>,
    expiry: Wake,
}

/// The right to correlate a message to one process, held while that is tried.
pub(super) struct Claim {
    inner: Arc<Inner>,
    message: u64,
    process_id: Box<str>,
    buffered: bool,
}

impl Claim {
    /// Whether the message is stored, so that the claim must be.
    pub(super) fn is_buffered(&self) -> bool {
        self.buffered
    }

    pub(super) fn message(&self) -> u64 {
        self.message
    }

    pub(super) fn process_id(&self) -> &str {
        &self.process_id
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let key = (self.message, std::mem::take(&mut self.process_id));
        locked(&self.inner.correlation.claims).remove(&key);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Correlation {
    /// A key for a message or signal.
    pub(super) fn next_key(&self, inner: &Inner) -> u64 {
        let mut keys = locked(&self.keys);
        if keys.is_empty() {
            let block = inner.database.next_block();
            *keys = block..block + BLOCK;
        }
        keys.next().expect("filled above")
    }
}

/// Correlates a message to one waiting instance of each process, or has it start one. Gives back
/// the instances that took it.
async fn distribute(
    inner: &Arc<Inner>,
    tenant: TenantId,
    message: &Message,
    buffered: bool,
) -> Result<Vec<u64>> {
    let waiting: Vec<MessageSubscription> = {
        let reader = inner.database.read()?;
        let key = (&*message.name, &*message.correlation_key);
        let found = reader
            .tenant(tenant)
            .index::<SubscriptionsByMessage>(key, Direction::Forward);
        found
            .take(inner.limits.runtime.correlation_candidates)
            .collect::<Result<_, _>>()?
    };
    let mut reached: HashSet<String> = HashSet::new();
    let mut taken = Vec::new();
    for subscription in waiting {
        if reached.contains(&subscription.process_id) {
            continue;
        }
        if correlate(inner, tenant, message, &subscription, buffered).await? {
            taken.push(subscription.instance);
            reached.insert(subscription.process_id);
        }
    }
    for start in starts::waiting(inner, tenant, &message.name)? {
        if reached.contains(&start.process_id) {
            continue;
        }
        if let Some(instance) = starts::start(inner, tenant, message, &start, buffered).await? {
            taken.push(instance);
            reached.insert(start.process_id);
        }
    }
    Ok(taken)
}

/// Correlates a message to a subscription, unless its process has it. Whether that was done.
async fn correlate(
    inner: &Arc<Inner>,
    tenant: TenantId,
    message: &Message,
    subscription: &MessageSubscription,
    buffered: bool,
) -> Result<bool> {
    let Some(claim) = claim(inner, tenant, message, &subscription.process_id, buffered)? else {
        return Ok(false);
    };
    let variables = step_calls::variables(&message.variables)
        .map_err(|error| Error::Internal(format!("message {}: {error}", message.key)))?;
    let request = Request::Correlate {
        subscription: SubscriptionKey(subscription.key),
        message: MessageKey(message.key),
        variables,
        claim,
    };
    let address = Address {
        tenant,
        instance: subscription.instance,
    };
    match shard::ask_internal(inner, address, request).await {
        Ok(_) => Ok(true),
        // The subscription was closed meanwhile, or cannot take the message.
        Err(Error::NotFound(_) | Error::Conflict(_) | Error::Invalid(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The right to correlate a message to a process; `None` where that was or is being done.
fn claim(
    inner: &Arc<Inner>,
    tenant: TenantId,
    message: &Message,
    process_id: &str,
    buffered: bool,
) -> Result<Option<Claim>> {
    let key = (message.key, Box::from(process_id));
    if !locked(&inner.correlation.claims).insert(key) {
        return Ok(None);
    }
    let claim = Claim {
        inner: inner.clone(),
        message: message.key,
        process_id: process_id.into(),
        buffered,
    };
    // Read after the claim is taken: a claim is given back only after its row is committed.
    let reader = inner.database.read()?;
    let known = reader
        .tenant(tenant)
        .get::<MessageClaim>(&(message.key, process_id))?;
    Ok(known.is_none().then_some(claim))
}

/// A subscription was committed: looks for messages that were there before it.
pub(super) fn opened(inner: &Arc<Inner>, live: &Live, opened: &Subscription) {
    let Awaited::Message {
        name,
        correlation_key,
    } = &opened.awaits
    else {
        return;
    };
    let subscription = MessageSubscription {
        key: opened.key.0,
        instance: live.key(),
        definition_key: live.deployed.record.key,
        process_id: live.deployed.record.process_id.clone(),
        element_id: String::new(),
        element_instance: opened.element_instance.0,
        message_name: name.to_string(),
        correlation_key: correlation_key.to_string(),
        opened_at: 0,
    };
    let tenant = live.tenant;
    match buffered(inner, tenant, &subscription) {
        Ok(messages) if messages.is_empty() => {}
        Ok(messages) => {
            let task = inner.clone();
            inner.tasks.spawn(async move {
                for message in messages {
                    let done = correlate(&task, tenant, &message, &subscription, true).await;
                    if let Err(error) = done {
                        tracing::warn!(%error, message = message.key, "a message was not correlated");
                    }
                }
            });
        }
        Err(error) => tracing::error!(%error, "buffered messages could not be read"),
    }
}

/// Messages that wait for such a subscription, the oldest first.
fn buffered(
    inner: &Inner,
    tenant: TenantId,
    subscription: &MessageSubscription,
) -> Result<Vec<Message>> {
    let now = inner.now().0;
    let reader = inner.database.read()?;
    let key = (&*subscription.message_name, &*subscription.correlation_key);
    let mut messages = Vec::new();
    let found = reader
        .tenant(tenant)
        .index::<MessagesByCorrelation>(key, Direction::Forward);
    for message in found.take(inner.limits.runtime.correlation_candidates) {
        let message = message?;
        if message.expires_at > now {
            messages.push(message);
        }
    }
    Ok(messages)
}

/// Correlates every buffered message that a stop may have cut off.
pub(super) async fn resume(inner: Arc<Inner>) {
    for tenant in inner.tenants.all() {
        if let Err(error) = resume_tenant(&inner, tenant).await {
            tracing::error!(%error, "buffered messages could not be correlated");
        }
    }
}

async fn resume_tenant(inner: &Arc<Inner>, tenant: TenantId) -> Result<()> {
    let mut after = 0;
    loop {
        let messages = page(&inner.database.read()?.tenant(tenant), after)?;
        let Some(last) = messages.last() else {
            return Ok(());
        };
        after = last.key;
        let now = inner.now().0;
        for message in messages.iter().filter(|message| message.expires_at > now) {
            distribute(inner, tenant, message, true).await?;
        }
    }
}

fn page(rows: &TenantReader<'_>, after: u64) -> Result<Vec<Message>> {
    let messages = rows.scan::<Message>((), Direction::Forward).after(&after);
    Ok(messages.take(PAGE).collect::<Result<_, _>>()?)
}
