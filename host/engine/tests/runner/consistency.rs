//! That effects and events tell the same as the instance's own state, after every command.

use std::collections::{BTreeMap, BTreeSet};

use anyam_engine::transition::InstanceState;
use anyam_engine::value::Variables;
use anyam_engine::{Instance, Process};

use super::seen::Seen;

/// What the two disagree on.
pub fn check(seen: &Seen, instance: &Instance, process: &Process) -> Result<(), String> {
    same("the instance", &seen.instance, &Some(instance.record()))?;
    let records = instance.element_instances().filter_map(|(key, ..)| {
        let record = instance.element_instance(key)?;
        Some((key, record))
    });
    same("the element instances", &seen.elements, &records.collect())?;
    same(
        "the jobs",
        &seen.jobs,
        &instance.jobs().map(|job| (job.key, job)).collect(),
    )?;
    let tasks = instance.user_tasks().map(|task| (task.key, task)).collect();
    same("the user tasks", &seen.user_tasks, &tasks)?;
    let incidents = instance
        .incidents()
        .map(|incident| (incident.key, incident))
        .collect();
    same("the incidents", &seen.incidents, &incidents)?;
    same("the timers", &seen.timers, &instance.timers().collect())?;
    let open = instance
        .subscriptions()
        .map(|open| (open.key, open))
        .collect();
    same("the subscriptions", &seen.subscriptions, &open)?;
    same("the variables", &seen.variables, &variables(instance))?;
    let calls: BTreeSet<_> = seen
        .calls
        .values()
        .map(|call| (call.job, call.attempt))
        .collect();
    let pending = instance.pending_invocations(process);
    let pending = pending.map(|call| (call.job, call.attempt)).collect();
    same("the step calls under way", &calls, &pending)?;
    ended(seen, instance)
}

fn variables(instance: &Instance) -> BTreeMap<(ScopeKey, Box<str>), anyam_engine::value::Json> {
    let scopes = instance
        .element_instances()
        .map(|(key, ..)| key)
        .chain([instance.root()]);
    scopes
        .flat_map(|scope| {
            let local = instance.local_variables(scope);
            local
                .into_iter()
                .map(move |(name, value)| ((scope, name), value))
        })
        .collect()
}

type ScopeKey = anyam_engine::key::ElementInstanceKey;

/// Nothing is left over at the end, and the end is told once.
fn ended(seen: &Seen, instance: &Instance) -> Result<(), String> {
    let expected: Option<(InstanceState, Variables)> = instance
        .is_ended()
        .then(|| (instance.state(), instance.root_variables()));
    same("the end", &seen.ended, &expected)?;
    if !instance.is_ended() {
        return Ok(());
    }
    let left = [
        ("element instances", seen.elements.len()),
        ("jobs", seen.jobs.len()),
        ("user tasks", seen.user_tasks.len()),
        ("incidents", seen.incidents.len()),
        ("timers", seen.timers.len()),
        ("subscriptions", seen.subscriptions.len()),
        ("step calls", seen.calls.len()),
    ];
    match left.iter().find(|(_, count)| *count > 0) {
        Some((what, count)) => Err(format!(
            "the instance has ended, and {count} {what} are left"
        )),
        None => Ok(()),
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, told: &T, held: &T) -> Result<(), String> {
    if told == held {
        return Ok(());
    }
    Err(format!(
        "{what}: effects and events tell\n  {told:?}\nand the instance holds\n  {held:?}"
    ))
}
