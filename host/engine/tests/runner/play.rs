//! Plays one case: three times, and each time it must go the same way.

use anyam_engine::key::{JobKey, MessageKey, SubscriptionKey, UserTaskKey};
use anyam_engine::transition::Awaited;
use anyam_engine::value::{Json, Timestamp, Variables};
use anyam_engine::{Command, Limits, Process};

use super::expectation;
use super::folder::Case;
use super::scenario::{Members, Scenario, Step};
use super::world::World;

/// Timers one step of a scenario may fire.
const MOST_FIRINGS: usize = 10_000;

/// What `run` says, or that it panicked: a panic must not hide whose it is.
pub fn guarded(run: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
    outcome.unwrap_or_else(|_| Err("panicked, see above".to_owned()))
}

/// Plays a case twice as it is and once with the instance stored and read between all commands.
pub fn play(case: &Case) -> Result<(), String> {
    let scenario = case.scenario()?;
    let first = play_once(case, &scenario, false)?;
    let second = play_once(case, &scenario, false)?;
    let stored = play_once(case, &scenario, true)?;
    if first.log != second.log {
        return Err("the same commands with the same keys went another way".to_owned());
    }
    if first.log != stored.log {
        return Err("the instance went another way once it was encoded and decoded".to_owned());
    }
    Ok(())
}

fn play_once(case: &Case, scenario: &Scenario, stored: bool) -> Result<World, String> {
    let mut world = World::new(process(case, scenario)?, limits(scenario)?, stored);
    for (at, step) in scenario.scenario.iter().enumerate() {
        play_step(&mut world, step).map_err(|why| format!("step {}: {why}", at + 1))?;
    }
    let last = scenario
        .scenario
        .last()
        .and_then(|step| step.expect.as_ref());
    if last.is_none_or(|expect| expect.state.is_none()) {
        return Err("the last step must expect a state".to_owned());
    }
    Ok(world)
}

pub fn process(case: &Case, scenario: &Scenario) -> Result<Process, String> {
    let compiled = anyam_bpmn::compile(&case.process()?, &anyam_bpmn::Limits::default());
    let mut processes = compiled.map_err(|rejected| rejected.to_string())?.processes;
    let graph = processes
        .pop()
        .ok_or("the file has no executable process")?;
    let is_step = |_: &_, job_type: &str| scenario.steps.iter().any(|step| step == job_type);
    Process::new(graph, &feel_limits(), is_step).map_err(|findings| {
        findings
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    })
}

/// A small budget for costly expressions: those that are meant to fail should fail soon.
fn feel_limits() -> anyam_feel::Limits {
    let isolated = anyam_feel::Budget {
        steps: 20_000,
        bytes: 1 << 20,
    };
    anyam_feel::Limits {
        isolated,
        ..anyam_feel::Limits::default()
    }
}

/// The engine's limits with what the scenario changes.
pub fn limits(scenario: &Scenario) -> Result<Limits, String> {
    let mut limits = Limits::default();
    for (name, value) in &scenario.limits {
        let (size, number) = (*value as usize, *value as u32);
        match name.as_str() {
            "max_elements" => limits.max_elements = size,
            "max_activations" => limits.max_activations = number,
            "max_isolated" => limits.max_isolated = number,
            "max_expression_bytes" => limits.max_expression_bytes = size,
            "max_step_input_bytes" => limits.max_step_input_bytes = size,
            "max_variable_bytes" => limits.max_variable_bytes = size,
            "max_variables" => limits.max_variables = size,
            "max_variable_name_bytes" => limits.max_variable_name_bytes = size,
            "max_retries" => limits.max_retries = number,
            "max_backoff_ms" => limits.max_backoff_ms = *value,
            "max_timer_ahead_ms" => limits.max_timer_ahead_ms = *value,
            "min_cycle_interval_ms" => limits.min_cycle_interval_ms = *value,
            "max_text_bytes" => limits.max_text_bytes = size,
            "max_message_bytes" => limits.max_message_bytes = size,
            "max_candidates" => limits.max_candidates = size,
            unknown => return Err(format!("there is no limit `{unknown}`")),
        }
    }
    Ok(limits)
}

fn play_step(world: &mut World, step: &Step) -> Result<(), String> {
    let outcome = if let Some(seconds) = step.advance {
        advance(world, seconds).map(Ok)
    } else if let Some(seconds) = step.downtime {
        world.now = later(world.now, seconds);
        fire_due(world, world.now).map(Ok)
    } else {
        match command(world, step)? {
            Some(command) => world.command(&command),
            None => Ok(Ok(())),
        }
    }?;
    match (outcome, &step.rejected) {
        (Ok(()), None) => {}
        (Ok(()), Some(part)) => return Err(format!("was not rejected with `{part}`")),
        (Err(why), Some(part)) if why.contains(part.as_str()) => {}
        (Err(why), _) => return Err(format!("was rejected: {why}")),
    }
    let differences = step
        .expect
        .as_ref()
        .map(|expect| expectation::compare(world, expect));
    match differences {
        Some(lines) if !lines.is_empty() => Err(lines.join("\n")),
        _ => Ok(()),
    }
}

fn command(world: &World, step: &Step) -> Result<Option<Command>, String> {
    let mut commands = Vec::new();
    if let Some(start) = &step.start {
        commands.push(Command::start(variables(start)));
    }
    if let Some(activate) = &step.activate {
        commands.push(Command::ActivateJob {
            job: job(world, &activate.job, None)?,
            worker: "worker".into(),
            deadline: later(world.now, activate.seconds),
        });
    }
    if let Some(complete) = &step.complete {
        commands.push(Command::CompleteJob {
            job: job(world, &complete.job, complete.nth)?,
            variables: variables(&complete.variables),
        });
    }
    if let Some(fail) = &step.fail {
        commands.push(Command::FailJob {
            job: job(world, &fail.job, None)?,
            retries: fail.retries,
            retry_backoff_ms: millis(fail.backoff) as u64,
            message: fail.message.as_str().into(),
            variables: variables(&fail.variables),
        });
    }
    if let Some(failed) = &step.step_failed {
        let job = job(world, &failed.job, None)?;
        let running = world.instance.job(job).map_or(0, |job| job.attempt);
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
            job: job(world, &throw.job, None)?,
            code: throw.code.as_str().into(),
            message: throw.message.as_str().into(),
            variables: variables(&throw.variables),
        });
    }
    if let Some(update) = &step.update {
        commands.push(Command::UpdateJob {
            job: job(world, &update.job, None)?,
            retries: update.retries,
            deadline: update.deadline.map(|seconds| later(world.now, seconds)),
        });
    }
    commands.extend(other_command(world, step)?);
    if commands.len() > 1 {
        return Err("a step may hold one command".to_owned());
    }
    Ok(commands.pop())
}

/// Commands that are not about jobs.
fn other_command(world: &World, step: &Step) -> Result<Vec<Command>, String> {
    let mut commands = Vec::new();
    if let Some(publish) = &step.publish {
        commands.push(Command::CorrelateMessage {
            subscription: subscription(world, &publish.name, &publish.key)?,
            message: MessageKey(1),
            variables: variables(&publish.variables),
        });
    }
    if let Some(assign) = &step.assign {
        commands.push(Command::AssignUserTask {
            task: user_task(world, &assign.task)?,
            assignee: assign.assignee.as_deref().map(Box::from),
            allow_override: assign.allow_override,
        });
    }
    if let Some(complete) = &step.complete_task {
        commands.push(Command::CompleteUserTask {
            task: user_task(world, &complete.task)?,
            variables: variables(&complete.variables),
        });
    }
    if let Some(set) = &step.set {
        let scope = match &set.scope {
            None => world.instance.root(),
            Some(id) => {
                let alive = world.seen.alive(world.graph(), id);
                alive
                    .first()
                    .copied()
                    .ok_or_else(|| format!("`{id}` is not alive"))?
            }
        };
        let variables = variables(&set.variables);
        commands.push(Command::SetVariables {
            scope,
            variables,
            local: set.local,
        });
    }
    if let Some(id) = &step.resolve {
        let mut open = world.seen.incidents.values();
        let incident = open.find(|i| *world.graph().node(i.element).id == **id);
        let incident = incident
            .ok_or_else(|| format!("`{id}` has no incident"))?
            .key;
        commands.push(Command::ResolveIncident { incident });
    }
    if step.cancel == Some(true) {
        commands.push(Command::Cancel);
    }
    Ok(commands)
}

/// Moves the clock on and fires each timer at the time it is due.
fn advance(world: &mut World, seconds: f64) -> Result<(), String> {
    let until = later(world.now, seconds);
    fire_due(world, until)?;
    world.now = until;
    Ok(())
}

fn fire_due(world: &mut World, until: Timestamp) -> Result<(), String> {
    for _ in 0..MOST_FIRINGS {
        let next = world
            .instance
            .timers()
            .map(|(timer, due)| (due, timer))
            .min();
        let Some((due, timer)) = next.filter(|(due, _)| *due <= until) else {
            return Ok(());
        };
        world.now = world.now.max(due);
        world
            .command(&Command::FireTimer { timer })?
            .map_err(|why| format!("timer: {why}"))?;
    }
    Err(format!("more than {MOST_FIRINGS} timers fired"))
}

fn job(world: &World, id: &str, nth: Option<usize>) -> Result<JobKey, String> {
    let all = world
        .seen
        .all_jobs
        .get(id)
        .ok_or_else(|| format!("`{id}` had no job"))?;
    let open = all.iter().find(|key| world.seen.jobs.contains_key(key));
    let chosen = match nth {
        Some(nth) => nth.checked_sub(1).and_then(|at| all.get(at)),
        None => open.or(all.last()),
    };
    chosen
        .copied()
        .ok_or_else(|| format!("`{id}` has no such job"))
}

fn user_task(world: &World, id: &str) -> Result<UserTaskKey, String> {
    let known = world.seen.all_user_tasks.get(id);
    known
        .copied()
        .ok_or_else(|| format!("`{id}` had no user task"))
}

/// A subscription that was never open has the key 0.
fn subscription(world: &World, name: &str, key: &str) -> Result<SubscriptionKey, String> {
    let mut open = world.seen.subscriptions.values();
    let wanted = Awaited::Message {
        name: name.into(),
        correlation_key: key.into(),
    };
    let found = open.find(|subscription| subscription.awaits == wanted);
    Ok(found.map_or(SubscriptionKey(0), |subscription| subscription.key))
}

pub fn variables(members: &Members) -> Variables {
    members
        .iter()
        .map(|(name, v)| (name.as_str().into(), Json::from_valid(v.to_string())))
        .collect()
}

fn later(from: Timestamp, seconds: f64) -> Timestamp {
    Timestamp(from.0 + millis(seconds))
}

fn millis(seconds: f64) -> i64 {
    (seconds * 1_000.0).round() as i64
}
