//! One transition as one batch: state, rows, indexes, timers, subscriptions and history.

mod rows;

use std::collections::{BTreeSet, HashSet};

use anyam_engine::transition::{self as engine, Event};
use anyam_engine::value::Timestamp;
use anyam_store::records::{
    BlockOwner, Incident, InstanceBlob, InstanceState, MessageClaim, MessageSubscription,
    PendingStep, SignalSubscription, StartLock, Timer,
};
use anyam_store::{BLOCK, Batch, Reader, Record, Result, TenantOwned, TenantWriter};

use super::instance::Live;
use super::requests::Address;
use super::unsaved::Unsaved;
use super::{Inner, history, usage};
use rows::{correlated, element, incident, instance_row, job, user_task, variable};

pub(crate) use rows::{kind, listener, state};

/// Everything that changed in an instance since its last commit.
///
/// # Errors
/// The store's, on reading rows that are replaced.
pub(super) fn batch(inner: &Inner, live: &mut Live, unsaved: &Unsaved) -> Result<Batch> {
    let mut batch = Batch::new();
    let address = Address {
        tenant: live.tenant,
        instance: live.key(),
    };
    system_rows(&mut batch, live, unsaved, address);
    unsaved.messages.add(live.tenant, &mut batch);
    let row = instance_row(live);
    let ended = row.state != InstanceState::Active;
    let mut rows = batch.tenant(live.tenant);
    match &live.row {
        Some(old) if *old == row => {}
        Some(old) => drop(rows.replace(old, &row)),
        None => drop(rows.put(&row)),
    }
    let mut old = Old {
        inner,
        reader: None,
        live,
    };
    for event in last_of_each(&unsaved.events) {
        match event {
            Event::Element(record) => drop(rows.put(&element(live, record))),
            Event::Variable(record) => drop(rows.put(&variable(live, record))),
            Event::Job(record) => old.put(&mut rows, record.key.0, job(live, record))?,
            Event::UserTask(record) => old.put(&mut rows, record.key.0, user_task(live, record))?,
            Event::Incident(record) => old.put(&mut rows, record.key.0, incident(live, record))?,
            Event::MessageCorrelated {
                message,
                subscription,
            } => {
                if let Some(row) = correlated(live, message.0, subscription, inner.now()) {
                    rows.put(&row);
                }
            }
            Event::Instance(_)
            | Event::FlowTaken { .. }
            | Event::SignalReceived { .. }
            | Event::DecisionEvaluated(_) => {}
        }
    }
    for made in &unsaved.decisions {
        rows.put(made);
    }
    subscriptions(&mut rows, live, unsaved, inner.now());
    for claim in &unsaved.claims {
        if claim.is_buffered() {
            rows.put(&MessageClaim {
                message: claim.message(),
                process_id: claim.process_id().to_owned(),
                instance: address.instance,
            });
        }
    }
    start_lock(&mut rows, live, ended);
    if !unsaved.history.is_empty() {
        rows.put(&history::segment(
            address.instance,
            live.next_segment,
            &unsaved.history,
        ));
        live.next_segment += 1;
    }
    match (ended, live.saved_blob) {
        (false, _) => drop(rows.put(&live.blob())),
        (true, true) => {
            rows.delete(&InstanceBlob {
                instance: address.instance,
                bytes: Vec::new(),
            });
        }
        (true, false) => {}
    }
    let first = !live.saved_blob;
    let counted = (&*unsaved.history, inner.now().0);
    usage::count(&mut batch, live.tenant, (&row, first), counted);
    live.row = Some(row);
    Ok(batch)
}

/// Notes that the batch is durable.
pub(super) fn saved(live: &mut Live, _: &Unsaved) {
    live.saved_keys = live.keys.next();
    live.keys.taken.clear();
    live.saved_blob = true;
    live.saved_steps = running_steps(live);
}

fn system_rows(batch: &mut Batch, live: &Live, unsaved: &Unsaved, address: Address) {
    let mut rows = batch.system();
    let (instance, tenant) = (address.instance, address.tenant.0);
    for block in &live.keys.taken {
        rows.put(&BlockOwner {
            block: *block,
            tenant,
            instance,
        });
    }
    for (key, (due, scheduled)) in &unsaved.timers {
        let timer = Timer {
            due: due.0,
            key: *key,
            instance,
            tenant,
        };
        if *scheduled {
            rows.put(&timer)
        } else {
            rows.delete(&timer)
        };
    }
    for row in &unsaved.outgoing {
        rows.put(row);
    }
    for receipt in &unsaved.received {
        receipt.settle(batch);
    }
    let mut rows = batch.system();
    let running = running_steps(live);
    for job in running.difference(&live.saved_steps) {
        rows.put(&PendingStep {
            instance,
            job: *job,
            tenant,
        });
    }
    for job in live.saved_steps.difference(&running) {
        rows.delete(&PendingStep {
            instance,
            job: *job,
            tenant,
        });
    }
}

/// Keeps others from starting with the message that has started this one, as long as it is active.
fn start_lock(rows: &mut TenantWriter<'_>, live: &Live, ended: bool) {
    let Some(correlation_key) = &live.started_by else {
        return;
    };
    let lock = StartLock {
        process_id: live.deployed.record.process_id.clone(),
        correlation_key: correlation_key.clone(),
        instance: live.key(),
    };
    match (ended, live.saved_blob) {
        (false, false) => drop(rows.put(&lock)),
        (true, true) => drop(rows.delete(&lock)),
        _ => {}
    }
}

/// Rows of timers that fired for an instance that does not know them.
pub(super) fn stale_timers(address: Address, unsaved: &Unsaved) -> Batch {
    let mut batch = Batch::new();
    let (instance, tenant) = (address.instance, address.tenant.0);
    for (key, (due, _)) in &unsaved.timers {
        batch.system().delete(&Timer {
            due: due.0,
            key: *key,
            instance,
            tenant,
        });
    }
    batch
}

fn running_steps(live: &Live) -> BTreeSet<u64> {
    let jobs = live.engine.jobs();
    jobs.filter(|job| job.step && job.state == engine::JobState::Created)
        .map(|job| job.key.0)
        .collect()
}

/// Of several records of one thing only the last is stored.
fn last_of_each(events: &[Event]) -> impl Iterator<Item = &Event> {
    let mut seen = HashSet::with_capacity(events.len());
    let mut last: Vec<&Event> = Vec::with_capacity(events.len());
    for event in events.iter().rev() {
        let id = match event {
            Event::Element(record) => (0, record.key.0),
            Event::Variable(record) => (1, record.key.0),
            Event::Job(record) => (2, record.key.0),
            Event::UserTask(record) => (3, record.key.0),
            Event::Incident(record) => (4, record.key.0),
            Event::MessageCorrelated { message, .. } => (5, message.0),
            Event::Instance(_)
            | Event::FlowTaken { .. }
            | Event::SignalReceived { .. }
            | Event::DecisionEvaluated(_) => {
                continue;
            }
        };
        if seen.insert(id) {
            last.push(event);
        }
    }
    last.into_iter().rev()
}

/// The rows as stored, for those that have indexes.
struct Old<'a> {
    inner: &'a Inner,
    reader: Option<Reader>,
    live: &'a Live,
}

impl Old<'_> {
    fn put<R>(&mut self, rows: &mut TenantWriter<'_>, key: u64, record: R) -> Result<()>
    where
        R: for<'k> Record<Owner = TenantOwned, Key<'k> = (u64, u64)>,
    {
        if key >= self.live.saved_keys {
            rows.put(&record);
            return Ok(());
        }
        if self.reader.is_none() {
            self.reader = Some(self.inner.database.read()?);
        }
        let reader = self.reader.as_ref().expect("opened above");
        match reader
            .tenant(self.live.tenant)
            .get::<R>(&(self.live.key(), key))?
        {
            Some(old) => rows.replace(&old, &record),
            None => rows.put(&record),
        };
        Ok(())
    }
}

/// An incident that is open after the events of a commit.
pub(super) fn open_incident(live: &Live, unsaved: &Unsaved) -> Option<Incident> {
    let found = last_of_each(&unsaved.events).find_map(|event| match event {
        Event::Incident(record) if record.resolved_at.is_none() => Some(record),
        _ => None,
    })?;
    Some(incident(live, found))
}

fn subscriptions(rows: &mut TenantWriter<'_>, live: &Live, unsaved: &Unsaved, now: Timestamp) {
    for (open, opened) in unsaved.subscriptions.values() {
        let element_id = live.deployed.process.node(open.element).id.to_string();
        let (name, correlation_key) = match &open.awaits {
            engine::Awaited::Message {
                name,
                correlation_key,
            } => (name, correlation_key),
            engine::Awaited::Signal { name } => {
                let record = SignalSubscription {
                    key: open.key.0,
                    instance: live.key(),
                    element_id,
                    element_instance: open.element_instance.0,
                    name: name.to_string(),
                    opened_at: now.0,
                };
                match opened {
                    true => rows.put(&record),
                    false => rows.delete(&record),
                };
                continue;
            }
        };
        let record = MessageSubscription {
            key: open.key.0,
            instance: live.key(),
            definition_key: live.deployed.record.key,
            process_id: live.deployed.record.process_id.clone(),
            element_id,
            element_instance: open.element_instance.0,
            message_name: name.to_string(),
            correlation_key: correlation_key.to_string(),
            opened_at: now.0,
        };
        if *opened {
            rows.put(&record)
        } else {
            rows.delete(&record)
        };
    }
}

/// Blocks are aligned, so the owner of any key in one is found from its first key.
const _: () = assert!(BLOCK.is_power_of_two());
