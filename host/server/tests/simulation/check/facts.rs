//! What clients were told is there.

use std::collections::BTreeMap;

use anyam_store::records::InstanceState;

use super::Rows;
use crate::world::{Asked, Fact, Known};

pub fn check(rows: &Rows, known: &Known, now: i64, wrong: &mut Vec<String>) {
    for fact in &known.facts {
        if let Err(found) = holds(rows, fact, now, known.set_back) {
            wrong.push(format!("a client was told {fact:?}, but {found}"));
        }
    }
    requests(rows, known, wrong);
}

/// Each request made one instance, or none.
fn requests(rows: &Rows, known: &Known, wrong: &mut Vec<String>) {
    let mut made: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for row in rows.instances.values() {
        if let Some(id) = &row.business_id {
            made.entry(id).or_default().push(row.key);
        }
    }
    for (id, asked) in &known.asked {
        let made = made.remove(&**id).unwrap_or_default();
        let right = match asked {
            Asked::Unknown => made.len() <= 1,
            Asked::Made(key) => made == [*key],
            Asked::Refused => made.is_empty(),
        };
        if !right {
            wrong.push(format!("{id} is {asked:?}, but there are {made:?}"));
        }
    }
    for (id, made) in made {
        wrong.push(format!("nobody asked for {made:?} of {id}"));
    }
}

fn holds(rows: &Rows, fact: &Fact, now: i64, set_back: bool) -> Result<(), String> {
    let expect = |right: bool, found: String| if right { Ok(()) } else { Err(found) };
    match fact {
        Fact::Instance { key, process } => {
            let row = rows.instances.get(key);
            let right = row.is_some_and(|row| row.process_id == *process);
            expect(right, format!("there is {row:?}"))
        }
        Fact::Ended { key, how } => {
            let row = rows.instances.get(key);
            let state = row.map(|row| row.state);
            expect(
                state == Some(*how) && *how != InstanceState::Active,
                format!("it is {state:?}"),
            )
        }
        Fact::JobEnded { job, how, .. } => {
            let state = rows.jobs.get(job).map(|row| row.state);
            // A thrown error that nothing catches leaves an incident, which may be resolved.
            let right = state == Some(*how)
                || *how == anyam_store::records::JobState::ErrorThrown && state.is_some();
            expect(right, format!("it is {state:?}"))
        }
        Fact::JobTried { job, attempt, .. } => {
            let row = rows.jobs.get(job);
            let right = row.is_some_and(|row| row.attempt >= *attempt);
            expect(right, format!("there is {row:?}"))
        }
        Fact::Variable {
            instance,
            name,
            value,
        } => {
            let found: Vec<_> = rows.values(*instance, name).collect();
            expect(found.contains(&&**value), format!("there are {found:?}"))
        }
        Fact::UserTask { task, state, .. } => {
            let found = rows.tasks.get(task).map(|row| row.state);
            expect(found == Some(*state), format!("it is {found:?}"))
        }
        Fact::Assigned { task, assignee, .. } => {
            let found = rows.tasks.get(task).map(|row| row.assignee.as_deref());
            expect(found == Some(Some(assignee)), format!("it is {found:?}"))
        }
        Fact::Resolved { incident, .. } => {
            let found = rows.incidents.get(incident);
            let right = found.is_some_and(|row| row.resolved_at.is_some());
            expect(right, format!("there is {found:?}"))
        }
        Fact::Message { key, until } => {
            let found = rows.messages.contains_key(key);
            expect(found || now >= *until || set_back, "it is gone".to_owned())
        }
        Fact::SignalTaken { subscription, .. } => {
            let left = rows.signals.iter().any(|row| row.key == *subscription);
            expect(!left, "it still waits".to_owned())
        }
        Fact::Seen { instance, segments } => {
            let found = rows.segments.get(instance).copied().unwrap_or(0);
            expect(found >= *segments, format!("there are {found} segments"))
        }
    }
}
