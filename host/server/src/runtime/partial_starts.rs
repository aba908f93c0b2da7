//! Start events that need several triggers (10.5.2): what has come of a parallel multiple start event is
//! a row, and the instance starts with the commit that brings the last trigger.
//!
//! A trigger that has come is not taken again before that: a message stays where it is buffered. The
//! correlation key of a message plays no part, and a new version of the process begins anew.

use std::collections::HashMap;
use std::sync::Arc;

use anyam_engine::value::{Variables, object};
use anyam_store::records::{
    Message, MessageClaim, Outgoing, PartialStart, Sent, StartPart, StartSubscription, Started,
};
use anyam_store::{Batch, Direction, Reader, TenantId};
use tokio::sync::MutexGuard;

use super::correlation::{self, Claim};
use super::{Inner, commit, outbox};
use crate::error::Result;

/// A trigger that comes to a start event which needs several.
pub(super) struct Trigger<'a> {
    pub(super) tenant: TenantId,
    pub(super) definition_key: u64,
    pub(super) element_id: &'a str,
    /// Which of the event's triggers.
    pub(super) part: u8,
    /// How many the event needs.
    pub(super) needs: usize,
    /// What it brings, as JSON.
    pub(super) variables: &'a str,
}

/// What becomes of a trigger.
pub(super) enum Came {
    /// The event has it already.
    Before,
    /// Others are still to come before this instance begins.
    Waits(u64),
    /// It was the last: this starts the instance.
    Starts(Outgoing),
}

/// One change of what has come. Nobody else changes it until this one is committed.
pub(super) struct Gathering<'a> {
    inner: &'a Arc<Inner>,
    one_at_a_time: MutexGuard<'a, ()>,
    /// What this change has made of events; none where the instance starts.
    changed: HashMap<(TenantId, u64, String), Option<PartialStart>>,
}

/// How many triggers a start event needs.
pub(super) fn needs(
    inner: &Inner,
    tenant: TenantId,
    definition_key: u64,
    element_id: &str,
) -> Result<usize> {
    let Some(deployed) = inner.definition(tenant, definition_key)? else {
        return Ok(1);
    };
    let graph = deployed.process.graph();
    let node = graph.find(element_id);
    Ok(node.map_or(1, |node| graph.start_needs(node)))
}

/// Which of its event's triggers a subscription waits for.
pub(super) fn part_of(inner: &Inner, tenant: TenantId, start: &StartSubscription) -> Result<u8> {
    let Some(deployed) = inner.definition(tenant, start.definition_key)? else {
        return Ok(0);
    };
    let triggers = deployed.process.graph().start_triggers();
    let trigger = triggers.get(start.number as usize);
    Ok(trigger.map_or(0, |trigger| trigger.part))
}

impl<'a> Gathering<'a> {
    /// Waits until no other change is under way.
    pub(super) async fn begin(inner: &'a Arc<Inner>) -> Self {
        Self {
            inner,
            one_at_a_time: inner.correlation.gathering.lock().await,
            changed: HashMap::new(),
        }
    }

    /// Takes a trigger in, with its row in `batch`. What starts an instance is left to be put there.
    pub(super) fn take(
        &mut self,
        reader: &Reader,
        batch: &mut Batch,
        trigger: &Trigger<'_>,
    ) -> Result<Came> {
        let Trigger {
            tenant,
            definition_key,
            element_id,
            ..
        } = *trigger;
        let event = (tenant, definition_key, element_id.to_owned());
        let known = match self.changed.get(&event) {
            Some(changed) => changed.clone(),
            None => reader.tenant(tenant).get(&(definition_key, element_id))?,
        };
        let mut row = known.unwrap_or_else(|| PartialStart {
            definition_key,
            element_id: element_id.to_owned(),
            instance: self.inner.database.next_block(),
            parts: Vec::new(),
        });
        if row.parts.iter().any(|came| came.part == trigger.part) {
            return Ok(Came::Before);
        }
        row.parts.push(StartPart {
            part: trigger.part,
            variables: trigger.variables.to_owned(),
        });
        let instance = row.instance;
        if row.parts.len() < trigger.needs {
            batch.tenant(tenant).put(&row);
            self.changed.insert(event, Some(row));
            return Ok(Came::Waits(instance));
        }
        batch.tenant(tenant).delete(&row);
        self.changed.insert(event, None);
        let mut variables = Variables::new();
        for came in &row.parts {
            variables.extend(outbox::parsed(&came.variables)?);
        }
        Ok(Came::Starts(Outgoing {
            source: instance,
            number: instance,
            tenant: tenant.0,
            sent: Sent::Start {
                instance,
                process: Started::Definition(definition_key),
                element: Some(element_id.to_owned()),
                variables: object(&variables),
                caller: None,
            },
        }))
    }

    /// The change is committed: messages that are buffered may be the first triggers of what comes
    /// next.
    pub(super) fn committed(self) -> Result<()> {
        let Self {
            inner,
            one_at_a_time,
            changed,
        } = self;
        drop(one_at_a_time);
        for ((tenant, definition_key, _), row) in changed {
            if row.is_some() {
                continue;
            }
            let reader = inner.database.read()?;
            let rows = reader.tenant(tenant);
            let waiting = rows.scan::<StartSubscription>((definition_key,), Direction::Forward);
            let waiting = waiting.collect::<Result<Vec<_>, _>>()?;
            correlation::deployed(inner, tenant, waiting);
        }
        Ok(())
    }
}

/// Takes a message in, unless the event has it already. Gives back the instance that it starts, now
/// or once all has come.
pub(super) async fn message(
    inner: &Arc<Inner>,
    tenant: TenantId,
    (message, claim): (&Message, Claim),
    start: &StartSubscription,
    needs: usize,
) -> Result<Option<u64>> {
    let mut gathering = Gathering::begin(inner).await;
    let mut batch = Batch::new();
    let trigger = Trigger {
        tenant,
        definition_key: start.definition_key,
        element_id: &start.element_id,
        part: part_of(inner, tenant, start)?,
        needs,
        variables: &message.variables,
    };
    let came = {
        let reader = inner.database.read()?;
        let key = (start.definition_key, start.number);
        // A newer version may have been deployed meanwhile.
        if reader
            .tenant(tenant)
            .get::<StartSubscription>(&key)?
            .is_none()
        {
            return Ok(None);
        }
        gathering.take(&reader, &mut batch, &trigger)?
    };
    let (instance, row) = match came {
        Came::Before => return Ok(None),
        Came::Waits(instance) => (instance, None),
        Came::Starts(row) => (row.number, Some(row)),
    };
    if claim.is_buffered() {
        batch.tenant(tenant).put(&MessageClaim {
            message: claim.message(),
            process_id: claim.process_id().to_owned(),
            instance,
        });
    }
    if let Some(row) = &row {
        batch.system().put(row);
    }
    commit(&inner.database, batch).await?;
    gathering.committed()?;
    if let Some(row) = row {
        outbox::deliver(inner, row).await?;
    }
    Ok(Some(instance))
}

/// Forgets what has come of the events of a version that is no longer the latest.
pub(super) fn forget(
    reader: &Reader,
    tenant: TenantId,
    definition_key: u64,
    batch: &mut Batch,
) -> Result<(), anyam_store::StoreError> {
    let rows = reader.tenant(tenant);
    for row in rows.scan::<PartialStart>((definition_key,), Direction::Forward) {
        batch.tenant(tenant).delete(&row?);
    }
    Ok(())
}
