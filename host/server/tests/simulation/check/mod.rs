//! What must be so of the rows of a server, whenever they are looked at.

mod facts;
mod indexes;
mod messages;
mod rows;
mod runs;
pub mod settled;
mod steps;
mod timers;
mod usage;

use std::collections::{BTreeMap, BTreeSet};

use anyam::runtime::history::{self, HistoryEntry};
use anyam_store::records::*;
use anyam_store::{Direction, Reader, Record, Result, SystemOwned};

use crate::TENANT;
use crate::clients::all;
use crate::life::Opened;
use crate::steps::Called;
use crate::world::World;

/// Every row, as it was committed at one time.
pub struct Rows {
    pub instances: BTreeMap<u64, ProcessInstance>,
    pub elements: BTreeMap<u64, Vec<ElementInstance>>,
    pub variables: BTreeMap<u64, Vec<Variable>>,
    pub history: BTreeMap<u64, Vec<HistoryEntry>>,
    pub segments: BTreeMap<u64, u64>,
    pub jobs: BTreeMap<u64, Job>,
    pub tasks: BTreeMap<u64, UserTask>,
    pub incidents: BTreeMap<u64, Incident>,
    pub blobs: BTreeSet<u64>,
    pub messages: BTreeMap<u64, Message>,
    pub claims: Vec<MessageClaim>,
    pub waiting: Vec<MessageSubscription>,
    pub signals: Vec<SignalSubscription>,
    pub locks: Vec<StartLock>,
    pub timers: Vec<Timer>,
    pub pending: Vec<PendingStep>,
    pub outgoing: Vec<Outgoing>,
    pub expiries: Vec<MessageExpiry>,
    pub owners: BTreeMap<u64, BlockOwner>,
}

fn system<R: Record<Owner = SystemOwned>>(reader: &Reader) -> Result<Vec<R>> {
    reader.system().scan::<R>((), Direction::Forward).collect()
}

fn by_key<T>(rows: Vec<T>, key: impl Fn(&T) -> u64) -> BTreeMap<u64, T> {
    rows.into_iter().map(|row| (key(&row), row)).collect()
}

fn by_instance<T>(rows: Vec<T>, instance: impl Fn(&T) -> u64) -> BTreeMap<u64, Vec<T>> {
    let mut found: BTreeMap<u64, Vec<T>> = BTreeMap::new();
    for row in rows {
        found.entry(instance(&row)).or_default().push(row);
    }
    found
}

impl Rows {
    pub fn read(reader: &Reader) -> Result<Self> {
        let instances = by_key(all::<ProcessInstance>(reader)?, |row| row.key);
        let history = instances.keys().map(|key| {
            let entries = history::read(reader, TENANT, *key, usize::MAX);
            (*key, entries.expect("history is readable"))
        });
        let history = history.collect();
        let mut segments = BTreeMap::new();
        for segment in all::<HistorySegment>(reader)? {
            *segments.entry(segment.instance).or_insert(0) += 1;
        }
        let blobs = all::<InstanceBlob>(reader)?;
        Ok(Self {
            history,
            segments,
            elements: by_instance(all(reader)?, |row: &ElementInstance| row.instance),
            variables: by_instance(all(reader)?, |row: &Variable| row.instance),
            jobs: by_key(all(reader)?, |row: &Job| row.key),
            tasks: by_key(all(reader)?, |row: &UserTask| row.key),
            incidents: by_key(all(reader)?, |row: &Incident| row.key),
            blobs: blobs.into_iter().map(|blob| blob.instance).collect(),
            messages: by_key(all(reader)?, |row: &Message| row.key),
            claims: all(reader)?,
            waiting: all(reader)?,
            signals: all(reader)?,
            locks: all(reader)?,
            timers: system(reader)?,
            pending: system(reader)?,
            outgoing: system(reader)?,
            expiries: system(reader)?,
            owners: by_key(system(reader)?, |row: &BlockOwner| row.block),
            instances,
        })
    }

    /// The value of an instance's variable.
    pub fn values<'r>(&'r self, instance: u64, name: &'r str) -> impl Iterator<Item = &'r str> {
        let variables = self.variables.get(&instance).into_iter().flatten();
        let named = variables.filter(move |variable| variable.name == name);
        named.map(|variable| &*variable.value)
    }

    pub fn is_active(&self, instance: u64) -> bool {
        let row = self.instances.get(&instance);
        row.is_some_and(|row| row.state == InstanceState::Active)
    }
}

/// Everything that is there now.
pub fn rows(opened: &Opened) -> Result<Rows> {
    Rows::read(&opened.database.read()?)
}

/// What is left in a store where everything has come to its end.
pub fn left_over(opened: &Opened) -> Result<Vec<String>> {
    let rows = rows(opened)?;
    let mut left = Vec::new();
    for (what, count) in [
        ("instances", rows.blobs.len()),
        ("message subscriptions", rows.waiting.len()),
        ("signal subscriptions", rows.signals.len()),
        ("start locks", rows.locks.len()),
        ("timers", rows.timers.len()),
        ("steps", rows.pending.len()),
        ("things sent", rows.outgoing.len()),
    ] {
        if count > 0 {
            left.push(format!("{count} {what} are left at the end"));
        }
    }
    Ok(left)
}

/// What is wrong with the rows of a store, given what is known outside of it.
pub fn everything(
    opened: &Opened,
    world: &World,
    calls: &BTreeMap<u64, Vec<Called>>,
    now: i64,
) -> Result<Vec<String>> {
    let reader = opened.database.read()?;
    let rows = Rows::read(&reader)?;
    let known = world.lock();
    let mut wrong = known.wrong.clone();
    facts::check(&rows, &known, now, &mut wrong);
    runs::check(&rows, &mut wrong);
    rows::check(&rows, &mut wrong);
    let at = (&reader, now, known.set_back);
    steps::check(&rows, calls, at, &mut wrong)?;
    messages::check(&rows, &mut wrong);
    if !known.set_back {
        timers::check(&rows, &mut wrong);
    }
    indexes::check(&opened.store, &reader, &mut wrong)?;
    usage::check(&rows, &reader, &mut wrong)?;
    Ok(wrong)
}
