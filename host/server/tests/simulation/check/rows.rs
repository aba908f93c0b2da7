//! The rows about an instance fit each other: nothing waits for what is over, and what goes on has
//! what it needs to go on.

use anyam_store::BLOCK;
use anyam_store::records::{InstanceState, JobState, UserTaskState};

use super::Rows;

pub fn check(rows: &Rows, wrong: &mut Vec<String>) {
    let mut expect = |right: bool, what: &dyn Fn() -> String| {
        if !right {
            wrong.push(what());
        }
    };
    for row in rows.instances.values() {
        let active = row.state == InstanceState::Active;
        let has_state = rows.blobs.contains(&row.key);
        expect(active == has_state, &|| {
            format!(
                "{} is {:?}, its state is there: {has_state}",
                row.key, row.state
            )
        });
        let open = rows.incidents.values();
        let open = open.filter(|i| i.instance == row.key && i.resolved_at.is_none());
        let open = open.count();
        expect(row.has_incident == (open > 0), &|| {
            format!(
                "{} has {open} open incidents and says {}",
                row.key, row.has_incident
            )
        });
        let owner = rows.owners.get(&(row.key & !(BLOCK - 1)));
        expect(
            owner.is_some_and(|owner| owner.instance == row.key),
            &|| format!("{} does not own its keys: {owner:?}", row.key),
        );
    }
    let running = |instance: u64, what: &str, key: u64| {
        let fault = format!("{what} {key} waits for {instance}, which is over");
        (rows.is_active(instance), fault)
    };
    let waiting = rows.waiting.iter();
    let waiting = waiting.map(|row| running(row.instance, "message subscription", row.key));
    let signals = rows.signals.iter();
    let signals = signals.map(|row| running(row.instance, "signal subscription", row.key));
    let timers = rows.timers.iter();
    let timers = timers.map(|row| running(row.instance, "timer", row.key));
    let steps = rows.pending.iter();
    let steps = steps.map(|row| running(row.instance, "step", row.job));
    let locks = rows.locks.iter();
    let locks = locks.map(|row| running(row.instance, "start lock of", row.instance));
    for (right, fault) in waiting
        .chain(signals)
        .chain(timers)
        .chain(steps)
        .chain(locks)
    {
        expect(right, &|| fault.clone());
    }
    for job in rows.jobs.values() {
        let open = !matches!(
            job.state,
            JobState::Completed | JobState::Canceled | JobState::ErrorThrown
        );
        expect(!open || rows.is_active(job.instance), &|| {
            format!(
                "job {} of an instance that is over is {:?}",
                job.key, job.state
            )
        });
        let pending = rows.pending.iter().any(|row| row.job == job.key);
        let runs = job.step && job.state == JobState::Created;
        expect(pending == runs, &|| {
            format!("job {} is {:?} and pending: {pending}", job.key, job.state)
        });
        let mut timers = rows
            .timers
            .iter()
            .filter(|row| row.instance == job.instance);
        let timed = match job.state {
            JobState::Activated => timers.any(|row| Some(row.due) == job.deadline),
            JobState::Backoff => timers.next().is_some(),
            _ => true,
        };
        expect(timed, &|| {
            format!("job {} is {:?} and has no timer", job.key, job.state)
        });
    }
    for task in rows.tasks.values() {
        let open = !matches!(
            task.state,
            UserTaskState::Completed | UserTaskState::Canceled
        );
        expect(!open || rows.is_active(task.instance), &|| {
            format!("user task {} of an instance that is over is open", task.key)
        });
    }
    for elements in rows.elements.values() {
        for element in elements.iter().filter(|e| e.state == InstanceState::Active) {
            let of = |instance: u64, at: u64| (instance, at) == (element.instance, element.key);
            let stuck = element.incident.is_some();
            let has = match &*element.element_type {
                // One that threw an error out of a called instance waits for what its caller does.
                "SERVICE_TASK" => rows.jobs.values().any(|job| {
                    let called = rows.instances.get(&job.instance).and_then(|row| row.parent);
                    let threw = job.state == JobState::ErrorThrown && called.is_some();
                    of(job.instance, job.element_instance) && (job.ended_at.is_none() || threw)
                }),
                "USER_TASK" => rows.tasks.values().any(|task| {
                    of(task.instance, task.element_instance) && task.ended_at.is_none()
                }),
                "INTERMEDIATE_CATCH_EVENT" if element.element_id.starts_with('t') => rows
                    .timers
                    .iter()
                    .any(|timer| timer.instance == element.instance),
                "INTERMEDIATE_CATCH_EVENT" => {
                    let messages = rows.waiting.iter();
                    let mut messages = messages.map(|row| (row.instance, row.element_instance));
                    let signals = rows.signals.iter();
                    let mut signals = signals.map(|row| (row.instance, row.element_instance));
                    messages.any(|at| of(at.0, at.1)) || signals.any(|at| of(at.0, at.1))
                }
                "CALL_ACTIVITY" => {
                    let called = rows.instances.values().any(|row| {
                        let parent = row.parent.as_ref();
                        parent.is_some_and(|parent| of(parent.instance, parent.element_instance))
                    });
                    let sent = rows
                        .outgoing
                        .iter()
                        .any(|row| row.source == element.instance);
                    called || sent
                }
                _ => true,
            };
            expect(has || stuck, &|| {
                format!(
                    "{} {} of {} is active and nothing will set it off",
                    element.element_type, element.element_id, element.instance
                )
            });
        }
    }
}
