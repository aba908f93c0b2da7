//! Messages that start instances (10.5.2). Of each correlation key only one instance that a message
//! has started is active; a buffered message waits for its end.

use std::sync::Arc;

use anyam_engine::StartFrom;
use anyam_engine::value::Variables;
use anyam_store::records::{
    Message, MessagesByCorrelation, StartKind, StartLock, StartSubscription, StartsByName,
};
use anyam_store::{Direction, TenantId};

use super::super::instance::{Creation, Live, StartedBy};
use super::super::requests::Address;
use super::super::shard::{self, Request};
use super::super::{Inner, deployment, partial_starts, step_calls};
use super::{claim, locked};
use crate::error::{Error, Result};

/// A tenant's process and a correlation key.
pub(super) type TurnKey = (TenantId, Box<str>, Box<str>);

/// The right to start an instance of a process with a correlation key, held until that is stored.
pub(in super::super) struct StartTurn {
    inner: Arc<Inner>,
    key: TurnKey,
}

impl Drop for StartTurn {
    fn drop(&mut self) {
        locked(&self.inner.correlation.starting).remove(&self.key);
    }
}

impl StartTurn {
    /// `None` where an active instance was started with the key, or one is being started.
    fn take(
        inner: &Arc<Inner>,
        tenant: TenantId,
        process_id: &str,
        correlation_key: &str,
    ) -> Result<Option<Self>> {
        let key = (tenant, Box::from(process_id), Box::from(correlation_key));
        if !locked(&inner.correlation.starting).insert(key.clone()) {
            return Ok(None);
        }
        let inner = inner.clone();
        let turn = Self { inner, key };
        // Read after the turn is taken: it is given back only after its row is committed.
        let reader = turn.inner.database.read()?;
        let lock = reader
            .tenant(tenant)
            .get::<StartLock>(&(process_id, correlation_key))?;
        Ok(lock.is_none().then_some(turn))
    }
}

/// What a message of this name starts.
pub(super) fn waiting(
    inner: &Inner,
    tenant: TenantId,
    name: &str,
) -> Result<Vec<StartSubscription>> {
    let reader = inner.database.read()?;
    let key = (StartKind::Message as u8, name);
    let found = reader
        .tenant(tenant)
        .index::<StartsByName>(key, Direction::Forward);
    let found = found.take(inner.limits.runtime.correlation_candidates);
    Ok(found.collect::<Result<_, _>>()?)
}

/// Starts an instance with a message, unless the process has the message already or another
/// instance has its correlation key. Gives back the instance.
pub(super) async fn start(
    inner: &Arc<Inner>,
    tenant: TenantId,
    message: &Message,
    start: &StartSubscription,
    buffered: bool,
) -> Result<Option<u64>> {
    let Some(claim) = claim(inner, tenant, message, &start.process_id, buffered)? else {
        return Ok(None);
    };
    let needs = partial_starts::needs(inner, tenant, start.definition_key, &start.element_id)?;
    if needs > 1 {
        return partial_starts::message(inner, tenant, (message, claim), start, needs).await;
    }
    let (process_id, key) = (&*start.process_id, &*message.correlation_key);
    let (lock, correlation_key) = if key.is_empty() {
        (None, None)
    } else {
        match StartTurn::take(inner, tenant, process_id, key)? {
            Some(turn) => (Some(turn), Some(key.to_owned())),
            None => return Ok(None),
        }
    };
    let moved = inner.rollouts.moved();
    let Some(definition) = inner.definition(tenant, start.definition_key)? else {
        return Ok(None);
    };
    let instance = inner.database.next_block();
    let deployed = inner.chosen(definition, instance).await?;
    let Some(node) = deployed.process.graph().find(&start.element_id) else {
        return Ok(None);
    };
    if let Err(error) = deployed.check_steps() {
        tracing::warn!(%error, message = message.key, "a message starts no instance");
        return Ok(None);
    }
    let variables = step_calls::variables(&message.variables)
        .map_err(|error| Error::Internal(format!("message {}: {error}", message.key)))?;
    let started_by = StartedBy {
        correlation_key,
        claim,
        lock,
    };
    let creation = Creation {
        from: StartFrom::Event { node, variables },
        started_by: Some(started_by),
        ..Creation::new(deployed, moved, Variables::new())
    };
    let address = Address { tenant, instance };
    match shard::ask_internal(inner, address, Request::Create(Box::new(creation))).await {
        Ok(_) => Ok(Some(instance)),
        Err(error @ (Error::NotFound(_) | Error::Conflict(_) | Error::Invalid(_))) => {
            tracing::warn!(%error, message = message.key, "a message starts no instance");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// An instance is over that a message has started: the next buffered message with its correlation
/// key may start one.
pub(in super::super) fn freed(inner: &Arc<Inner>, live: &Live) {
    let Some(correlation_key) = live.started_by.clone() else {
        return;
    };
    let (tenant, process_id) = (live.tenant, live.deployed.record.process_id.clone());
    let task = inner.clone();
    inner.tasks.spawn(async move {
        if let Err(error) = next(&task, tenant, &process_id, &correlation_key).await {
            tracing::warn!(%error, "a buffered message did not start an instance");
        }
    });
}

async fn next(
    inner: &Arc<Inner>,
    tenant: TenantId,
    process_id: &str,
    correlation_key: &str,
) -> Result<()> {
    let now = inner.now().0;
    let mut waiting = Vec::new();
    {
        let reader = inner.database.read()?;
        let rows = reader.tenant(tenant);
        let Some(latest) = deployment::latest_version(&reader, tenant, process_id)? else {
            return Ok(());
        };
        for start in rows.scan::<StartSubscription>((latest.key,), Direction::Forward) {
            let start = start?;
            if start.kind != StartKind::Message {
                continue;
            }
            let key = (&*start.name, correlation_key);
            let found = rows.index::<MessagesByCorrelation>(key, Direction::Forward);
            for message in found.take(inner.limits.runtime.correlation_candidates) {
                let message = message?;
                if message.expires_at > now {
                    waiting.push((message, start.clone()));
                }
            }
        }
    }
    waiting.sort_by_key(|(message, _)| message.key);
    for (message, with) in waiting {
        if start(inner, tenant, &message, &with, true).await?.is_some() {
            return Ok(());
        }
    }
    Ok(())
}

/// Processes were deployed: messages that were buffered before start instances of them.
pub(in super::super) fn deployed(
    inner: &Arc<Inner>,
    tenant: TenantId,
    starts: Vec<StartSubscription>,
) {
    let starts = starts.into_iter();
    let starts: Vec<_> = starts
        .filter(|start| start.kind == StartKind::Message)
        .collect();
    if starts.is_empty() {
        return;
    }
    let task = inner.clone();
    inner.tasks.spawn(async move {
        for with in starts {
            if let Err(error) = start_buffered(&task, tenant, &with).await {
                tracing::warn!(%error, "a buffered message did not start an instance");
            }
        }
    });
}

async fn start_buffered(
    inner: &Arc<Inner>,
    tenant: TenantId,
    with: &StartSubscription,
) -> Result<()> {
    let now = inner.now().0;
    let mut messages: Vec<Message> = {
        let reader = inner.database.read()?;
        let rows = reader.tenant(tenant);
        let found = rows.index::<MessagesByCorrelation>((&*with.name,), Direction::Forward);
        let found = found.take(inner.limits.runtime.correlation_candidates);
        found.collect::<Result<_, _>>()?
    };
    messages.retain(|message| message.expires_at > now);
    messages.sort_by_key(|message| message.key);
    for message in messages {
        start(inner, tenant, &message, with, true).await?;
    }
    Ok(())
}
