//! What workers and steps do with jobs.

use anyam_engine::Command;
use anyam_engine::key::JobKey;

use super::clock::{later, millis};
use super::commands::variables;
use super::running::{Running, Shared};
use super::scenario::Step;

pub fn commands(running: &Running, shared: &Shared, step: &Step) -> Result<Vec<Command>, String> {
    let mut commands = Vec::new();
    if let Some(activate) = &step.activate {
        commands.push(Command::ActivateJob {
            job: job(running, &activate.job, None)?,
            worker: "worker".into(),
            deadline: later(shared.now, activate.seconds),
        });
    }
    if let Some(complete) = &step.complete {
        commands.push(Command::CompleteJob {
            job: job(running, &complete.job, complete.nth)?,
            variables: variables(&complete.variables),
            result: super::results::result(complete)?,
        });
    }
    if let Some(fail) = &step.fail {
        commands.push(Command::FailJob {
            job: job(running, &fail.job, None)?,
            retries: fail.retries,
            retry_backoff_ms: millis(fail.backoff) as u64,
            message: fail.message.as_str().into(),
            variables: variables(&fail.variables),
        });
    }
    if let Some(failed) = &step.step_failed {
        let job = job(running, &failed.job, None)?;
        let running = running.instance.job(job).map_or(0, |job| job.attempt);
        commands.push(Command::StepFailed {
            job,
            attempt: failed.attempt.unwrap_or(running),
            permanent: failed.permanent,
            retry_after_ms: failed.retry_after.map(|seconds| millis(seconds) as u64),
            message: failed.message.as_str().into(),
        });
    }
    if let Some(throw) = &step.throw {
        commands.push(Command::ThrowJobError {
            job: job(running, &throw.job, None)?,
            code: throw.code.as_str().into(),
            message: throw.message.as_str().into(),
            variables: variables(&throw.variables),
        });
    }
    if let Some(update) = &step.update {
        commands.push(Command::UpdateJob {
            job: job(running, &update.job, None)?,
            retries: update.retries,
            deadline: update.deadline.map(|seconds| later(shared.now, seconds)),
        });
    }
    Ok(commands)
}

fn job(running: &Running, id: &str, nth: Option<usize>) -> Result<JobKey, String> {
    let all = running
        .seen
        .all_jobs
        .get(id)
        .ok_or_else(|| format!("`{id}` had no job"))?;
    let open = all.iter().find(|key| running.seen.jobs.contains_key(key));
    let chosen = match nth {
        Some(nth) => nth.checked_sub(1).and_then(|at| all.get(at)),
        None => open.or(all.last()),
    };
    chosen
        .copied()
        .ok_or_else(|| format!("`{id}` has no such job"))
}
