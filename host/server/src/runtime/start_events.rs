//! What starts instances of a process: noted when it is deployed, for its latest version alone.

use std::sync::Arc;

use anyam_engine::key::KeySource;
use anyam_engine::value::Timestamp;
use anyam_engine::{Environment, StartAwaits, start_waits};
use anyam_store::records::{
    ProcessDefinition, StartKind, StartSubscription, StartTimer, StartTimersByDefinition,
};
use anyam_store::{Batch, Direction, Reader, TenantId};

use super::catalog::Deployed;
use super::{Inner, correlation, partial_starts};
use crate::findings::{FileFinding, about};

/// What a deployment notes.
#[derive(Default)]
pub(super) struct Noted {
    /// Messages, signals and conditions.
    pub(super) subscriptions: Vec<StartSubscription>,
    /// When the first of its timers is due.
    pub(super) first_timer: Option<i64>,
}

/// Notes what starts a fresh version of a process, or finds why that cannot be known.
pub(super) fn note(
    inner: &Inner,
    deployed: &Deployed,
    keys: &mut dyn KeySource,
    batch: &mut Batch,
    noted: &mut Noted,
) -> Result<(), Vec<FileFinding>> {
    let graph = deployed.process.graph();
    let limits = inner.limits_of(deployed.tenant);
    let waits = start_waits(Environment {
        process: &deployed.process,
        now: inner.now(),
        seed: inner.seed(),
        keys,
        decisions: &anyam_engine::NoDecisions,
        resources: &anyam_engine::NoResources,
        evaluated: &[],
        limits: &limits.engine,
    });
    let waits = waits.map_err(|(node, why)| {
        let node = graph.node(node);
        let finding = about(node, "start-event-value", why);
        vec![FileFinding::new(&deployed.record.resource_name, finding)]
    })?;
    for (number, wait) in (0..).zip(waits) {
        let element_id = graph.node(wait.node).id.to_string();
        let (kind, name) = match wait.awaits {
            StartAwaits::Message(name) => (StartKind::Message, name),
            StartAwaits::Signal(name) => (StartKind::Signal, name),
            StartAwaits::Condition => (StartKind::Condition, "".into()),
            StartAwaits::Timer(time) => {
                batch.system().put(&StartTimer {
                    due: time.due.0,
                    key: keys.next_key(),
                    tenant: deployed.tenant.0,
                    definition_key: deployed.record.key,
                    element_id,
                    left: time.left,
                    interval: time.interval.map(String::from),
                    part: wait.part,
                });
                let first = noted
                    .first_timer
                    .map_or(time.due.0, |due| due.min(time.due.0));
                noted.first_timer = Some(first);
                continue;
            }
        };
        let subscription = StartSubscription {
            definition_key: deployed.record.key,
            number,
            process_id: deployed.record.process_id.clone(),
            element_id,
            kind,
            name: name.into(),
        };
        batch.tenant(deployed.tenant).put(&subscription);
        noted.subscriptions.push(subscription);
    }
    Ok(())
}

/// What starts processes was committed: it may be time already, or a message there.
pub(super) fn noted(inner: &Arc<Inner>, tenant: TenantId, noted: Noted) {
    if let Some(due) = noted.first_timer {
        inner.start_timers.scheduled(Timestamp(due));
    }
    correlation::deployed(inner, tenant, noted.subscriptions);
}

/// Forgets what starts the version that was the latest so far.
pub(super) fn forget(
    reader: &Reader,
    tenant: TenantId,
    latest: &ProcessDefinition,
    batch: &mut Batch,
) -> Result<(), anyam_store::StoreError> {
    let rows = reader.tenant(tenant);
    for subscription in rows.scan::<StartSubscription>((latest.key,), Direction::Forward) {
        batch.tenant(tenant).delete(&subscription?);
    }
    partial_starts::forget(reader, tenant, latest.key, batch)?;
    let timers = reader.system();
    for timer in timers.index::<StartTimersByDefinition>((latest.key,), Direction::Forward) {
        batch.system().delete(&timer?);
    }
    Ok(())
}
