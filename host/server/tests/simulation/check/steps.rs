//! Each step that had a result was called, under one idempotency key, and one result was used once.

use std::collections::{BTreeMap, BTreeSet};

use anyam::runtime::history::{CallOutcome, Happening};
use anyam_store::records::{JobState, StoredValue};
use anyam_store::{Reader, Result};

use super::Rows;
use crate::TENANT;
use crate::steps::{COUNTER, Called, TOLD, number, told};

pub fn check(
    rows: &Rows,
    calls: &BTreeMap<u64, Vec<Called>>,
    (reader, now, set_back): (&Reader, i64, bool),
    wrong: &mut Vec<String>,
) -> Result<()> {
    let mut owners = BTreeMap::new();
    for (job, calls) in calls {
        let keys: BTreeSet<_> = calls.iter().map(|call| &*call.idempotency_key).collect();
        if keys.len() != 1 {
            wrong.push(format!("job {job} was called with the keys {keys:?}"));
        }
        for key in keys {
            if let Some(other) = owners.insert(key.to_owned(), *job) {
                wrong.push(format!("jobs {other} and {job} have the key {key}"));
            }
        }
        let effects = calls.iter().find(|call| call.step != "pure");
        if let Some(call) = effects
            && !rows.jobs.contains_key(job)
        {
            let (step, instance) = (&call.step, call.instance);
            wrong.push(format!(
                "{step} was called for job {job} of {instance}, which is not there"
            ));
        }
    }
    let completions = completions(rows);
    for job in rows.jobs.values().filter(|job| job.step) {
        let name = format!("out_{}", job.key);
        let used: Vec<_> = rows.values(job.instance, &name).collect();
        let completed = completions.get(&job.key).copied().unwrap_or(0);
        let called = calls.get(&job.key).map_or(&[][..], |calls| calls);
        let tokens = called.iter().filter_map(|call| call.token);
        let tokens: Vec<String> = tokens.map(|token| token.to_string()).collect();
        let right = match job.state {
            JobState::Completed => {
                completed == 1 && used.len() == 1 && tokens.iter().any(|token| token == used[0])
            }
            _ => completed == 0,
        };
        if !right {
            wrong.push(format!(
                "job {} is {:?}, {completed} calls of it count as completed, its results are \
                 {used:?} of {tokens:?}",
                job.key, job.state
            ));
        }
        let most = called.iter().map(|call| call.attempt).max().unwrap_or(0);
        if job.state == JobState::Completed && most < job.attempt {
            wrong.push(format!(
                "job {} is done at an attempt without a call",
                job.key
            ));
        }
    }
    told_messages(rows, calls, (now, set_back), wrong);
    count(rows, calls, reader, wrong)
}

/// Messages that steps publish are there where the step's result was used, and nowhere else.
fn told_messages(
    rows: &Rows,
    calls: &BTreeMap<u64, Vec<Called>>,
    (now, set_back): (i64, bool),
    wrong: &mut Vec<String>,
) {
    let taken: BTreeSet<&str> = rows
        .variables
        .values()
        .flatten()
        .map(|v| &*v.name)
        .collect();
    let is_there = |name: &str| {
        let mut kept = rows.messages.values();
        let quoted = format!("\"{name}\"");
        taken.contains(name) || kept.any(|message| message.variables.contains(&quoted))
    };
    let calls = calls.iter();
    let calls = calls.flat_map(|(job, calls)| calls.iter().map(move |call| (job, call)));
    for (job, call) in calls.filter(|(_, call)| call.step == "tell") {
        let Some(token) = call.token else { continue };
        let row = rows.jobs.get(job);
        let used = row.is_some_and(|row| {
            let name = format!("out_{job}");
            let mut used = rows.values(row.instance, &name);
            row.state == JobState::Completed && used.any(|value| *value == token.to_string())
        });
        let ended = row.and_then(|row| row.ended_at).unwrap_or_default();
        let is_kept = now < ended + told_for() && !set_back;
        let there = is_there(&told(token));
        if used && is_kept && !there || !used && there {
            wrong.push(format!(
                "result {token} of job {job} was used: {used}, its message is there: {there}"
            ));
        }
    }
}

/// How long a message is there for certain.
fn told_for() -> i64 {
    TOLD - 60_000
}

/// Calls whose result was used, by job.
fn completions(rows: &Rows) -> BTreeMap<u64, usize> {
    let mut completed = BTreeMap::new();
    for entry in rows.history.values().flatten() {
        if let Happening::StepCalled(call) = &entry.what
            && call.outcome == CallOutcome::Completed
        {
            *completed.entry(call.job).or_default() += 1;
        }
    }
    completed
}

/// What steps count in their tenant's data is how many of them completed.
fn count(
    rows: &Rows,
    calls: &BTreeMap<u64, Vec<Called>>,
    reader: &Reader,
    wrong: &mut Vec<String>,
) -> Result<()> {
    let counting = |job: &u64| {
        let calls = calls.get(job).and_then(|calls| calls.first());
        calls.is_some_and(|call| call.step == "count")
    };
    let completed = rows.jobs.values();
    let completed = completed.filter(|job| job.step && job.state == JobState::Completed);
    let completed = completed.filter(|job| counting(&job.key)).count() as u64;
    let value = reader
        .tenant(TENANT)
        .get::<StoredValue>(&(1, COUNTER.0, COUNTER.1))?;
    let counted = value
        .and_then(|value| value.inline)
        .map_or(0, |value| number(&value));
    if counted != completed {
        wrong.push(format!("{completed} steps counted to {counted}"));
    }
    Ok(())
}
