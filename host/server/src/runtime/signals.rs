//! Signals: broadcast to everybody in the tenant who waits for them, and to the processes they start.
//!
//! A broadcast is a row that is worked off in pages: each page replaces it by one row for each
//! subscription, in one commit, so that everybody gets the signal once.

use std::sync::Arc;

use anyam_engine::value::{Variables, object};
use anyam_store::records::{
    Outgoing, Sent, SignalSubscription, StartKind, StartSubscription, Started, StartsByName,
    SubscriptionsBySignal,
};
use anyam_store::{Batch, Direction, TenantId};
use futures_util::stream::{self, StreamExt};

use super::outbox::{self, Receipt};
use super::partial_starts::{self, Came, Gathering, Trigger};
use super::{Inner, Runtime};
use crate::error::{Error, Result};

/// Subscriptions dealt with in one commit.
const AT_ONCE: usize = 256;

/// Instances that get a signal side by side.
const SIDE_BY_SIDE: usize = 32;

impl Runtime {
    /// Broadcasts a signal; answers once everybody who waited has it. Gives back its key. Where it
    /// fails after it was stored, it goes on with the next start.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a name past its limit, [`Error::NotFound`] for an unknown tenant.
    pub async fn broadcast(&self, tenant: &str, name: &str, variables: &Variables) -> Result<u64> {
        let inner = &self.inner;
        let limit = inner.limits.runtime.message_text_bytes;
        if name.is_empty() || name.len() > limit {
            return Err(Error::Invalid(format!(
                "signalName must have 1 to {limit} bytes, it has {}",
                name.len()
            )));
        }
        let tenant = inner.tenants.known(tenant)?;
        let key = inner.correlation.next_key(inner);
        let row = Outgoing {
            source: key,
            number: key,
            tenant: tenant.0,
            sent: Sent::Broadcast {
                name: name.to_owned(),
                variables: object(variables),
                after: 0,
            },
        };
        let mut batch = Batch::new();
        batch.system().put(&row);
        let task = inner.clone();
        self.to_the_end(async move {
            super::commit(&task.database, batch).await?;
            outbox::deliver(&task, row).await
        })
        .await?;
        Ok(key)
    }
}

/// Works a broadcast off, from the subscriptions behind `after` on.
pub(super) async fn expand(
    inner: &Arc<Inner>,
    row: &Outgoing,
    (name, variables): (&str, &str),
    mut after: u64,
) -> Result<()> {
    let mut failed = Ok(());
    loop {
        let waiting = waiting(inner, TenantId(row.tenant), name, after)?;
        let mut rows: Vec<Outgoing> = waiting
            .iter()
            .map(|waits| Outgoing {
                source: row.source,
                number: waits.key,
                tenant: row.tenant,
                sent: Sent::Signal {
                    instance: waits.instance,
                    subscription: waits.key,
                    variables: variables.to_owned(),
                },
            })
            .collect();
        let mut batch = Batch::new();
        let mut gathering = None;
        let is_last = waiting.len() < AT_ONCE;
        if is_last {
            let (started, gathers) = starts(inner, row, (name, variables), &mut batch).await?;
            rows.extend(started);
            gathering = gathers;
            Receipt::of(row).settle(&mut batch);
        } else {
            after = waiting.last().map_or(after, |last| last.key);
            batch.system().put(&Outgoing {
                sent: Sent::Broadcast {
                    name: name.to_owned(),
                    variables: variables.to_owned(),
                    after,
                },
                ..row.clone()
            });
        }
        for row in &rows {
            batch.system().put(row);
        }
        super::commit(&inner.database, batch).await?;
        if let Some(gathering) = gathering {
            gathering.committed()?;
        }
        let mut delivered = stream::iter(rows)
            .map(|row| outbox::deliver(inner, row))
            .buffer_unordered(SIDE_BY_SIDE);
        while let Some(delivered) = delivered.next().await {
            failed = failed.and(delivered);
        }
        if is_last || inner.stopping.is_cancelled() {
            return failed;
        }
    }
}

fn waiting(
    inner: &Inner,
    tenant: TenantId,
    name: &str,
    after: u64,
) -> Result<Vec<SignalSubscription>> {
    let reader = inner.database.read()?;
    let rows = reader.tenant(tenant);
    let found = rows.index::<SubscriptionsBySignal>((name,), Direction::Forward);
    let found = found.after(&(name, after)).take(AT_ONCE);
    Ok(found.collect::<Result<_, _>>()?)
}

/// What begins with the signal.
fn waiting_starts(inner: &Inner, tenant: TenantId, name: &str) -> Result<Vec<StartSubscription>> {
    let reader = inner.database.read()?;
    let rows = reader.tenant(tenant);
    let key = (StartKind::Signal as u8, name);
    let found = rows.index::<StartsByName>(key, Direction::Forward);
    Ok(found.collect::<Result<_, _>>()?)
}

/// An instance of each process that begins with the signal, as soon as all has come that it needs.
async fn starts<'a>(
    inner: &'a Arc<Inner>,
    row: &Outgoing,
    (name, variables): (&str, &str),
    batch: &mut Batch,
) -> Result<(Vec<Outgoing>, Option<Gathering<'a>>)> {
    let tenant = TenantId(row.tenant);
    let (mut started, mut several) = (Vec::new(), Vec::new());
    for start in waiting_starts(inner, tenant, name)? {
        let key = start.definition_key;
        match partial_starts::needs(inner, tenant, key, &start.element_id)? {
            needs @ 2.. => several.push((start, needs)),
            _ => started.push(plain_start(inner, row, start, variables)),
        }
    }
    if several.is_empty() {
        return Ok((started, None));
    }
    let mut gathering = Gathering::begin(inner).await;
    let reader = inner.database.read()?;
    for (start, needs) in several {
        let key = (start.definition_key, start.number);
        // A newer version may have been deployed meanwhile.
        if reader
            .tenant(tenant)
            .get::<StartSubscription>(&key)?
            .is_none()
        {
            continue;
        }
        let trigger = Trigger {
            tenant,
            definition_key: start.definition_key,
            element_id: &start.element_id,
            part: partial_starts::part_of(inner, tenant, &start)?,
            needs,
            variables,
        };
        if let Came::Starts(row) = gathering.take(&reader, batch, &trigger)? {
            started.push(row);
        }
    }
    Ok((started, Some(gathering)))
}

fn plain_start(
    inner: &Inner,
    row: &Outgoing,
    start: StartSubscription,
    variables: &str,
) -> Outgoing {
    let instance = inner.database.next_block();
    Outgoing {
        source: row.source,
        number: instance,
        tenant: row.tenant,
        sent: Sent::Start {
            instance,
            process: Started::Definition(start.definition_key),
            element: Some(start.element_id),
            variables: variables.to_owned(),
            caller: None,
        },
    }
}
